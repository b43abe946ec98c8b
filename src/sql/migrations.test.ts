import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, unlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, afterEach, before, beforeEach, describe, test } from 'node:test'
import { ConfigError } from '../core/config-error.ts'
import { defaultLimits } from '../core/limits.ts'
import type { Driver } from './driver.ts'
import { migrate, migrationStatus, nextMigrationFile } from './migrations.ts'
import { openDriver } from './open-driver.ts'
import { createTestDatabase, skipWithoutPostgres } from './postgres.test-support.ts'

/** The same with some functions of its own. */
function wrap<T extends object>(one: T, own: Partial<T>): T {
  return new Proxy(one, {
    get: (_, name) => {
      const value: unknown = Reflect.get(own, name) ?? Reflect.get(one, name, one)
      return typeof value === 'function' ? (value.bind(one) as unknown) : value // a bound function is a function
    },
  })
}

function testMigrations(name: string, open: () => Promise<Driver>): void {
  describe(`migrate() on ${name}`, () => {
    let driver: Driver
    let folder: string
    before(async () => {
      driver = await open()
    })
    beforeEach(async () => {
      await driver.script('DROP TABLE IF EXISTS guichet_migration, a, b, c')
      folder = mkdtempSync(join(tmpdir(), 'guichet-migrations-'))
      write('0001-a.sql', 'CREATE TABLE a (x INT);\nINSERT INTO a VALUES (1);')
      write('0002-b.sql', 'CREATE TABLE b (x INT);')
    })
    afterEach(() => rmSync(folder, { recursive: true }))
    after(() => driver.close())
    const write = (file: string, text: string): void => writeFileSync(join(folder, file), text)
    const mistakesOf = async (): Promise<string[]> => {
      const error = await migrate(driver, folder).catch((reason: unknown) => reason)
      assert.ok(error instanceof ConfigError)
      return error.mistakes.map(({ where, problem }) => `${where.replace(/^.*\//, '')}: ${problem}`)
    }

    test('migrate() runs each file once, in order', async () => {
      const first = await migrate(driver, folder)
      assert.deepEqual(
        { ...first, applied: first.applied.map((file) => file.name) },
        { applied: ['0001-a.sql', '0002-b.sql'], total: 2, isFilled: false },
      )
      assert.deepEqual(await migrate(driver, folder), { applied: [], total: 2, isFilled: false })
      write('0003-c.sql', 'CREATE TABLE c (x INT)')
      assert.deepEqual(await migrate(driver, folder), {
        applied: [{ number: 3, name: '0003-c.sql' }],
        total: 3,
        isFilled: false,
      })
      assert.deepEqual((await driver.run('SELECT x FROM a', [])).rows, [['1']])
    })

    describe('with first data', () => {
      const data = { name: 'data.sql', text: 'INSERT INTO b VALUES (7), (8);' }
      const rows = async (): Promise<unknown> => (await driver.run('SELECT x FROM b ORDER BY x', [])).rows
      /** A process that ends when the text is about to run. */
      const dyingAt = (text: string): Driver =>
        wrap(driver, {
          begin: async (options) => {
            const transaction = await driver.begin(options)
            return wrap(transaction, {
              script: (script) => (script === text ? Promise.reject(new Error('killed')) : transaction.script(script)),
            })
          },
        })

      test('migrate() loads them once, into a database that was empty', async () => {
        assert.equal((await migrate(driver, folder, data)).isFilled, true)
        assert.deepEqual(await rows(), [['7'], ['8']])
        assert.equal((await migrate(driver, folder, { ...data, text: 'INSERT INTO b VALUES (9)' })).isFilled, false)
        assert.deepEqual(await rows(), [['7'], ['8']])
        const { applied, pending, mistakes } = await migrationStatus(driver, folder)
        assert.deepEqual([applied.length, pending, mistakes], [2, [], []])
      })

      test('migrate() does not load them into a database that was not empty', async () => {
        await migrate(driver, folder)
        assert.equal((await migrate(driver, folder, data)).isFilled, false)
        assert.deepEqual(await rows(), [])
      })

      test('migrate() loads them later where it ended between the schema and the data, or between two files', async () => {
        for (const text of [data.text, 'CREATE TABLE b (x INT);']) {
          await driver.script('DROP TABLE IF EXISTS guichet_migration, a, b')
          await assert.rejects(migrate(dyingAt(text), folder, data), /killed/)
          assert.equal((await migrate(driver, folder, data)).isFilled, true)
          assert.deepEqual(await rows(), [['7'], ['8']])
          assert.equal((await migrate(driver, folder, data)).isFilled, false)
        }
      })

      test('migrate() loads them when a mistake in them is mended, and said where it was', async () => {
        const wrong = { ...data, text: 'INSERT INTO b VALUES (7);\nINSERT INTO b VALUES (nothing);' }
        await assert.rejects(migrate(driver, folder, wrong), /data\.sql:2: column "nothing" does not exist/)
        assert.deepEqual(await rows(), [])
        assert.equal((await migrate(driver, folder, data)).isFilled, true)
        assert.deepEqual(await rows(), [['7'], ['8']])
      })

      test('migrate() by several at once loads them once', async () => {
        const reports = await Promise.all([1, 2, 3].map(() => migrate(driver, folder, data)))
        assert.deepEqual(reports.map(({ isFilled }) => isFilled).filter(Boolean), [true])
        assert.deepEqual(await rows(), [['7'], ['8']])
      })
    })

    test('migrate() keeps the files before one that fails, and says where it failed', async () => {
      write('0003-c.sql', 'CREATE TABLE c (x INT);\nINSERT INTO c\n VALUES (nothing);')
      await assert.rejects(migrate(driver, folder), (error: unknown) => {
        assert.match(
          String(error),
          /"0003-c\.sql" of guichet-migrations-\w+\/0003-c\.sql:3: column "nothing" does not exist/,
        )
        return true
      })
      const { applied, pending } = await migrationStatus(driver, folder)
      assert.deepEqual([applied.map((file) => file.number), pending.map((file) => file.number)], [[1, 2], [3]])
      assert.deepEqual((await driver.run("SELECT to_regclass('c')", [])).rows, [[null]])
    })

    test('migrate() refuses a file that changed, and takes other line ends for the same', async () => {
      await migrate(driver, folder)
      write('0001-a.sql', 'CREATE TABLE a (x INT);\r\nINSERT INTO a VALUES (1);')
      assert.equal((await migrate(driver, folder)).applied.length, 0)
      write('0001-a.sql', 'CREATE TABLE a (x INT);\nINSERT INTO a VALUES (2);')
      assert.deepEqual(await mistakesOf(), ['0001-a.sql: the file changed since it was applied'])
    })

    test('migrate() refuses a file that is gone, and one that comes late', async () => {
      unlinkSync(join(folder, '0001-a.sql'))
      await migrate(driver, folder)
      write('0001-a.sql', 'SELECT 1')
      unlinkSync(join(folder, '0002-b.sql'))
      assert.deepEqual(await mistakesOf(), [
        '0002-b.sql: the file is gone, and it was applied',
        '0001-a.sql: the file is new, and one after it was applied already',
      ])
      assert.equal((await migrationStatus(driver, folder)).mistakes.length, 2)
    })

    test('migrate() refuses files without a number, and two of one number', async () => {
      write('0002-again.sql', 'SELECT 1')
      write('schema.sql', 'SELECT 1')
      write('notes.md', 'nothing')
      assert.deepEqual(await mistakesOf(), ['0002-b.sql: its number is taken', 'schema.sql: the file is not numbered'])
    })

    test('migrate() by several at once runs each file once', async () => {
      const reports = await Promise.all([migrate(driver, folder), migrate(driver, folder), migrate(driver, folder)])
      assert.equal(reports.flatMap(({ applied }) => applied).length, 2)
      assert.deepEqual((await driver.run('SELECT count(*) FROM a', [])).rows, [['1']])
    })

    test('migrationStatus() of a new database changes nothing', async () => {
      const { applied, pending, mistakes } = await migrationStatus(driver, folder)
      assert.deepEqual([applied, pending.length, mistakes], [[], 2, []])
      assert.deepEqual((await driver.run("SELECT to_regclass('guichet_migration')", [])).rows, [[null]])
    })

    test('nextMigrationFile() gives the next number and a plain name', () => {
      assert.equal(nextMigrationFile(folder, 'Add the Price, at last!'), '0003-add-the-price-at-last.sql')
      assert.equal(nextMigrationFile(folder, '…'), '0003-change.sql')
    })
  })
}

testMigrations('pglite', () => openDriver('pglite:memory:', { limits: defaultLimits }))

describe('on a server', { skip: skipWithoutPostgres }, () => {
  let database: Awaited<ReturnType<typeof createTestDatabase>>
  before(async () => {
    database = await createTestDatabase()
  })
  after(() => database.drop())
  testMigrations('postgres', () => openDriver(database.url, { limits: defaultLimits }))
})
