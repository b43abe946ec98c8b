import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, test } from 'node:test'
import { ConfigError } from '../core/config-error.ts'
import { defaultLimits } from '../core/limits.ts'
import { createDatabase } from './database.ts'
import type { Database } from './database.ts'
import type { Driver } from './driver.ts'
import { openDriver } from './open-driver.ts'
import { createTestDatabase, skipWithoutPostgres } from './postgres.test-support.ts'
import type { Queries, StatementTree } from './queries.ts'
import { parseSqlFile } from './sql-file.ts'
import { isSerializationFailure, refusalOfSqlError, SqlError } from './sql-error.ts'

interface Sql {
  schema(): Promise<void>
  addStuff(args: { stuff: string | null }): Promise<number>
  getStuff(args: { sid: number }): Promise<{ sid: number; stuff: string } | null>
  getAll(): Promise<{ sid: number; stuff: string }[]>
  getNames(): Promise<[sid: number, stuff: string][]>
  streamNames(args: { least: number }): AsyncIterable<[sid: number, stuff: string]>
  countStuff(): Promise<number>
  findName(args: { sid: number }): Promise<string | null>
  sureName(args: { sid: number }): Promise<string>
  renameAll(args: { stuff: string }): Promise<number>
  addMany(rows: readonly { stuff: string }[]): Promise<number>
  broken(): Promise<unknown[]>
  twoRows(): Promise<{ n: number } | null>
  twoColumns(): Promise<number | null>
  brokenStream(): AsyncIterable<unknown>
}

const TEXT = `
-- name: schema()#
CREATE TABLE IF NOT EXISTS stuff (sid SERIAL PRIMARY KEY, stuff TEXT UNIQUE NOT NULL);
TRUNCATE stuff RESTART IDENTITY;
-- name: add_stuff(stuff)$
INSERT INTO stuff (stuff) VALUES (:stuff) RETURNING sid
-- name: get_stuff(sid)^
SELECT sid, stuff FROM stuff WHERE sid = :sid
-- name: get_all()
SELECT sid, stuff FROM stuff ORDER BY sid
-- name: get_names()
-- rows: tuple
SELECT sid, stuff FROM stuff ORDER BY sid
-- name: stream_names(least)
-- rows: stream, tuple
SELECT sid, stuff FROM stuff WHERE sid >= :least ORDER BY sid
-- name: count_stuff()$
SELECT count(*) FROM stuff
-- name: find_name(sid)$
SELECT stuff FROM stuff WHERE sid = :sid
-- name: sure_name(sid)$
SELECT stuff AS "stuff!" FROM stuff WHERE sid = :sid
-- name: rename_all(stuff)!
UPDATE stuff SET stuff = stuff || :stuff
-- name: add_many(stuff)*!
INSERT INTO stuff (stuff) VALUES (:stuff)
-- name: broken()
SELECT *
  FROM stuff
  FRUM stuff
-- name: two_columns()$
SELECT 1 AS a, 2 AS b
-- name: broken_stream()
-- rows: stream
SELECT 1 / (3 - n) FROM generate_series(1, 5) AS n
-- name: two_rows()^
SELECT n FROM generate_series(1, 2) AS n
`

function queriesOf<T>(text: string): Queries<T> {
  const { statements, mistakes } = parseSqlFile(text, 'queries.sql')
  return { path: 'queries.sql', load: () => ({ tree: { statements, children: new Map() }, mistakes }) }
}

function testDatabase(name: string, open: () => Promise<Driver>): void {
  describe(`createDatabase() on ${name}`, () => {
    let database: Database<Sql>
    before(async () => {
      database = createDatabase({ driver: await open(), queries: queriesOf<Sql>(TEXT) })
    })
    beforeEach(() => database.sql.schema())
    after(() => database.close())
    testOperators(() => database)
    testMistakes(() => database)
    testSessions(() => database)
  })
}

