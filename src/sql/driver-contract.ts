import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, test } from 'node:test'
import { randomBytes } from 'node:crypto'
import { inspect } from 'node:util'
import { defaultLimits } from '../core/limits.ts'
import type { Limits } from '../core/limits.ts'
import type { Driver, RawResult } from './driver.ts'
import { refusalOfSqlError, SqlError } from './sql-error.ts'

/** How the suite opens a driver on a database that it may write to. */
export interface DriverFixture {
  readonly open: (limits: Limits) => Promise<Driver>
}

const LIMITS: Limits = {
  ...defaultLimits,
  poolMax: 2,
  poolWaitMs: 300,
  poolQueueMax: 3,
  idleTransactionTimeoutMs: 1_000,
}
const SECRET = 'hunter2-secret'
const INSERT = 'INSERT INTO contract_item (name, price) VALUES ($1, $2)'
const COUNT = 'SELECT count(*) FROM contract_item'

/** Registers what every driver must do; run it on each implementation. */
export function testDriver(name: string, fixture: DriverFixture): void {
  describe(`driver contract: ${name}`, () => {
    let driver: Driver
    before(async () => {
      driver = await fixture.open(LIMITS)
      await driver.script(`
        DROP TABLE IF EXISTS contract_item;
        CREATE TABLE contract_item (
          id SERIAL PRIMARY KEY,
          name TEXT NOT NULL UNIQUE,
          price NUMERIC CHECK (price >= 0),
          parent INT REFERENCES contract_item DEFERRABLE
        )`)
    })
    beforeEach(() => driver.script('TRUNCATE contract_item RESTART IDENTITY'))
    after(async () => {
      await driver.script('DROP TABLE contract_item')
      await driver.close()
    })
    const context: Context = { driver: () => driver }
    testRuns(context)
    testErrors(context)
    testTransactions(context)
    testBatches(context)
    testStreams(context)
    testWaiting(context)
    testSchemaChanges(context)
  })
}

interface Context {
  readonly driver: () => Driver
}

async function countItems(driver: Driver): Promise<number> {
  return Number((await driver.run(COUNT, [])).rows[0]?.[0])
}

async function failureOf(promise: Promise<unknown>): Promise<SqlError> {
  const error = await promise.then(
    () => assert.fail('it should have failed'),
    (reason: unknown) => reason,
  )
  assert.ok(error instanceof SqlError, inspect(error))
  return error
}

function testRuns({ driver }: Context): void {
  test('run() gives rows as text and the same columns at each run', async () => {
    await driver().run(INSERT, ['a', '1.50'])
    const text = 'SELECT id, name, price, parent FROM contract_item WHERE name = $1'
    const [first, second] = [await driver().run(text, ['a']), await driver().run(text, ['a'])]
    assert.deepEqual(first.rows, [['1', 'a', '1.50', null]])
    assert.deepEqual(
      first.columns.map((column) => [column.name, column.type]),
      [
        ['id', 23],
        ['name', 25],
        ['price', 1700],
        ['parent', 23],
      ],
    )
    assert.equal(second.columns, first.columns)
  })

  test('run() tells how many rows a command changed', async () => {
    const inserted = await driver().run("INSERT INTO contract_item (name) VALUES ('a'), ('b'), ('c')", [])
    assert.equal(inserted.affected, 3)
    assert.equal((await driver().run("UPDATE contract_item SET price = 1 WHERE name <> 'a'", [])).affected, 2)
    assert.equal((await driver().run('DELETE FROM contract_item', [])).affected, 3)
  })

  test('run() sends values that look like SQL as values', async () => {
    const name = `'; DROP TABLE contract_item; -- $1 \\ " é \u{1f600}`
    await driver().run(INSERT, [name, null])
    assert.deepEqual((await driver().run('SELECT name FROM contract_item', [])).rows, [[name]])
  })

  test('run() gives results in the order of the calls when many run at once', async () => {
    const numbers = Array.from({ length: 40 }, (_, index) => String(index))
    const results: RawResult[] = []
    for (let at = 0; at < numbers.length; at += 4) {
      const group = numbers.slice(at, at + 4).map((number) => driver().run('SELECT $1::int', [number]))
      results.push(...(await Promise.all(group)))
    }
    assert.deepEqual(
      results.map(({ rows }) => rows[0]?.[0]),
      numbers,
    )
  })

  test('describe() gives the types of parameters and columns, and runs nothing', async () => {
    const { parameters, columns } = await driver().describe(`${INSERT} RETURNING id, price * 2 AS twice`)
    assert.deepEqual(parameters, [25, 1700])
    assert.deepEqual(
      columns.map(({ name, type }) => [name, type]),
      [
        ['id', 23],
        ['twice', 1700],
      ],
    )
    assert.ok((columns[0]?.table ?? 0) > 0)
    assert.deepEqual([columns[0]?.column, columns[1]?.table], [1, 0])
    assert.equal(await countItems(driver()), 0)
  })

  test('script() runs several statements, or none when one fails', async () => {
    await driver().script(
      "INSERT INTO contract_item (name) VALUES ('a'); INSERT INTO contract_item (name) VALUES ('b')",
    )
    const error = await failureOf(
      driver().script("INSERT INTO contract_item (name) VALUES ('c'); INSERT INTO contract_item (name) VALUES ('a')"),
    )
    assert.equal(error.sqlstate, '23505')
    assert.equal(await countItems(driver()), 2)
  })

  test('run() leaves no transaction open when its text begins one', async () => {
    await driver().run('BEGIN', [])
    await driver().run(INSERT, ['a', null])
    const transactions = await Promise.all([
      driver().begin(),
      driver()
        .begin()
        .catch(() => null),
    ])
    for (const transaction of transactions) await transaction?.rollback()
    assert.equal(await countItems(driver()), 1)
  })

  test('script() leaves no transaction open when its text begins one', async () => {
    await driver().script("BEGIN; INSERT INTO contract_item (name) VALUES ('a')")
    await driver().run(INSERT, ['b', null])
    assert.deepEqual((await driver().run('SELECT name FROM contract_item', [])).rows, [['b']])
  })
}

