/** Memory at rest and of idle connections, and the time to the first answer. */
import { once } from 'node:events'
import { readFileSync, rmSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { residentBytesOf } from './process-tree.ts'
import { here, type Server, startServer } from './server.ts'

const CONNECTIONS = 2_000
/** With these a server tells its heap to `heapOf`. */
export const HEAP_OPTIONS: readonly string[] = ['--expose-gc', '--import', join(here, 'measure/heap-probe.mjs')]

type Environment = Readonly<Record<string, string>>

export interface Rest {
  readonly residentMb: number
  /** Of one idle connection, after it had one answer. */
  readonly residentKbEach: number
  /** Null where the engine cannot be asked. */
  readonly heapKbEach: number | null
}

export async function measureRest(name: string, folder: string, environment: Environment): Promise<Rest> {
  const report = join(folder, 'heap.json')
  const isNode = name !== 'elysia'
  const nodeOptions = isNode ? HEAP_OPTIONS : []
  const server = await startServer({
    name,
    scenario: 'hello',
    environment: { ...environment, BENCH_HEAP: report },
    nodeOptions,
  })
  const sockets: Socket[] = []
  try {
    await sleep(500)
    const before = { resident: residentBytesOf(server.pid), heap: isNode ? await heapOf(server, report) : 0 }
    for (let i = 0; i < CONNECTIONS; i++) sockets.push(await openIdle(server.port))
    await sleep(500)
    const resident = residentBytesOf(server.pid)
    const heap = isNode ? await heapOf(server, report) : null
    return {
      residentMb: before.resident / 1e6,
      residentKbEach: (resident - before.resident) / CONNECTIONS / 1024,
      heapKbEach: heap === null ? null : (heap - before.heap) / CONNECTIONS / 1024,
    }
  } finally {
    for (const socket of sockets) socket.destroy()
    await server.stop()
  }
}

async function openIdle(port: number): Promise<Socket> {
  const socket = connect(port, '127.0.0.1')
  socket.on('error', () => undefined)
  socket.write('GET /hello HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n')
  await once(socket, 'data')
  return socket
}

/** Bytes of heap after a garbage collection; `report` is the path that the server has as `BENCH_HEAP`. */
export async function heapOf({ pid }: Server, report: string): Promise<number> {
  rmSync(report, { force: true })
  process.kill(pid, 'SIGUSR2')
  for (let i = 0; i < 100; i++) {
    await sleep(50)
    try {
      return (JSON.parse(readFileSync(report, 'utf8')) as { heap: number }).heap
    } catch {
      continue // not written yet
    }
  }
  throw new Error('The server did not tell its heap')
}

/** Milliseconds from the start of the process to its first answer, with 100 routes. */
export async function measureStart(name: string, environment: Environment): Promise<number> {
  const server = await startServer({ name, scenario: 'start', environment })
  await server.stop()
  return server.firstAnswerMs
}