function testOperators(database: () => Database<Sql>): void {
  test('each operator gives what it says', async () => {
    const { sql } = database()
    assert.equal(await sql.addStuff({ stuff: 'a' }), 1)
    assert.equal(await sql.addMany([{ stuff: 'b' }, { stuff: 'c' }]), 2)
    assert.deepEqual(await sql.getStuff({ sid: 2 }), { sid: 2, stuff: 'b' })
    assert.equal(await sql.getStuff({ sid: 9 }), null)
    assert.deepEqual(await sql.getNames(), [
      [1, 'a'],
      [2, 'b'],
      [3, 'c'],
    ])
    assert.equal(await sql.countStuff(), 3)
    assert.deepEqual([await sql.findName({ sid: 3 }), await sql.findName({ sid: 9 })], ['c', null])
    assert.equal(await sql.renameAll({ stuff: '!' }), 3)
    assert.deepEqual((await sql.getAll()).at(-1), { sid: 3, stuff: 'c!' })
    assert.equal(await sql.addMany([]), 0)
  })

  test('rows have no prototype tricks and one shape', async () => {
    await database().sql.addMany([{ stuff: 'a' }, { stuff: 'b' }])
    const rows = await database().sql.getAll()
    assert.deepEqual(
      rows.map((row) => Object.keys(row)),
      [
        ['sid', 'stuff'],
        ['sid', 'stuff'],
      ],
    )
  })

  test('a stream gives rows one by one, and other statements run meanwhile', async () => {
    const { sql } = database()
    await sql.addMany(Array.from({ length: 1100 }, (_, index) => ({ stuff: `item ${index}` })))
    let count = 0
    for await (const [sid, stuff] of sql.streamNames({ least: 101 })) {
      if (sid === 700) assert.deepEqual(await sql.getStuff({ sid }), { sid, stuff })
      count += 1
    }
    assert.equal(count, 1000)
  })

  test('twenty calls of a statement that was never run give twenty results', async () => {
    const fresh = createDatabase({ driver: database().driver, queries: queriesOf<Sql>(TEXT) })
    await fresh.sql.addStuff({ stuff: 'a' })
    const found = await Promise.all(Array.from({ length: 3 }, () => fresh.sql.findName({ sid: 1 })))
    assert.deepEqual(found, ['a', 'a', 'a'])
  })
}

function testMistakes(database: () => Database<Sql>): void {
  test('a statement that fails says its name, file and line, and the code that called it', async () => {
    const error = await callBroken(database()).catch((reason: unknown) => reason)
    assert.ok(error instanceof SqlError)
    assert.deepEqual([error.statement, error.where, error.sqlstate], ['broken', 'queries.sql:30', '42601'])
    assert.match(error.stack ?? '', /callBroken/)
    assert.equal(refusalOfSqlError(error), null)
  })

  test('a stream that fails says its name, file and line', async () => {
    const read = async (): Promise<void> => {
      for await (const row of database().sql.brokenStream()) assert.ok(row)
    }
    await assert.rejects(read(), { statement: 'broken_stream', sqlstate: '22012' })
  })

  test('wrong arguments are a TypeError before anything is sent', async () => {
    // The same methods, for arguments that the compiler would refuse.
    const sql = database().sql as unknown as Record<string, (args?: unknown) => Promise<unknown>>
    const wrong: readonly (readonly [string, unknown, RegExp])[] = [
      ['getStuff', {}, /argument "sid" is missing/],
      ['getStuff', undefined, /argument "sid" is missing/],
      ['getStuff', { sid: undefined }, /argument "sid" is missing/],
      ['getStuff', { sid: 1, other: 2 }, /argument "other" is not declared/],
      ['getStuff', 1, /by name/],
      ['getStuff', [1], /by name/],
      ['addMany', { stuff: 'a' }, /takes a list/],
      ['addMany', [{ stuff: 'a' }, {}], /argument "stuff" is missing/],
    ]
    for (const [method, args, message] of wrong) {
      await assert.rejects(async () => sql[method]?.(args), { name: 'TypeError', message })
    }
    assert.equal(await database().sql.countStuff(), 0)
  })

  test('two rows where one is said are a fault, and so is none where one is sure', async () => {
    await assert.rejects(database().sql.twoRows(), { message: /one row at most, and 2 came/ })
    await assert.rejects(database().sql.twoColumns(), { message: /one value, and has 2 columns/ })
    await assert.rejects(database().sql.sureName({ sid: 9 }), { message: /should always give one row/ })
  })

  test('a null for NOT NULL is a bad value, a name twice a conflict', async () => {
    const { sql } = database()
    const codeOf = async (promise: Promise<unknown>): Promise<unknown> =>
      promise.catch((error: unknown) => refusalOfSqlError(error)?.code)
    assert.equal(await codeOf(sql.addStuff({ stuff: null })), 'SQL_BAD_VALUE')
    await sql.addStuff({ stuff: 'a' })
    assert.equal(await codeOf(sql.addStuff({ stuff: 'a' })), 'SQL_CONFLICT')
    assert.equal(await codeOf(sql.addMany([{ stuff: 'b' }, { stuff: 'a' }])), 'SQL_CONFLICT')
    assert.equal(await sql.countStuff(), 1)
  })

  test('createDatabase() throws a ConfigError with every mistake of the files', () => {
    const queries = queriesOf<Sql>('-- name: x()~\nSELECT :a')
    const open = (): unknown => createDatabase({ driver: database().driver, queries })
    assert.throws(open, (error: unknown) => error instanceof ConfigError && error.mistakes.length === 2)
  })
}

async function callBroken({ sql }: Database<Sql>): Promise<void> {
  await sql.broken()
}

