import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { runApp, type Running, spawnGuichet } from './running.ts'

const COMICS = fileURLToPath(new URL('../../../examples/comics/app.ts', import.meta.url))
const SLOW = fileURLToPath(new URL('slow-app.ts', import.meta.url))
/** Ten when somebody looks closely; each takes some seconds. */
const KILLS = Number(process.env['KILLS'] ?? 2)

const folders: string[] = []
function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'guichet-process-'))
  folders.push(folder)
  return folder
}
after(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true })
})

async function addStuff({ url }: Running, stuff: string): Promise<boolean> {
  try {
    const reply = await fetch(`${url}/stuff`, { method: 'POST', body: new URLSearchParams({ stuff }) })
    await reply.arrayBuffer()
    return reply.status === 201
  } catch {
    return false // the process was killed before it answered
  }
}

describe('a process of guichet', () => {
  it(`keeps every acknowledged insert over ${KILLS} kills with signal 9`, async () => {
    const environment = { DATABASE_URL: `pglite:${join(newFolder(), 'database')}`, GUICHET_AUDIT: 'off' }
    const acknowledged: string[] = []
    for (let round = 0; round < KILLS; round++) {
      const running = await runApp(COMICS, environment)
      let next = 0
      const insert = async (): Promise<void> => {
        while (next < 1000) {
          const stuff = `stuff ${round} ${next++}`
          if (!(await addStuff(running, stuff))) return
          acknowledged.push(stuff)
          // In the middle of the thousand, with others under way.
          if (next === 300 + 40 * round) running.child.kill('SIGKILL')
        }
      }
      await Promise.all(Array.from({ length: 8 }, insert))
      assert.equal(await running.exited, null)
    }
    const last = await runApp(COMICS, environment)
    const kept = new Set(
      ((await (await fetch(`${last.url}/stuff`)).json()) as { stuff: string }[]).map(({ stuff }) => stuff),
    )
    last.child.kill('SIGTERM')
    assert.equal(await last.exited, 0)
    assert.ok(acknowledged.length > 200)
    assert.deepEqual(
      acknowledged.filter((stuff) => !kept.has(stuff)),
      [],
    )
  })

  it('tells a second process who holds the embedded database', async () => {
    const environment = { DATABASE_URL: `pglite:${join(newFolder(), 'database')}`, GUICHET_AUDIT: 'off' }
    const first = await runApp(COMICS, environment)
    const second = spawnGuichet(['run', '--no-watch', COMICS], { PORT: '0', ...environment })
    assert.equal(await second.exited, 1)
    assert.match(second.output(), new RegExp(String(first.child.pid)))
    first.child.kill('SIGINT')
    assert.equal(await first.exited, 0)
  })

  it('answers what runs when it is told to stop, and ends with 0', async () => {
    const running = await runApp(SLOW, {})
    const slow = fetch(`${running.url}/slow`).then(async (reply) => `${reply.status} ${await reply.text()}`)
    await fetch(`${running.url}/started`).then((reply) => reply.text())
    running.child.kill('SIGINT')
    assert.equal(await slow, '200 "done"')
    assert.equal(await running.exited, 0)
    assert.match(running.output(), /Stopped/)
  })

  it('says which port is taken', async () => {
    const first = await runApp(SLOW, {})
    const second = spawnGuichet(['run', '--no-watch', SLOW], { PORT: new URL(first.url).port })
    assert.equal(await second.exited, 1)
    assert.match(second.output(), /port \d+ .*(taken|in use|already)/i)
    first.child.kill('SIGTERM')
    await first.exited
  })

  it('says what is wrong with an app file', async () => {
    const missing = spawnGuichet(['run', 'nowhere.ts'])
    assert.equal(await missing.exited, 1)
    assert.match(missing.output(), /there is no such file/)
    const unknown = spawnGuichet(['dance'])
    assert.equal(await unknown.exited, 2)
    assert.match(unknown.output(), /there is no command "dance"/)
  })
})