function testErrors({ driver }: Context): void {
  const failures: readonly [
    what: string,
    text: string,
    values: readonly string[],
    state: string,
    code: string | null,
  ][] = [
    ['a name twice', 'INSERT INTO contract_item (name) VALUES ($1), ($1)', [SECRET], '23505', 'SQL_CONFLICT'],
    [
      'a reference to nothing',
      'INSERT INTO contract_item (name, parent) VALUES ($1, 99)',
      [SECRET],
      '23503',
      'SQL_REFERENCE',
    ],
    [
      'a missing value',
      'INSERT INTO contract_item (name, price) VALUES (NULL, length($1))',
      [SECRET],
      '23502',
      'SQL_BAD_VALUE',
    ],
    ['a refused value', 'INSERT INTO contract_item (name, price) VALUES ($1, -1)', [SECRET], '23514', 'SQL_BAD_VALUE'],
    ['a text that is no number', 'SELECT $1::int', [SECRET], '22P02', 'SQL_BAD_VALUE'],
    ['a number out of range', 'SELECT $1::int', ['99999999999'], '22003', 'SQL_BAD_VALUE'],
    ['a text that is no date', 'SELECT $1::date', [SECRET], '22007', 'SQL_BAD_VALUE'],
    ['a text that is no JSON', 'SELECT $1::json', [SECRET], '22P02', 'SQL_BAD_VALUE'],
    ['a text that ends with NUL', 'SELECT $1::text', [`${SECRET}\0`], '22021', 'SQL_BAD_VALUE'],
    [
      'a text too long for its index',
      'INSERT INTO contract_item (name) VALUES ($1)',
      [randomBytes(16_000).toString('hex')],
      '54000',
      'SQL_BAD_VALUE',
    ],
    ['a missing table', 'SELECT * FROM contract_nothing WHERE $1::text IS NULL', [SECRET], '42P01', null],
    ['a mistake in SQL', 'SELEKT $1', [SECRET], '42601', null],
  ]
  for (const [what, text, values, state, code] of failures) {
    test(`run() fails with ${state} and without the value when it is given ${what}`, async () => {
      const error = await failureOf(driver().run(text, values))
      assert.equal(error.sqlstate, state)
      assert.equal(refusalOfSqlError(error)?.code ?? null, code)
      const shown = inspect(error, { depth: 9, showHidden: true }) + JSON.stringify(error) + String(error.stack)
      assert.ok(!shown.includes(values[0] ?? ''), shown)
    })
  }

  test('run() names the constraint and the table of a conflict', async () => {
    await driver().run(INSERT, ['a', null])
    const { constraint, table } = await failureOf(driver().run(INSERT, ['a', null]))
    assert.deepEqual({ constraint, table }, { constraint: 'contract_item_name_key', table: 'contract_item' })
  })

  test('run() tells where the mistake in a statement is', async () => {
    assert.equal((await failureOf(driver().run('SELECT 1 FRUM contract_item', []))).position, 15)
  })

  test('run() works after a statement that failed', async () => {
    await failureOf(driver().run('SELECT 1 / 0', []))
    assert.deepEqual((await driver().run('SELECT 1', [])).rows, [['1']])
  })
}

