import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable, Writable } from 'node:stream'
import { after, describe, it } from 'node:test'
import { pathToFileURL } from 'node:url'
import { bootApp } from '../app/boot.ts'
import { createMemoryListener } from '../listen/memory-listener.ts'
import { loadApp } from './load-app.ts'
import { main } from './main.ts'

const folder = mkdtempSync(join(tmpdir(), 'guichet-sealed-'))
after(() => rmSync(folder, { recursive: true, force: true }))

const index = new URL('../index.ts', import.meta.url)
const file = join(folder, 'app.ts')
writeFileSync(
  file,
  `import { guichet, OPEN } from '${pathToFileURL(index.pathname).href}'
export const app = guichet({ name: 'sealed', audit: { sealed: true } })
app.get('/', { authorize: OPEN }, () => 'hello')
`,
)
const audit = join(folder, '.guichet/audit.jsonl')

async function call(count: number): Promise<void> {
  const booted = await bootApp(await loadApp(file), { environment: { LOG_LEVEL: 'silent' } })
  const listener = createMemoryListener()
  await listener.open(booted.pipeline.answer)
  for (let i = 0; i < count; i++) await listener.request({ method: 'GET', target: '/' })
  await listener.close(0)
  await booted.close()
}

interface Ran {
  readonly code: number
  readonly out: string
}

function verify(...more: readonly string[]): Promise<Ran> {
  return run(['audit', 'verify', file, ...more])
}

async function run(args: readonly string[], environment: Record<string, string> = {}): Promise<Ran> {
  let out = ''
  const stdout = new Writable({
    write: (chunk: Buffer, _, done) => {
      out += chunk.toString()
      done()
    },
  })
  const io = { stdin: Readable.from([]), stdout, stderr: stdout, environment, signal: new AbortController().signal }
  return { code: await main(args, io), out }
}

describe('guichet audit verify', () => {
  it('says that records without seals cannot be verified', async () => {
    const plain = join(folder, 'plain.ts')
    writeFileSync(plain, readFileSync(file, 'utf8').replace('{ sealed: true }', 'true'))
    writeFileSync(join(folder, 'plain.jsonl'), '{"at":"2026-01-01T00:00:00.000Z"}\n')
    const { code, out } = await run(['audit', 'verify', plain], { GUICHET_AUDIT: join(folder, 'plain.jsonl') })
    assert.deepEqual([code, out.includes('does not seal its records')], [1, true], out)
  })

  it('follows a file over two starts of the server', async () => {
    await call(2)
    await call(3)
    const { code, out } = await verify()
    assert.equal(code, 0)
    assert.match(out, /^5 records, none removed or altered\. Seal of the last: [0-9a-f]{32}\n$/)
  })

  it('ends with 1 and names the place where a record was altered or removed', async () => {
    const text = readFileSync(audit, 'utf8')
    writeFileSync(audit, text.replace('"status":200', '"status":201'))
    assert.deepEqual(await verify(), {
      code: 1,
      out: 'Record 1 does not follow from the one before it: a record was removed or altered\n',
    })
    const lines = text.split('\n')
    writeFileSync(audit, lines.toSpliced(2, 1).join('\n'))
    assert.match((await verify()).out, /^Record 3 /)
    writeFileSync(audit, `${text}{"at":"2026-01-`)
    assert.match((await verify()).out, /^5 records, none removed or altered\..*\n1 more were cut short/)
  })

  it('follows a file that was moved away, and the one that took its place', async () => {
    rmSync(audit)
    await call(2)
    const old = `${audit}.1`
    renameSync(audit, old)
    await call(3)
    assert.match((await verify('--of', old)).out, /^2 records, none removed or altered\./)
    assert.match((await verify()).out, /^3 records, none removed or altered\./)
  })
})