function testSessions(database: () => Database<Sql>): void {
  test('a session opens at its first statement and keeps what it wrote at commit', async () => {
    const session = database().session()
    assert.equal(session.isOpen, false)
    await session.sql.addStuff({ stuff: 'a' })
    assert.deepEqual([session.isOpen, session.isOver], [true, false])
    await session.commit()
    assert.deepEqual([session.isOpen, session.isOver], [false, true])
    assert.equal(await database().sql.countStuff(), 1)
  })

  test('a session without a statement commits and rolls back without a connection', async () => {
    await database().session().commit()
    await database().session().rollback()
  })

  test('a session keeps nothing after rollback, and takes no statement after its end', async () => {
    const session = database().session()
    await Promise.all([session.sql.addStuff({ stuff: 'a' }), session.sql.addStuff({ stuff: 'b' })])
    await session.rollback()
    await session.rollback()
    await assert.rejects(session.sql.countStuff(), TypeError)
    assert.equal(await database().sql.countStuff(), 0)
  })

  test('rollback() waits for a transaction that is still being opened', async () => {
    const session = database().session()
    const first = session.sql.addStuff({ stuff: 'a' }).catch((error: unknown) => error)
    await session.rollback()
    await first
    assert.equal(await database().sql.countStuff(), 0)
  })

  test('savepoint() undoes a part that fails, and the rest is kept', async () => {
    const session = database().session()
    await session.sql.addStuff({ stuff: 'a' })
    await assert.rejects(
      session.savepoint(async () => {
        await session.sql.addStuff({ stuff: 'b' })
        await session.sql.addStuff({ stuff: 'a' })
      }),
      SqlError,
    )
    assert.equal(await session.savepoint(() => session.sql.addStuff({ stuff: 'c' })), 4)
    await session.commit()
    assert.deepEqual(
      (await database().sql.getAll()).map(({ stuff }) => stuff),
      ['a', 'c'],
    )
  })

  test('commit() fails when a statement had failed and the program went on', async () => {
    const session = database().session()
    await session.sql.addStuff({ stuff: 'a' })
    await session.sql.addStuff({ stuff: 'a' }).catch(() => undefined)
    await assert.rejects(session.commit(), { sqlstate: '25P02' })
    assert.equal(await database().sql.countStuff(), 0)
  })

  test('transaction() gives the transaction for text that no file has', async () => {
    const session = database().session({ readonly: true })
    const transaction = await session.transaction()
    assert.deepEqual((await transaction.run('SHOW transaction_read_only', [])).rows, [['on']])
    await session.commit()
  })
}

test('sub-folders are namespaces of the facade, inside a session too', async () => {
  interface Nested {
    readonly admin: { countAll(): Promise<number>; readonly deep: { one(): Promise<number> } }
  }
  const leaf = (text: string, children: ReadonlyMap<string, StatementTree> = new Map()): StatementTree => {
    return { statements: parseSqlFile(text, 'nested.sql').statements, children }
  }
  const admin = leaf('-- name: count_all()$\nSELECT 2', new Map([['deep', leaf('-- name: one()$\nSELECT 1')]]))
  const tree: StatementTree = { statements: [], children: new Map([['admin', admin]]) }
  const driver = await openDriver('pglite:memory:', { limits: defaultLimits })
  const queries: Queries<Nested> = { path: 'nested', load: () => ({ tree, mistakes: [] }) }
  const database = createDatabase({ driver, queries })
  const session = database.session()
  assert.deepEqual([await database.sql.admin.deep.one(), await session.sql.admin.countAll()], [1, 2])
  await session.rollback()
  await database.close()
})

testDatabase('pglite', () => openDriver('pglite:memory:', { limits: defaultLimits }))

describe('on a server', { skip: skipWithoutPostgres }, () => {
  let server: Awaited<ReturnType<typeof createTestDatabase>>
  before(async () => {
    server = await createTestDatabase()
  })
  after(() => server.drop())
  testDatabase('postgres', () => openDriver(server.url, { limits: defaultLimits }))

  test('isSerializationFailure() is true for one of two transactions that disturb each other', async () => {
    const driver = await openDriver(server.url, { limits: defaultLimits })
    const database = createDatabase({ driver, queries: queriesOf<Sql>(TEXT) })
    await database.sql.schema()
    const sessions = [1, 2].map(() => database.session({ isolation: 'serializable' }))
    const run = async (session: (typeof sessions)[number], stuff: string): Promise<void> => {
      await session.sql.countStuff()
      await session.sql.addStuff({ stuff })
    }
    await Promise.all(sessions.map((session, index) => run(session, `item ${index}`)))
    const results = await Promise.allSettled(sessions.map((session) => session.commit()))
    const failed = results.flatMap((result) => (result.status === 'rejected' ? [result.reason as unknown] : []))
    assert.equal(failed.length, 1)
    assert.equal(isSerializationFailure(failed[0]), true)
    assert.equal(refusalOfSqlError(failed[0])?.code, 'SQL_SERIALIZATION')
    await database.close()
  })
})