function testTransactions({ driver }: Context): void {
  test('commit() keeps what was written, rollback() does not', async () => {
    const kept = await driver().begin()
    await kept.run(INSERT, ['a', null])
    await kept.commit()
    const dropped = await driver().begin()
    await dropped.run(INSERT, ['b', null])
    await dropped.rollback()
    assert.deepEqual((await driver().run('SELECT name FROM contract_item', [])).rows, [['a']])
  })

  test('commit() fails when a statement of the transaction had failed', async () => {
    const transaction = await driver().begin()
    await transaction.run(INSERT, ['a', null])
    await failureOf(transaction.run(INSERT, ['a', null]))
    assert.equal((await failureOf(transaction.commit())).sqlstate, '25P02')
    assert.equal(await countItems(driver()), 0)
  })

  test('commit() fails when a deferred constraint does not hold, and lets the connection go', async () => {
    for (let round = 0; round < 3; round += 1) {
      const transaction = await driver().begin()
      await transaction.script('SET CONSTRAINTS ALL DEFERRED')
      await transaction.run('INSERT INTO contract_item (name, parent) VALUES ($1, 99)', ['a'])
      assert.equal((await failureOf(transaction.commit())).sqlstate, '23503')
    }
    assert.equal(await countItems(driver()), 0)
  })

  test('begin() gives a transaction that writes nothing when it is readonly', async () => {
    const transaction = await driver().begin({ readonly: true })
    assert.equal((await failureOf(transaction.run(INSERT, ['a', null]))).sqlstate, '25006')
    await transaction.rollback()
  })

  test('begin() gives the isolation that is asked for', async () => {
    const isolationOf = async (options: { isolation?: 'serializable' }): Promise<unknown> => {
      const transaction = await driver().begin(options)
      const { rows } = await transaction.run("SELECT current_setting('transaction_isolation')", [])
      await transaction.commit()
      return rows[0]?.[0]
    }
    assert.deepEqual(
      [await isolationOf({}), await isolationOf({ isolation: 'serializable' })],
      ['read committed', 'serializable'],
    )
  })

  test('run() of a transaction runs statements in order when they are not awaited', async () => {
    const transaction = await driver().begin()
    const pending = ['a', 'b', 'c'].map((name) => transaction.run(`${INSERT} RETURNING id`, [name, null]))
    const results = await Promise.all(pending)
    await transaction.commit()
    assert.deepEqual(
      results.map(({ rows }) => rows[0]?.[0]),
      ['1', '2', '3'],
    )
  })

  test('run() of a transaction that is over throws a TypeError', async () => {
    const transaction = await driver().begin()
    await transaction.commit()
    await assert.rejects(transaction.run('SELECT 1', []), TypeError)
    await transaction.rollback()
  })

  test('script() of a transaction undoes a part by a savepoint', async () => {
    const transaction = await driver().begin()
    await transaction.run(INSERT, ['a', null])
    await transaction.script('SAVEPOINT one')
    await failureOf(transaction.run(INSERT, ['a', null]))
    await transaction.script('ROLLBACK TO SAVEPOINT one')
    await transaction.run(INSERT, ['b', null])
    await transaction.commit()
    assert.equal(await countItems(driver()), 2)
  })
}

function testBatches({ driver }: Context): void {
  test('runMany() runs once for each list and gives the sum', async () => {
    const lists = Array.from({ length: 450 }, (_, index) => [`item ${index}`, null])
    assert.equal(await driver().runMany(INSERT, lists), 450)
    assert.equal(
      await driver().runMany('UPDATE contract_item SET price = 1 WHERE id > $1::int', [['440'], ['445']]),
      15,
    )
  })

  test('runMany() gives 0 for no list', async () => {
    assert.equal(await driver().runMany(INSERT, []), 0)
  })

  test('runMany() keeps nothing when one of many fails', async () => {
    const lists = Array.from({ length: 300 }, (_, index) => [index === 260 ? 'item 3' : `item ${index}`, null])
    assert.equal((await failureOf(driver().runMany(INSERT, lists))).sqlstate, '23505')
    assert.equal(await countItems(driver()), 0)
  })

  test('runMany() takes values that are larger than a buffer of the network', async () => {
    const lists = Array.from({ length: 8 }, (_, index) => [`${index}${'x'.repeat(300_000)}`, null])
    await driver().script('ALTER TABLE contract_item DROP CONSTRAINT contract_item_name_key')
    assert.equal(await driver().runMany(INSERT, lists), 8)
    await driver().script('TRUNCATE contract_item; ALTER TABLE contract_item ADD UNIQUE (name)')
  })
}

