import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { request } from 'node:http'
import { after, before, describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { openTestApp, type TestApp } from 'guichet/testing'
import postgres from 'postgres'
import { createTestDatabase, skipWithoutPostgres } from '../../../src/sql/postgres.test-support.ts'
import { type Running, runApp } from '../process/running.ts'
import { app, attemptsOf, ended } from './app.ts'

const APP = fileURLToPath(new URL('app.ts', import.meta.url))
const ROWS = 1_000_000

describe('routes on PostgreSQL', { skip: skipWithoutPostgres }, () => {
  let opened: TestApp
  let database: Awaited<ReturnType<typeof createTestDatabase>>
  before(async () => {
    database = await createTestDatabase()
    opened = await openTestApp(app, {
      transport: 'socket',
      environment: { DATABASE_URL: database.url, LOG_LEVEL: 'silent' },
    })
  })
  after(async () => {
    await opened.close()
    await database.drop()
  })

  for (const method of ['GET', 'POST']) {
    it(`timeout: the server gives the statement up, and its connection and locks are free, ${method}`, async () => {
      ended.length = 0
      const send = () =>
        method === 'GET'
          ? opened.client.get('/slow-read', { query: { name: 'slow' } })
          : opened.client.post('/slow', { json: { name: 'slow' } })
      const slow = Array.from({ length: 12 }, () => send())
      const replies = await Promise.all(slow)
      assert.deepEqual([...new Set(replies.map(({ status }) => status))], [503])
      // Twelve wait for ten connections: all of them have got one, and the statements would take ten minutes.
      while (ended.length < 12) await new Promise((resolve) => setTimeout(resolve, 20))
      assert.deepEqual([...new Set(ended)], [true])
      const watcher = postgres(database.url, { max: 1 })
      try {
        const running = () =>
          watcher`SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND state = 'active' AND pid <> pg_backend_pid()`
        while ((await running()).length > 0) await new Promise((resolve) => setTimeout(resolve, 20))
      } finally {
        await watcher.end()
      }
      await opened.client.post('/added', { json: { name: 'after the slow ones' }, expect: 200 })
      await opened.client.get('/places', { query: { name: 'slow' }, expect: { json: [] } })
    })
  }

  it('serializable: of two calls that contradict each other one is refused, and nothing of it stays', async () => {
    const query = { json: { name: 'once' } }
    const replies = await Promise.all([opened.client.post('/once', query), opened.client.post('/once', query)])
    assert.deepEqual(
      replies.map(({ status }) => status).toSorted((a, b) => a - b),
      [201, 503],
    )
    assert.ok(replies.find(({ status }) => status === 503)?.header('retry-after'))
    await opened.client.get('/places', { query: { name: 'once' }, expect: { json: [0] } })
  })

  it('retry: the call that lost runs again, and both become real as if one came after the other', async () => {
    const query = { json: { name: 'retried' }, expect: 201 }
    await Promise.all([opened.client.post('/retried', query), opened.client.post('/retried', query)])
    assert.ok(attemptsOf('retried') > 2)
    await opened.client.get('/places', { query: { name: 'retried' }, expect: { json: [0, 1] } })
  })

  it('readonly: all statements see the same rows, whatever others commit meanwhile', async () => {
    const twice = opened.client.get('/twice', { query: { name: 'twice' }, expect: { status: 200, json: [0, 0] } })
    while (attemptsOf('twice') === 0) await new Promise((resolve) => setTimeout(resolve, 5))
    await opened.client.post('/added', { json: { name: 'twice' }, expect: 200 })
    await opened.client.post('/met', { json: { name: 'twice' } })
    await twice
    await opened.client.get('/places', { query: { name: 'twice' }, expect: { json: [0] } })
  })

  it('readonly: a statement that writes is a fault, and writes nothing', async () => {
    await opened.client.get('/forbidden', { expect: 500 })
    await opened.client.get('/places', { query: { name: 'no' }, expect: { json: [] } })
  })
})

describe('a stream of rows through HTTP', { skip: skipWithoutPostgres }, () => {
  let running: Running
  let database: Awaited<ReturnType<typeof createTestDatabase>>
  before(async () => {
    database = await createTestDatabase()
    // A heap that could not hold the rows, and little room for garbage.
    const NODE_OPTIONS = '--max-old-space-size=64 --max-semi-space-size=2'
    running = await runApp(APP, { DATABASE_URL: database.url, NODE_OPTIONS })
  })
  after(async () => {
    running.child.kill('SIGTERM')
    await running.exited
    await database.drop()
  })

  const memoryMb = (): number => {
    const status = readFileSync(`/proc/${running.child.pid}/status`, 'utf8')
    return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) / 1024
  }

  it(
    'gives a million rows at constant memory',
    { skip: process.platform === 'linux' ? false : 'memory is read from /proc' },
    async (t) => {
      await (await fetch(`${running.url}/numbers?count=20000`)).arrayBuffer()
      const before = memoryMb()
      let most = before
      let bytes = 0
      let tail = ''
      const reply = await fetch(`${running.url}/numbers?count=${ROWS}`)
      for await (const part of reply.body ?? []) {
        bytes += part.length
        tail = Buffer.from(part).toString('latin1').slice(-60)
        most = Math.max(most, memoryMb())
      }
      t.diagnostic(`${bytes} bytes; ${Math.round(before)} MB before, ${Math.round(most)} MB at most`)
      assert.match(tail, new RegExp(`\\{"n":${ROWS},"text":"row ${ROWS}"\\}\\]$`))
      // The text alone of all rows is 31 MB; as objects they are many times that.
      assert.ok(most - before < 60, `${most - before} MB more`)
    },
  )

  it('ends its cursor when the client goes away, and the connection serves others', async () => {
    const sql = postgres(database.url, { max: 1 })
    const open = async (): Promise<number> => {
      const [row] = await sql`SELECT count(*)::int AS n FROM pg_stat_activity
        WHERE datname = current_database() AND application_name = 'guichet' AND state <> 'idle'`
      return Number(row?.['n'])
    }
    for (let i = 0; i < 15; i++) {
      await new Promise<void>((resolve) => {
        const outgoing = request(`${running.url}/numbers?count=${ROWS}`, (incoming) => {
          incoming.once('data', () => outgoing.destroy())
          incoming.once('close', resolve)
        })
        outgoing.on('error', () => undefined)
        outgoing.end()
      })
    }
    while ((await open()) > 0) await new Promise((resolve) => setTimeout(resolve, 20))
    await sql.end()
    assert.equal((await fetch(`${running.url}/numbers?count=2`)).status, 200)
  })
})
