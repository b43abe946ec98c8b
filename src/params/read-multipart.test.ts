import assert from 'node:assert/strict'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { z } from 'zod'
import { defaultLimits } from '../core/limits.ts'
import { RefusedFile } from '../core/file-problem.ts'
import type { ParamShape, PlacedParam } from '../core/params.ts'
import { type Outcome, Refusal } from '../core/refusal.ts'
import { binderOf, receivedOf } from './bind.test-support.ts'
import { file, files } from './places.ts'
import { type ParsedBody, readParsedBody } from './read-body.ts'
import type { UploadedFile } from './uploaded-file.ts'

const TYPE = { 'content-type': 'multipart/form-data; boundary=b' }
const PNG = '\x89PNG\r\n\x1a\n----'

function part(head: string, data: string): string {
  return `--b\r\nContent-Disposition: form-data; ${head}\r\n\r\n${data}\r\n`
}

function filePart(name: string, fileName: string, data: string): string {
  return typedPart('text/plain', [name, fileName, data])
}

function typedPart(type: string, [name, fileName, data]: readonly [string, string, string]): string {
  return part(`name="${name}"; filename="${fileName}"\r\nContent-Type: ${type}`, data)
}

interface Upload {
  readonly args: Outcome<Readonly<Record<string, unknown>>>
  readonly body: ParsedBody | null
}

async function upload(shape: ParamShape, parts: string, pieceBytes?: number): Promise<Upload> {
  const binder = binderOf(shape)
  const received = receivedOf(Buffer.from(`${parts}--b--\r\n`, 'latin1'), TYPE, pieceBytes)
  const body = await readParsedBody(received, { bodyBytesMax: 1000, limits: defaultLimits, files: binder.files })
  if (body instanceof Refusal) return { args: body, body: null }
  const input = { pathValues: [], query: '', body, header: () => undefined, cookie: () => undefined }
  return { args: await binder.bind(input), body }
}

function fileOf({ args }: Upload, name: string): UploadedFile {
  assert.ok(!(args instanceof Refusal), args instanceof Refusal ? args.message : '')
  return args[name] as UploadedFile
}

function messageOf({ args }: Upload): string {
  assert.ok(args instanceof Refusal, 'refused')
  return args.message
}

test('file() gives a file on disk that is removed when the body is released', async () => {
  const found = await upload(
    { title: z.string(), doc: file() },
    part('name="title"', 'T') + filePart('doc', '../a b.txt', 'some\r\ntext'),
  )
  const doc = fileOf(found, 'doc')
  assert.deepEqual([doc.name, doc.type, doc.sizeBytes], ['a b.txt', 'text/plain', 10])
  assert.ok(doc.path !== null)
  assert.equal(readFileSync(doc.path, 'utf8'), 'some\r\ntext')
  assert.equal(statSync(doc.path).mode & 0o077, 0)
  assert.equal(Buffer.from(await doc.read()).toString(), 'some\r\ntext')
  const pieces: Buffer[] = []
  for await (const piece of doc.stream()) pieces.push(piece as Buffer)
  assert.equal(Buffer.concat(pieces).toString(), 'some\r\ntext')
  await found.body?.release?.()
  assert.equal(existsSync(dirname(doc.path)), false)
})

test('file() gives the same whatever the pieces are', async () => {
  const data = `${'\r\n--'.repeat(50)}end`
  for (const pieceBytes of [1, 2, 3, 16, 1000]) {
    const found = await upload({ doc: file() }, filePart('doc', 'a', data), pieceBytes)
    assert.equal(Buffer.from(await fileOf(found, 'doc').read()).toString(), data)
    await found.body?.release?.()
  }
})

test('moveTo() keeps a file beyond the call', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'guichet-test-'))
  const found = await upload({ doc: file() }, filePart('doc', 'a.txt', 'kept'))
  await fileOf(found, 'doc').moveTo(join(folder, 'kept.txt'))
  await found.body?.release?.()
  assert.equal(readFileSync(join(folder, 'kept.txt'), 'utf8'), 'kept')
  rmSync(folder, { recursive: true })
})

const isOneFileSystem = !existsSync('/dev/shm') || statSync('/dev/shm').dev === statSync(tmpdir()).dev

test('moveTo() keeps a file whole, or not at all, on another file system', { skip: isOneFileSystem }, async () => {
  const folder = mkdtempSync('/dev/shm/guichet-test-')
  writeFileSync(join(folder, 'kept.txt'), 'before')
  mkdirSync(join(folder, 'taken'))
  const found = await upload({ doc: file() }, filePart('doc', 'a.txt', 'kept'))
  const doc = fileOf(found, 'doc')
  await doc.moveTo(join(folder, 'kept.txt'))
  await assert.rejects(doc.moveTo(join(folder, 'taken')))
  await found.body?.release?.()
  assert.deepEqual(readdirSync(folder).toSorted(), ['kept.txt', 'taken'])
  assert.equal(readFileSync(join(folder, 'kept.txt'), 'utf8'), 'kept')
  rmSync(folder, { recursive: true })
})

