import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { defaultLimits } from '../../src/core/limits.ts'
import type { Limits } from '../../src/core/limits.ts'
import { connectFiltered } from '../../src/dial/filtered-socket.ts'
import { testDriver } from '../../src/sql/driver-contract.ts'
import type { Driver } from '../../src/sql/driver.ts'
import { openPostgres } from '../../src/sql/postgres-driver.ts'
import { createTestDatabase, skipWithoutPostgres } from '../../src/sql/postgres.test-support.ts'
import { openStatements, testValues } from '../../src/sql/value-contract.ts'
import { RowsPromise } from '../../src/sql/rows-promise.ts'

// As an app reaches its server; every result, however small, stays packed until somebody reads it.
describe('openPostgres() with packed rows', { skip: skipWithoutPostgres }, () => {
  let database: Awaited<ReturnType<typeof createTestDatabase>>
  before(async () => {
    database = await createTestDatabase()
  })
  after(() => database.drop())

  const open = (limits: Limits = defaultLimits, packedBytesMin = 0): Promise<Driver> =>
    openPostgres(database.url, { limits, connect: connectFiltered, packedBytesMin })

  testDriver('postgres, packed', { open })
  testValues('postgres, packed', { open })

  describe('a large result', () => {
    const MANY = 'SELECT i, repeat(chr(97 + i % 26), 300) AS word FROM generate_series(1, 5000) i'
    let driver: Driver
    before(async () => {
      driver = await open(defaultLimits, 4096)
    })
    after(() => driver.close())

    test('is the same in both forms, read or not', async () => {
      const sql = openStatements(driver, `-- name: many()\n${MANY}\n-- name: few()\n${MANY} LIMIT 3`)
      for (const [name, count] of [
        ['many', 5000],
        ['few', 3],
      ] as const) {
        const [unread, read] = [sql[name]?.(), sql[name]?.()]
        assert.ok(unread instanceof RowsPromise && read instanceof RowsPromise)
        const json = await unread.toJson((list) => JSON.stringify(list))
        assert.equal(json instanceof Uint8Array, name === 'many')
        const rows = await read
        assert.equal(rows.length, count)
        assert.equal(String(typeof json === 'string' ? json : Buffer.from(json)), JSON.stringify(rows))
        assert.deepEqual(rows.at(-1), { i: count, word: String.fromCharCode(97 + (count % 26)).repeat(300) })
      }
    })

    test('keeps its place among statements that share a connection', async () => {
      const one = await open({ ...defaultLimits, poolMax: 1 }, 4096)
      try {
        await one.run(MANY, [])
        await one.run('SELECT $1::text', ['x'])
        const asked = Array.from({ length: 20 }, (_, i) =>
          i % 3 === 0 ? one.run(MANY, []) : one.run('SELECT $1::text', [String(i)]),
        )
        for (const [i, { rows }] of (await Promise.all(asked)).entries()) {
          if (i % 3 === 0) assert.deepEqual([rows.length, rows[0]?.[0], rows.at(-1)?.[0]], [5000, '1', '5000'])
          else assert.deepEqual(rows, [[String(i)]])
        }
      } finally {
        await one.close()
      }
    })

    test('that breaks off in its middle is an error, and the connection goes on', async () => {
      const broken = 'SELECT repeat($1, 300), 1 / (i - 4000) FROM generate_series(1, 5000) i'
      for (let i = 0; i < 3; i++) {
        await assert.rejects(driver.run(broken, ['a']), { sqlstate: '22012' })
        assert.equal((await driver.run(MANY, [])).rows.length, 5000)
      }
    })

    test('of a script is left, and of a cell that begins with no mark is no mark', async () => {
      await driver.script(`${MANY}; SELECT 1; ${MANY}`)
      assert.deepEqual((await driver.run("SELECT E'\\x01' || '1'", [])).rows, [['\x011']])
    })
  })
})
