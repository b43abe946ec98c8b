import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { openTestApp } from 'guichet/testing'
import { app } from '../../../examples/comics/app.ts'
import { runApp } from '../process/running.ts'

const COMICS = fileURLToPath(new URL('../../../examples/comics/app.ts', import.meta.url))
const TESTS = fileURLToPath(new URL('../../../examples/comics/app.test.ts', import.meta.url))

/** Runs the tests of comics as its user does; they were written for memory and sockets. */
async function runTests(
  environment: Readonly<Record<string, string>>,
): Promise<{ code: number | null; output: string }> {
  const args = ['--conditions=guichet-source', '--test', '--test-reporter=spec', '--test-name-pattern=memory', TESTS]
  const env = { ...process.env, NODE_OPTIONS: '', NODE_TEST_CONTEXT: undefined, ...environment }
  const child = spawn(process.execPath, args, { env, stdio: ['ignore', 'pipe', 'pipe'] })
  let output = ''
  child.stdout.on('data', (part: Buffer) => (output += part.toString()))
  child.stderr.on('data', (part: Buffer) => (output += part.toString()))
  const [code] = (await once(child, 'close')) as [number | null] // `close` gives code and signal
  return { code, output }
}

describe('GUICHET_TEST_URL', () => {
  it('sends the same test file to a server that runs already', async () => {
    const running = await runApp(COMICS, { DATABASE_URL: 'pglite:memory:', GUICHET_AUDIT: 'off' })
    try {
      const { code, output } = await runTests({ GUICHET_TEST_URL: running.url })
      assert.equal(code, 0, output)
      assert.match(output, /pass [1-9]\d+\n(.|\n)*fail 0\n/)
      const reply = await fetch(`${running.url}/stuff`)
      const stuff = (await reply.json()) as { stuff: string }[]
      assert.ok(stuff.length > 0 && (await fetch(`${running.url}/owners`)).ok)
    } finally {
      running.child.kill('SIGTERM')
      await running.exited
    }
  })

  it('leaves nothing to reset, and says so', async () => {
    await using opened = await openTestApp(app, { url: 'http://127.0.0.1:1' })
    await assert.rejects(opened.reset(), /only the URL/)
    assert.throws(() => opened.sql, /only its URL/)
    await assert.rejects(opened.client.get('/stuff'))
  })
})
