import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { after, before, describe, test } from 'node:test'
import { defaultLimits } from '../core/limits.ts'
import type { Driver } from './driver.ts'
import { openDriver } from './open-driver.ts'
import { postgresServer, skipWithoutPostgres } from './postgres.test-support.ts'
import { refusalOfSqlError } from './sql-error.ts'

const TRANSACTIONS = 40

describe('openPostgres() through a network that resets connections', { skip: skipWithoutPostgres }, () => {
  const sockets = new Set<Socket>()
  let proxy: Server
  let driver: Driver
  before(async () => {
    const target = new URL(postgresServer ?? '')
    proxy = createServer((near) => {
      const far = connect(Number(target.port || 5432), target.hostname)
      sockets.add(near)
      for (const [one, other] of [
        [near, far],
        [far, near],
      ] as const) {
        one.pipe(other)
        one.on('error', () => other.destroy())
        one.on('close', () => other.destroy())
      }
    }).listen(0, '127.0.0.1')
    await once(proxy, 'listening')
    const url = new URL(postgresServer ?? '')
    const address = proxy.address()
    assert.ok(typeof address === 'object' && address !== null)
    url.hostname = '127.0.0.1'
    url.port = String(address.port)
    driver = await openDriver(url.href, { limits: { ...defaultLimits, poolMax: TRANSACTIONS } })
  })
  after(async () => {
    await driver.close()
    proxy.close()
  })

  test('every statement is answered, whenever it is sent: before, while and after its connection is lost', async () => {
    const transactions = await Promise.all(Array.from({ length: TRANSACTIONS }, () => driver.begin()))
    await Promise.all(transactions.map((transaction) => transaction.run('SELECT 1', [])))
    for (const socket of sockets) socket.resetAndDestroy()
    const codes = await Promise.all(
      transactions.map(async (transaction, index) => {
        for (let tick = 0; tick < index; tick++) await new Promise((resolve) => setImmediate(resolve))
        const error = await transaction.run('SELECT 2', []).catch((reason: unknown) => reason)
        await transaction.rollback()
        return refusalOfSqlError(error)?.code
      }),
    )
    assert.deepEqual([...new Set(codes)], ['SQL_UNAVAILABLE'])
    assert.deepEqual((await driver.run('SELECT 3', [])).rows, [['3']])
  })
})
