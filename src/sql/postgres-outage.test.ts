import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { defaultLimits } from '../core/limits.ts'
import type { Limits } from '../core/limits.ts'
import type { Driver } from './driver.ts'
import { openDriver } from './open-driver.ts'
import { createCluster, skipWithoutCluster } from './postgres-cluster.test-support.ts'
import type { PostgresCluster } from './postgres-cluster.test-support.ts'
import { refusalOfSqlError } from './sql-error.ts'

const LIMITS: Limits = { ...defaultLimits, poolMax: 4, poolWaitMs: 500, statementTimeoutMs: 1_000, lockTimeoutMs: 300 }
const UNAVAILABLE = ['SQL_UNAVAILABLE', 'SQL_BUSY', 'SQL_TIMEOUT']

describe('openPostgres() on a server that fails', { skip: skipWithoutCluster }, () => {
  let cluster: PostgresCluster
  let driver: Driver
  before(async () => {
    cluster = createCluster()
    cluster.start()
    driver = await openDriver(cluster.url, { limits: LIMITS })
    await driver.script('CREATE TABLE IF NOT EXISTS entry (id INT PRIMARY KEY, half INT)')
  })
  after(async () => {
    await driver.close()
    cluster.remove()
  })

  test('a restart refuses what is in flight, loses no acknowledged write and doubles none', async () => {
    await driver.script('TRUNCATE entry')
    const writers = startWriters(driver, 8)
    for (let round = 0; round < 3; round += 1) {
      await sleep(300)
      cluster.stop('immediate')
      cluster.start()
    }
    const { acknowledged, refused } = await writers.stop()
    await succeed(driver)
    const { rows } = await driver.run('SELECT id, count(*), sum(half) FROM entry GROUP BY id', [])
    const stored = new Map(rows.map(([id, count, half]) => [Number(id), `${count} ${half}`]))
    assert.ok(acknowledged.length > 0)
    assert.deepEqual(
      acknowledged.filter((id) => stored.get(id) !== '1 2'),
      [],
    )
    assert.deepEqual(
      [...stored.values()].filter((value) => value !== '1 2'),
      [],
    )
    assert.deepEqual(
      refused.filter((code) => !UNAVAILABLE.includes(code)),
      [],
    )
  })

  test('a transaction that lost its connection runs nothing more', async () => {
    await driver.script('TRUNCATE entry')
    const transaction = await driver.begin()
    await transaction.run('INSERT INTO entry VALUES ($1, 1)', ['1'])
    cluster.stop('immediate')
    cluster.start()
    const errors: unknown[] = []
    for (const id of ['2', '3']) {
      await transaction.run('INSERT INTO entry VALUES ($1, 1)', [id]).catch((error: unknown) => errors.push(error))
    }
    await assert.rejects(transaction.commit())
    await transaction.rollback()
    assert.deepEqual(
      errors.map((error) => refusalOfSqlError(error)?.code),
      ['SQL_UNAVAILABLE', 'SQL_UNAVAILABLE'],
    )
    await succeed(driver)
    assert.deepEqual((await driver.run('SELECT * FROM entry', [])).rows, [])
  })

  test('a server that is down refuses at once with Retry-After, and is used again when it is back', async () => {
    cluster.stop('immediate')
    try {
      const refusals = await Promise.all(Array.from({ length: 20 }, () => refusalOf(driver.run('SELECT 1', []))))
      assert.deepEqual(
        refusals.map((refusal) => [refusal?.code, refusal?.status, refusal?.headers[0]]),
        refusals.map(() => ['SQL_UNAVAILABLE', 503, 'retry-after']),
      )
      await assert.rejects(openDriver(cluster.url, { limits: LIMITS }))
    } finally {
      cluster.start()
    }
    await succeed(driver)
  })

  test('a server that is frozen refuses within the bounds, and is used again when it goes on', async () => {
    await Promise.all([1, 2, 3, 4].map(() => driver.run('SELECT pg_sleep(0.05)', [])))
    cluster.freeze()
    const refusals = await Promise.all([
      refusalOf(driver.run('SELECT 1', [])),
      refusalOf(driver.begin().then((transaction) => transaction.run('SELECT 1', []))),
      ...Array.from({ length: 10 }, () => refusalOf(driver.run('SELECT 2', []))),
    ])
    cluster.thaw()
    assert.deepEqual(
      refusals.filter((refusal) => refusal?.status !== 503),
      [],
    )
    await succeed(driver)
  })

  test('a statement that takes too long is cut by the server, and so is one that waits for a lock', async () => {
    assert.equal((await refusalOf(driver.run('SELECT pg_sleep(5)', [])))?.code, 'SQL_TIMEOUT')
    await driver.script('TRUNCATE entry; INSERT INTO entry VALUES (1, 1)')
    const [holder, waiter] = [await driver.begin(), await driver.begin()]
    await holder.run('UPDATE entry SET half = 2', [])
    assert.equal((await refusalOf(waiter.run('UPDATE entry SET half = 3', [])))?.code, 'SQL_TIMEOUT')
    await Promise.all([holder.rollback(), waiter.rollback()])
  })

  test('begin() with statementTimeoutMs 0 lets a statement take its time', async () => {
    const transaction = await driver.begin({ statementTimeoutMs: 0 })
    await transaction.run('SELECT pg_sleep(1.8)', [])
    await transaction.commit()
    assert.equal((await refusalOf(driver.run('SELECT pg_sleep(5)', [])))?.code, 'SQL_TIMEOUT')
  })
})

async function refusalOf(promise: Promise<unknown>): Promise<ReturnType<typeof refusalOfSqlError>> {
  const error = await promise.then(
    () => assert.fail('it should have failed'),
    (reason: unknown) => reason,
  )
  return refusalOfSqlError(error)
}

/** Asks until the database answers; the test's own timeout is the bound. */
async function succeed(driver: Driver): Promise<void> {
  while (
    !(await driver.run('SELECT 1', []).then(
      () => true,
      () => false,
    ))
  )
    await sleep(50)
}

/** Writes rows, each in two statements of one transaction, until it is stopped. */
function startWriters(driver: Driver, count: number): { readonly stop: () => Promise<Written> } {
  const written: Written = { acknowledged: [], refused: [] }
  const end = new AbortController()
  let next = 0
  const write = async (): Promise<void> => {
    while (!end.signal.aborted) {
      const id = ++next
      try {
        const transaction = await driver.begin()
        try {
          await transaction.run('INSERT INTO entry VALUES ($1, 1)', [String(id)])
          await transaction.run('UPDATE entry SET half = half + 1 WHERE id = $1', [String(id)])
          await transaction.commit()
        } finally {
          await transaction.rollback()
        }
        written.acknowledged.push(id)
      } catch (error) {
        written.refused.push(refusalOfSqlError(error)?.code ?? String(error))
        await sleep(5)
      }
    }
  }
  const writers = Array.from({ length: count }, write)
  const stop = async (): Promise<Written> => {
    end.abort()
    await Promise.all(writers)
    return written
  }
  return { stop }
}

interface Written {
  readonly acknowledged: number[]
  readonly refused: string[]
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms)
  })
}
