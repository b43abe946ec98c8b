import assert from 'node:assert/strict'
import { createServer, type AddressInfo } from 'node:net'
import { once } from 'node:events'
import { test } from 'node:test'
import { defaultLimits, type Limits } from '../core/limits.ts'
import { PostgresPool } from './postgres-pool.ts'
import { parsePostgresUrl } from './postgres-url.ts'
import { refusalOfSqlError } from './sql-error.ts'

/** A wait far beyond that of a test: who is refused by it makes the test fail. */
const LIMITS: Limits = { ...defaultLimits, poolMax: 4, poolWaitMs: 600_000 }

test('a server that takes no connection refuses all who wait, and does not keep them until poolWaitMs', async (t) => {
  const pool = new PostgresPool(parsePostgresUrl(`postgres://nobody@127.0.0.1:${await closedPort()}/none`), LIMITS)
  t.after(() => pool.close())
  const codes = await Promise.all(Array.from({ length: 20 }, () => codeOf(pool.share('SELECT 1'))))
  assert.deepEqual(new Set(codes), new Set(['SQL_UNAVAILABLE']))
  assert.deepEqual(pool.usage(), { busy: 0, idle: 0, waiting: 0 })
})

test('a server that closes each new connection refuses all who wait', async (t) => {
  const server = createServer((socket) => socket.destroy()).listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => server.close())
  const { port } = server.address() as AddressInfo // it listens on TCP
  const pool = new PostgresPool(parsePostgresUrl(`postgres://nobody@127.0.0.1:${port}/none`), LIMITS)
  t.after(() => pool.close())
  const codes = await Promise.all(Array.from({ length: 20 }, () => codeOf(pool.take())))
  assert.deepEqual(new Set(codes), new Set(['SQL_UNAVAILABLE']))
})

async function codeOf(connection: unknown): Promise<string | undefined> {
  try {
    await connection
    return 'connected'
  } catch (error) {
    return refusalOfSqlError(error)?.code
  }
}

async function closedPort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo // it listens on TCP
  server.close()
  await once(server, 'close')
  return port
}