test('files() gives all files of one name, and refuses too many or too few', async () => {
  const shape = { docs: files({ countMax: 2, countMin: 1 }) }
  const two = await upload(shape, filePart('docs', 'a', '1') + filePart('docs', 'b', '2'))
  assert.ok(!(two.args instanceof Refusal))
  assert.deepEqual(
    (two.args['docs'] as readonly UploadedFile[]).map(({ name }) => name),
    ['a', 'b'],
  )
  await two.body?.release?.()
  const three = await upload(shape, filePart('docs', 'a', '1').repeat(3))
  assert.equal(messageOf(three), 'parameter "docs" has more than 2 files')
  assert.equal(messageOf(await upload(shape, '')), 'parameter "docs" is missing')
})

test('file() takes a field without a chosen file for absent', async () => {
  const empty = typedPart('application/octet-stream', ['doc', '', ''])
  const required = await upload({ doc: file() }, empty)
  assert.equal(messageOf(required), 'parameter "doc" is missing')
  await required.body?.release?.()
  const optional = await upload({ doc: file({ isOptional: true }) }, empty)
  assert.deepEqual(optional.args, { doc: undefined })
  await optional.body?.release?.()
})

test('file() refuses a file beyond its limit and leaves nothing behind', async () => {
  const found = await upload({ doc: file({ bytesMax: 10 }) }, filePart('doc', 'a', 'x'.repeat(11)))
  assert.ok(found.args instanceof Refusal)
  assert.equal(found.args.status, 413)
  assert.equal(found.args.message, 'parameter "doc" is too large: a file has at most 10 bytes')
})

test('file() takes the limit of the app when it has none of its own', async () => {
  const binder = binderOf({ doc: file() }, { limits: { fileBytesMax: 5 } })
  const received = receivedOf(`${filePart('doc', 'a', '123456')}--b--`, TYPE)
  const body = await readParsedBody(received, { bodyBytesMax: 1000, limits: defaultLimits, files: binder.files })
  assert.ok(body instanceof Refusal)
  assert.equal(body.message, 'parameter "doc" is too large: a file has at most 5 bytes')
})

test('file() refuses a text for a file, a file for a text, and files that nobody declared', async () => {
  const shape = { title: z.string().optional(), doc: file({ isOptional: true }) }
  const text = await upload(shape, part('name="doc"', 'text'))
  assert.equal(messageOf(text), 'parameter "doc" must be a file')
  const wrong = await upload(shape, filePart('title', 'a', '1') + filePart('other', 'b', '2'))
  assert.equal(messageOf(wrong), 'parameter "title" must not be a file; parameter "other" is not expected')
})

test('file() checks types, first bytes and extensions when types are declared', async () => {
  const shape = { picture: file({ types: ['image/png', 'image/x-own'] }) }
  const good = await upload(shape, typedPart('image/png', ['picture', 'a.PNG', PNG]))
  assert.equal(fileOf(good, 'picture').type, 'image/png')
  await good.body?.release?.()
  const other = await upload(shape, typedPart('image/gif', ['picture', 'a.gif', 'GIF89a']))
  assert.equal(messageOf(other), 'parameter "picture" must be image/png or image/x-own')
  const lie = 'parameter "picture" does not hold what its type says: image/png'
  const script = await upload(shape, typedPart('image/png', ['picture', 'a.png', '<script>']))
  assert.equal(messageOf(script), lie)
  const renamed = await upload(shape, typedPart('image/png', ['picture', 'a.php', PNG]))
  assert.equal(messageOf(renamed), lie)
  for (const { body } of [other, script, renamed]) await body?.release?.()
  const own = await upload(shape, typedPart('image/x-own', ['picture', 'a', 'anything']))
  assert.equal(fileOf(own, 'picture').sizeBytes, 8)
  await own.body?.release?.()
})

test('file() hands its bytes to a function as they come', async () => {
  const shape = {
    doc: file({
      to: async (bytes, claim) => {
        let length = 0
        for await (const piece of bytes) length += piece.length
        return `${claim.name}: ${length}`
      },
    }),
  }
  const found = await upload(shape, filePart('doc', 'big', 'x'.repeat(300_000)), 1000)
  const doc = fileOf(found, 'doc')
  assert.deepEqual([doc.result, doc.path, doc.sizeBytes], ['big: 300000', null, 300_000])
  assert.throws(() => doc.stream(), TypeError)
  assert.equal(found.body?.release, null)
})

