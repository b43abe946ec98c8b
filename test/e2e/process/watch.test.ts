import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it, type TestContext } from 'node:test'
import { type Running, spawnGuichet } from './running.ts'

const source = (name: string): string => new URL(`../../../src/${name}`, import.meta.url).href

const QUERIES = `
import { sqlFile } from '${source('sql.ts')}'
export const queries = sqlFile(new URL('./queries.sql', import.meta.url))
`

function appSaying(text: string): string {
  return `
import { guichet, OPEN } from '${source('index.ts')}'
import { queries } from './queries.sql.ts'
export const app = guichet({ name: 'watched', database: { queries } })
app.get('/', { authorize: OPEN }, async (_, { sql }) => '${text} ' + (await sql.countNotes()))
app.post('/', { authorize: OPEN }, async (_, { sql }) => sql.addNote())
`
}

describe('guichet run --watch', () => {
  const folder = mkdtempSync(join(tmpdir(), 'guichet-watch-'))
  const app = join(folder, 'app.ts')
  let running: Omit<Running, 'url'>
  let seen = 0

  /** Waits for output that was not there before; gives its match. */
  async function next(pattern: RegExp): Promise<RegExpExecArray> {
    for (;;) {
      const found = pattern.exec(running.output().slice(seen))
      if (found !== null) {
        seen += found.index + found[0].length
        return found
      }
      if (running.child.exitCode !== null) throw new Error(`It ended:\n${running.output()}`)
      await new Promise((resolve) => setTimeout(resolve, 5))
    }
  }
  const listening = async (): Promise<string> => (await next(/listens on (http:\S+)[^\n]*\n/))[1] ?? ''
  const say = async (url: string): Promise<unknown> => (await fetch(url)).json()

  before(() => {
    mkdirSync(join(folder, 'migrations'))
    writeFileSync(join(folder, 'migrations/0001-notes.sql'), 'CREATE TABLE note (id INT);')
    writeFileSync(
      join(folder, 'queries.sql'),
      '-- name: count_notes()$\nSELECT count(*)::int FROM note;\n-- name: add_note()!\nINSERT INTO note VALUES (1);\n',
    )
    writeFileSync(join(folder, 'queries.sql.ts'), QUERIES)
    writeFileSync(app, appSaying('first'))
    // An embedded database belongs to one process: the next one must wait until this one has closed it.
    running = spawnGuichet(['run', '--watch', app], { PORT: '0', DATABASE_URL: `pglite:${join(folder, 'database')}` })
  })
  after(async () => {
    running.child.kill('SIGINT')
    await running.exited
    rmSync(folder, { recursive: true, force: true })
  })

  it('serves the new code after a change, on the same database', async (t: TestContext) => {
    let url = await listening()
    await fetch(url, { method: 'POST' })
    assert.equal(await say(url), 'first 1')
    const times: string[] = []
    for (let round = 1; round <= 2; round++) {
      const startedAt = performance.now()
      writeFileSync(app, appSaying(`changed ${round}`))
      url = await listening()
      assert.equal(await say(url), `changed ${round} 1`)
      times.push(`${Math.round(performance.now() - startedAt)} ms`)
    }
    const ready = [...running.output().matchAll(/ready in (\d+) ms/g)].map(([, ms]) => ms)
    t.diagnostic(`from the change to an answer of the new code: ${times.join(', ')}; ready in ${ready.join(', ')} ms`)
    assert.doesNotMatch(running.output(), /held|locked|another process/i)
  })

  it('waits for the next change when the code is wrong', async () => {
    writeFileSync(app, 'export const app = 1 +')
    await next(/Waiting for a change/)
    writeFileSync(app, appSaying('mended'))
    assert.equal(await say(await listening()), 'mended 1')
  })

  it('starts again for a file in a new folder, and not for tests', async () => {
    writeFileSync(join(folder, 'app.test.ts'), '// nothing of the app')
    mkdirSync(join(folder, 'parts'))
    await new Promise((resolve) => setTimeout(resolve, 100))
    writeFileSync(join(folder, 'parts/extra.ts'), 'export const extra = 1')
    const before = running.output().length
    assert.equal(await say(await listening()), 'mended 1')
    assert.equal(
      running
        .output()
        .slice(before)
        .match(/listens on/g)?.length,
      1,
    )
  })
})
