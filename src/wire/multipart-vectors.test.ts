import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { test } from 'node:test'
import { MultipartParser } from './multipart.ts'

const FOLDER = fileURLToPath(new URL('../../../shared/vectors/multipart', import.meta.url))
const LIMITS = { partsMax: 100, headBytesMax: 8192 }

interface Entry {
  readonly name: string
  readonly fileName: string | null
  readonly contentType: string | null
  readonly data: string
}

interface Vector {
  readonly boundary: string
  /** Null: the body must be refused. */
  readonly entries: readonly Entry[] | null
}

/** The few forms of YAML that these files use. */
function parseVector(text: string): Vector {
  const boundary = /^boundary: (.*)$/m.exec(text)?.[1]
  assert.ok(boundary !== undefined)
  if (/^ +error: \d+/m.test(text)) return { boundary, entries: null }
  const entries = text
    .split(/^ {2}- /m)
    .slice(1)
    .map((part) => {
      const read = (key: string): string | null =>
        new RegExp(`(?:^|\\n) *${key}: *['"]?(.*?)['"]?(?:\\n|$)`).exec(part)?.[1] ?? null
      const base64 = /data: !!binary \|\n([\s\S]*)$/.exec(part)?.[1] ?? ''
      return {
        name: read('name') ?? '',
        fileName: read('file_name'),
        contentType: read('content_type'),
        data: Buffer.from(base64, 'base64').toString('latin1'),
      }
    })
  return { boundary, entries }
}

function parseBody(body: Uint8Array, boundary: string, pieceBytes: number): readonly Entry[] | null {
  const parser = new MultipartParser(boundary, LIMITS)
  const entries: Entry[] = []
  let data = ''
  for (let at = 0; at < body.length; at += pieceBytes) {
    for (const event of parser.push(body.slice(at, at + pieceBytes))) {
      if (event.type === 'data') data += Buffer.from(event.bytes).toString('latin1')
      else if (event.type === 'part') {
        const { name, fileName, contentType } = event.head
        entries.push({ name, fileName, contentType, data: '' })
        data = ''
      } else {
        const last = entries.pop()
        assert.ok(last !== undefined)
        entries.push({ ...last, data })
      }
    }
  }
  return parser.finish() === null ? entries : null
}

if (existsSync(FOLDER)) {
  const names = readdirSync(FOLDER)
    .filter((name) => name.endsWith('.http'))
    .map((name) => name.slice(0, -'.http'.length))
  test('the folder of vectors has bodies', () => assert.ok(names.length >= 30))
  for (const name of names) {
    test(`MultipartParser gives what ${name} holds when it is split anywhere`, () => {
      const { boundary: stated, entries } = parseVector(readFileSync(`${FOLDER}/${name}.yaml`, 'utf8'))
      const body = readFileSync(`${FOLDER}/${name}.http`)
      // Its own authors feed this one with the boundary that it has, not with the one that it states.
      const boundary = name === 'single_field_blocks' ? 'boundary' : stated
      for (const pieceBytes of [body.length, 1, 2, 3, 7, 61]) {
        const found = parseBody(body, boundary, pieceBytes)
        const wanted = entries
        // A type that a vector does not state is not compared; the default is that of RFC 7578 section 4.4.
        const comparable = found?.map((entry, i) => {
          const isStated = typeof wanted?.[i]?.contentType === 'string'
          return { ...entry, contentType: isStated ? (entry.contentType ?? 'text/plain') : null }
        })
        assert.deepEqual(comparable ?? null, wanted, `in pieces of ${pieceBytes}`)
      }
    })
  }
} else {
  const isOptional = process.env['CI'] !== 'true'
  test('multipart vectors', { skip: isOptional && 'skipped: ../shared/vectors/multipart is not here' }, () => {
    assert.fail(`${FOLDER} is missing`)
  })
}
