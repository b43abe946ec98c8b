import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { after, describe, test } from 'node:test'
import { ConfigError } from '../core/config-error.ts'
import { defaultLimits } from '../core/limits.ts'
import { testDriver } from './driver-contract.ts'
import { openDriver } from './open-driver.ts'
import { openPglite } from './pglite-driver.ts'
import { refusalOfSqlError } from './sql-error.ts'

testDriver('pglite', { open: (limits) => openDriver('pglite:memory:', { limits }) })

const KILLS = 3
const ROWS_BEFORE_KILL = 150

describe('openPglite() on a directory', () => {
  const folder = mkdtempSync(join(tmpdir(), 'guichet-pglite-'))
  const directory = join(folder, 'deep', 'database')
  after(() => rmSync(folder, { recursive: true }))

  test('a process killed while it inserts loses no row that it acknowledged', async () => {
    let acknowledged = 0
    for (let kill = 0; kill < KILLS; kill += 1)
      acknowledged = Math.max(acknowledged, await insertUntilKilled(directory))
    const driver = await openDriver(`pglite:${directory}`, { limits: defaultLimits })
    const { rows } = await driver.run('SELECT count(*), max(n) FROM entry', [])
    await driver.close()
    const [count, last] = (rows[0] ?? []).map(Number)
    assert.equal(count, last)
    assert.ok((last ?? 0) >= acknowledged && acknowledged >= KILLS * ROWS_BEFORE_KILL)
  })

  test('a second one is refused while the first is open, and given what it wrote afterwards', async () => {
    const first = await openDriver(`pglite:${directory}`, { limits: defaultLimits })
    await assert.rejects(openDriver(`pglite:${directory}`, { limits: defaultLimits }), { name: 'DirectoryHeldError' })
    await first.script('CREATE TABLE kept AS SELECT 7 AS n')
    await first.close()
    await first.close()
    const second = await openDriver(`pglite:${directory}`, { limits: defaultLimits })
    assert.deepEqual((await second.run('SELECT n FROM kept', [])).rows, [['7']])
    await second.close()
    await assert.rejects(second.run('SELECT 1', []), { source: 'network' })
  })
})

test('snapshot() is a database that another one starts from', async () => {
  const original = await openPglite(null, { limits: defaultLimits })
  await original.script('CREATE TABLE kept AS SELECT 7 AS n')
  const snapshot = await original.snapshot()
  await original.script('DROP TABLE kept')
  await original.close()
  const copy = await openPglite(null, { limits: defaultLimits, snapshot })
  assert.deepEqual((await copy.run('SELECT n FROM kept', [])).rows, [['7']])
  await copy.close()
})

test('run() fails when the embedded server overflows its stack instead of answering', async () => {
  const driver = await openDriver('pglite:memory:', { limits: defaultLimits })
  try {
    const deep = driver.run('SELECT $1::json', ['['.repeat(10_000)])
    await assert.rejects(deep, (error) => refusalOfSqlError(error)?.status !== undefined)
    assert.deepEqual((await driver.run('SELECT 1', [])).rows, [['1']])
  } finally {
    await driver.close()
  }
})

for (const url of ['', 'pglite:', 'mysql://u:hunter2@h/d', 'nothing']) {
  test(`openDriver() throws a ConfigError without the password on "${url}"`, async () => {
    const error = await openDriver(url, { limits: defaultLimits }).catch((reason: unknown) => reason)
    assert.ok(error instanceof ConfigError)
    assert.doesNotMatch(error.message, /hunter2/)
  })
}

/** Inserts numbers in another process, which says each one that is stored; gives the last said before signal 9. */
async function insertUntilKilled(directory: string): Promise<number> {
  const source = (file: string): string => JSON.stringify(new URL(file, import.meta.url).href)
  const code = `
    const { openDriver } = await import(${source('./open-driver.ts')})
    const { defaultLimits } = await import(${source('../core/limits.ts')})
    const driver = await openDriver(${JSON.stringify(`pglite:${directory}`)}, { limits: defaultLimits })
    await driver.script('CREATE TABLE IF NOT EXISTS entry (n SERIAL PRIMARY KEY, word TEXT)')
    await driver.script('SELECT setval(\\'entry_n_seq\\', (SELECT COALESCE(max(n), 0) + 1 FROM entry), false)')
    for (;;) {
      const { rows } = await driver.run("INSERT INTO entry (word) VALUES (repeat('x', 100)) RETURNING n", [])
      process.stdout.write(rows[0][0] + '\\n')
    }`
  const child = spawn(process.execPath, ['--input-type=module', '-e', code], { stdio: ['ignore', 'pipe', 'inherit'] })
  const exit = once(child, 'exit')
  let last = 0
  let count = 0
  for await (const line of createInterface(child.stdout)) {
    last = Number(line)
    count += 1
    if (count === ROWS_BEFORE_KILL) child.kill('SIGKILL')
  }
  await exit
  return last
}
