import { Agent, request } from 'node:http'
import { availableParallelism, loadavg } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { findFreePort, serveApp, stopCommand, untilListening } from './started-command.ts'

// How long a login takes for an unknown account and for a wrong password, and how others are served during a storm of
// logins: node --conditions=guichet-source scripts/measure-logins.ts
// The server is a process of its own; server and this script share the machine.

const PAIRS = 200
const STORM_MS = 6_000
const STORM_CLIENTS = 20
const OTHERS_EVERY_MS = 5

const agent = new Agent({ keepAlive: true })

/** One call; gives its status and how long it took. */
function ask(url: string, credentials: string | null): Promise<{ readonly status: number; readonly ms: number }> {
  const started = performance.now()
  const headers = credentials === null ? {} : { authorization: `Basic ${Buffer.from(credentials).toString('base64')}` }
  return new Promise((resolve, reject) => {
    request(url, { agent, headers }, (reply) => {
      reply.resume()
      reply.on('end', () => resolve({ status: reply.statusCode ?? 0, ms: performance.now() - started }))
    })
      .on('error', reject)
      .end()
  })
}

function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN
}

/** Unknown account and wrong password by turns, so that both meet the same moments of the machine. */
async function measureTiming(url: string): Promise<void> {
  const times: Record<'unknown' | 'wrong', number[]> = { unknown: [], wrong: [] }
  for (let i = 0; i < PAIRS; i++) {
    const order = i % 2 === 0 ? (['unknown', 'wrong'] as const) : (['wrong', 'unknown'] as const)
    for (const kind of order) {
      const { status, ms } = await ask(`${url}/me`, `${kind === 'wrong' ? 'ana' : `nobody${i}`}:guess number ${i}`)
      if (status !== 401) throw new Error(`A wrong login was answered with ${status}`)
      times[kind].push(ms)
    }
  }
  const [unknown, wrong] = [quantile(times.unknown, 0.5), quantile(times.wrong, 0.5)]
  const apart = (100 * Math.abs(unknown - wrong)) / wrong
  console.log(`median of ${PAIRS}: unknown account ${unknown.toFixed(2)} ms, wrong password ${wrong.toFixed(2)} ms`)
  console.log(`apart by ${apart.toFixed(1)} %`)
}

/** Asks for the open route at a steady pace until the signal aborts. */
async function watchOthers(url: string, signal: AbortSignal): Promise<readonly number[]> {
  const running: Promise<{ readonly ms: number }>[] = []
  while (!signal.aborted) {
    running.push(ask(`${url}/open`, null))
    await sleep(OTHERS_EVERY_MS)
  }
  return (await Promise.all(running)).map(({ ms }) => ms)
}

async function measureStorm(url: string): Promise<void> {
  const calm = await watchOthers(url, AbortSignal.timeout(STORM_MS / 4))
  const signal = AbortSignal.timeout(STORM_MS)
  const statuses = new Map<number, number>()
  const client = async (_: unknown, who: number): Promise<void> => {
    for (let i = 0; !signal.aborted; i++) {
      const { status } = await ask(`${url}/me`, `ana:guess ${who} ${i}`)
      statuses.set(status, (statuses.get(status) ?? 0) + 1)
    }
  }
  const [storm] = await Promise.all([watchOthers(url, signal), ...Array.from({ length: STORM_CLIENTS }, client)])
  for (const [name, times] of Object.entries({ calm, storm })) {
    const figures = [0.5, 0.99, 1].map((share) => quantile(times, share).toFixed(1))
    console.log(
      `${name}: ${times.length} calls of others, p50 ${figures[0]} ms, p99 ${figures[1]} ms, most ${figures[2]} ms`,
    )
  }
  const answers = [...statuses].map(([status, count]) => `${count} × ${status}`).join(', ')
  console.log(`logins of ${STORM_CLIENTS} clients in ${STORM_MS / 1000} s: ${answers}`)
}

const port = await findFreePort()
const app = fileURLToPath(new URL('measure-logins-app.ts', import.meta.url))
const server = serveApp(app, { port, database: 'pglite:memory:', GUICHET_AUDIT: 'off', NODE_ENV: 'test' })
try {
  await untilListening(server, port)
  const url = `http://127.0.0.1:${port}`
  console.log(`Node.js ${process.version}, ${availableParallelism()} cores, load ${loadavg()[0]?.toFixed(1)}`)
  await measureTiming(url)
  await measureStorm(url)
} finally {
  agent.destroy()
  await stopCommand(server)
}