function testStreams({ driver }: Context): void {
  const SERIES = 'SELECT n, $1::text AS word FROM generate_series(1, 1250) AS n'

  test('stream() gives every row once, in batches', async () => {
    const sizes: number[] = []
    let sum = 0
    for await (const { rows } of driver().stream(SERIES, ['w'], 500)) {
      sizes.push(rows.length)
      for (const [number] of rows) sum += Number(number)
    }
    assert.deepEqual(sizes, [500, 500, 250])
    assert.equal(sum, (1250 * 1251) / 2)
  })

  test('stream() lets the connection go when the consumer stops', async () => {
    for (let round = 0; round < 4; round += 1) {
      for await (const { rows } of driver().stream(SERIES, ['w'], 10)) {
        assert.equal(rows.length, 10)
        break
      }
    }
    assert.equal(await countItems(driver()), 0)
  })

  test('stream() lets other statements run between two batches', async () => {
    let batches = 0
    for await (const { rows } of driver().stream(SERIES, ['w'], 500)) {
      batches += rows.length > 0 ? 1 : 0
      await driver().run(INSERT, [`batch ${batches}`, null])
    }
    assert.equal(await countItems(driver()), 3)
  })

  test('stream() fails when a row cannot be computed, and the driver goes on', async () => {
    const read = async (): Promise<void> => {
      const text = 'SELECT 1 / (900 - n) FROM generate_series(1, 1000) AS n'
      for await (const { rows } of driver().stream(text, [], 100)) assert.ok(rows.length <= 100)
    }
    assert.equal((await failureOf(read())).sqlstate, '22012')
    assert.equal(await countItems(driver()), 0)
  })

  test('stream() of a transaction sees what the transaction wrote', async () => {
    const transaction = await driver().begin()
    await transaction.run(INSERT, ['a', null])
    const names: unknown[] = []
    for await (const { rows } of transaction.stream('SELECT name FROM contract_item', [], 10))
      names.push(...rows.flat())
    await transaction.rollback()
    assert.deepEqual(names, ['a'])
  })
}

function testWaiting({ driver }: Context): void {
  test('begin() fails with SQL_BUSY and Retry-After when no connection becomes free in time', async () => {
    const begun = await Promise.allSettled(Array.from({ length: LIMITS.poolMax + 1 }, () => driver().begin()))
    const open = begun.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []))
    const failure: unknown = begun.find((result) => result.status === 'rejected')?.reason
    const refusal = refusalOfSqlError(failure)
    assert.deepEqual([refusal?.code, refusal?.status, refusal?.headers[0]], ['SQL_BUSY', 503, 'retry-after'])
    for (const transaction of open) await transaction.rollback()
    assert.equal(await countItems(driver()), 0)
  })

  test('run() fails at once with SQL_BUSY when too many wait already', async () => {
    const open = [await driver().begin()]
    const second = await driver()
      .begin()
      .catch(() => null)
    if (second !== null) open.push(second)
    const waiting = Array.from({ length: LIMITS.poolQueueMax }, () => driver().run('SELECT 1', []))
    const settled = Promise.all(waiting)
    const error = await failureOf(driver().run('SELECT 1', []))
    for (const transaction of open) await transaction.rollback()
    assert.equal(refusalOfSqlError(error)?.code, 'SQL_BUSY')
    assert.equal((await settled).length, LIMITS.poolQueueMax)
  })

  test('a transaction without a statement for too long is rolled back, and its connection serves others', async () => {
    const transaction = await driver().begin()
    await transaction.run(INSERT, ['a', null])
    await sleep(LIMITS.idleTransactionTimeoutMs + 500)
    const error = await failureOf(transaction.run(INSERT, ['b', null]))
    assert.equal(refusalOfSqlError(error)?.status, 503)
    await transaction.rollback()
    assert.equal(await countItems(driver()), 0)
  })
}

function testSchemaChanges({ driver }: Context): void {
  test('run() gives the new columns when the table changed since the last run', async () => {
    await driver().run(INSERT, ['a', null])
    const text = 'SELECT * FROM contract_item'
    await driver().run(text, [])
    await driver().script('ALTER TABLE contract_item ADD COLUMN extra INT DEFAULT 7')
    const result = await driver().run(text, [])
    await driver().script('ALTER TABLE contract_item DROP COLUMN extra')
    assert.deepEqual([result.columns.at(-1)?.name, result.rows[0]?.at(-1)], ['extra', '7'])
  })
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms)
  })
}