test('file() goes on when its function stops early, and lets what it throws be a fault', async () => {
  const early = file({
    to: async (bytes) => {
      for await (const piece of bytes) return piece[0]
      return null
    },
  })
  const found = await upload({ doc: early }, filePart('doc', 'a', 'x'.repeat(300_000)), 1000)
  assert.equal(fileOf(found, 'doc').result, 'x'.charCodeAt(0))
  const broken = file({ to: () => Promise.reject(new Error('disk on fire')) })
  await assert.rejects(upload({ doc: broken }, filePart('doc', 'a', 'x'.repeat(100_000)), 1000), /disk on fire/)
})

test('file() tells its function when the body is refused', async () => {
  let told: unknown = null
  const doc = file({
    to: async (bytes) => {
      try {
        for await (const piece of bytes) if (piece.length === 0) return null
      } catch (error) {
        told = error
        throw error
      }
      return null
    },
    bytesMax: 1500,
  })
  const found = await upload({ doc }, filePart('doc', 'a', 'x'.repeat(2000)), 100)
  assert.ok(found.args instanceof Refusal)
  assert.equal(found.args.status, 413)
  assert.ok(told instanceof Error)
})

test('readMultipart() bounds the fields that are no files', async () => {
  const shape = { title: z.string(), doc: file() }
  const found = await upload(shape, part('name="title"', 'x'.repeat(1001)))
  assert.ok(found.args instanceof Refusal)
  assert.equal(found.args.status, 413)
})

test('readMultipart() refuses a body that ends inside a file and leaves nothing behind', async () => {
  const binder = binderOf({ doc: file() })
  const received = receivedOf(filePart('doc', 'a', 'x'.repeat(100)).slice(0, -20), TYPE, 10)
  const body = await readParsedBody(received, { bodyBytesMax: 1000, limits: defaultLimits, files: binder.files })
  assert.ok(body instanceof Refusal)
  assert.equal(body.code, 'PARAMS_MALFORMED')
})

test('forForm() gives what is wrong with a file as a value, and the other fields too', async () => {
  const png = file({ types: ['image/png'], bytesMax: 20 }).forForm()
  const problemOf = async (parts: string, doc: PlacedParam = png): Promise<unknown> => {
    const found = await upload({ title: z.string(), doc }, parts + part('name="title"', 'T'), 7)
    assert.ok(!(found.args instanceof Refusal), found.args instanceof Refusal ? found.args.message : '')
    assert.equal(found.args['title'], 'T')
    await found.body?.release?.()
    return found.args['doc'] instanceof RefusedFile ? found.args['doc'].problem : found.args['doc']
  }
  const pngPart = (data: string): string => typedPart('image/png', ['doc', 'a.png', data])
  assert.deepEqual(await problemOf(''), { kind: 'missing' })
  assert.deepEqual(await problemOf(pngPart(PNG.padEnd(21))), { kind: 'too-large', bytesMax: 20 })
  assert.deepEqual(await problemOf(pngPart('<script>')), { kind: 'contradicts-type', type: 'image/png' })
  assert.deepEqual(await problemOf(pngPart(PNG).repeat(2)), { kind: 'too-many', countMax: 1 })
  assert.deepEqual(await problemOf(filePart('doc', 'a.txt', 'text')), { kind: 'wrong-type', types: ['image/png'] })
  // The first problem stays, whatever comes behind it.
  assert.deepEqual(await problemOf(filePart('doc', 'a', 't') + pngPart(PNG)), {
    kind: 'wrong-type',
    types: ['image/png'],
  })
  const none = typedPart('application/octet-stream', ['doc', '', ''])
  assert.equal(await problemOf(none, file({ types: ['image/png'], isOptional: true }).forForm()), undefined)
  const two = files({ countMax: 3, countMin: 2 }).forForm()
  assert.deepEqual(await problemOf(filePart('doc', 'a', '1'), two), { kind: 'too-few', countMin: 2 })
})

test('forForm() reads no more of refused files than the limit for them', async () => {
  const binder = binderOf({ doc: file({ bytesMax: 10 }).forForm() })
  const limits = { ...defaultLimits, skippedFileBytesMax: 500 }
  const send = (bytes: number): ReturnType<typeof readParsedBody> =>
    readParsedBody(receivedOf(`${filePart('doc', 'a', 'x'.repeat(bytes))}--b--`, TYPE, 100), {
      bodyBytesMax: 1000,
      limits,
      files: binder.files,
    })
  const within = await send(1200)
  assert.ok(!(within instanceof Refusal))
  assert.deepEqual(within.fileProblems.get('doc'), { kind: 'too-large', bytesMax: 10 })
  await within.release?.()
  const beyond = await send(2000)
  assert.ok(beyond instanceof Refusal)
  assert.equal(beyond.status, 413)
})
