import assert from 'node:assert/strict'
import { after, before, describe, it, type TestContext } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import postgres from 'postgres'
import {
  createCluster,
  type PostgresCluster,
  skipWithoutCluster,
} from '../../../src/sql/postgres-cluster.test-support.ts'
import { type Load, startLoad } from './load.ts'
import { runApp, type Running } from './running.ts'

const COMICS = fileURLToPath(new URL('../../../examples/comics/app.ts', import.meta.url))
/** Ten when somebody looks closely; each takes some seconds. */
const KILLS = Number(process.env['KILLS'] ?? 2)
/** Between two blows, so that the app does real work: `KILLS=10 PAUSE_MS=5000` is ten in a minute. */
const PAUSE_MS = Number(process.env['PAUSE_MS'] ?? 300)
const PORT = '23412'

describe('comics on a PostgreSQL that fails, under load', { skip: skipWithoutCluster }, () => {
  let cluster: PostgresCluster
  let running: Running
  let load: Load
  let stopLoad: (() => Promise<void>) | null = null
  const start = (): Promise<Running> =>
    runApp(COMICS, { DATABASE_URL: cluster.url, GUICHET_AUDIT: 'off', PORT, LOG_LEVEL: 'silent' })

  before(async () => {
    cluster = createCluster()
    cluster.start()
    running = await start()
  })
  after(async () => {
    await stopLoad?.()
    running.child.kill('SIGTERM')
    await running.exited
    cluster.remove()
  })

  /** Strikes again and again under load; gives how long each time the next success took. */
  async function endure(t: TestContext, strike: () => Promise<void>): Promise<void> {
    load = startLoad(() => running.url)
    stopLoad = () => load.stop()
    await load.nextSuccess()
    const pauses: number[] = []
    for (let round = 0; round < KILLS; round++) {
      await sleep(PAUSE_MS)
      await strike()
      pauses.push(Math.round(await load.nextSuccess()))
    }
    await load.stop()
    stopLoad = null
    const others = [...load.others].map(([answer, count]) => `${count} × ${answer}`).join(', ')
    t.diagnostic(`${load.acknowledged.length} acknowledged, ${others}; success after ${pauses.join(' ')} ms`)
  }

  /** What was acknowledged is there, once; what runs left nothing open. */
  async function check(): Promise<void> {
    const sql = postgres(cluster.url, { max: 1 })
    try {
      const rows = await sql<{ stuff: string }[]>`SELECT stuff FROM stuff WHERE stuff LIKE 'thing %'`
      const stored = new Set(rows.map(({ stuff }) => stuff))
      assert.ok(load.acknowledged.length > 20)
      assert.deepEqual(
        load.acknowledged.filter((one) => !stored.has(one)),
        [],
      )
      // Nobody asked twice: a conflict would be a write that was sent twice.
      assert.deepEqual(
        [...load.others.keys()].filter((one) => !/^(503 with retry-after|no answer)$/.test(one)),
        [],
      )
      const open =
        await sql`SELECT state, query FROM pg_stat_activity WHERE state LIKE 'idle in transaction%' AND pid <> pg_backend_pid()`
      assert.deepEqual([...open], [])
      await sql`TRUNCATE stuff`
    } finally {
      await sql.end()
    }
    const answers = await Promise.all(
      Array.from({ length: 30 }, () => fetch(`${running.url}/stuff`).then((reply) => reply.status)),
    )
    assert.deepEqual([...new Set(answers)], [200])
  }

  it(`loses and doubles nothing over ${KILLS} restarts of the server`, async (t) => {
    await endure(t, () => cluster.restart('immediate'))
    await check()
  })

  it(`loses and doubles nothing over ${KILLS} kills of the server with signal 9`, async (t) => {
    await endure(t, () => cluster.restart('kill'))
    await check()
  })

  it(`loses and doubles nothing over ${KILLS} kills of the app with signal 9`, async (t) => {
    await endure(t, async () => {
      running.child.kill('SIGKILL')
      await running.exited
      running = await start()
    })
    await check()
  })
})
