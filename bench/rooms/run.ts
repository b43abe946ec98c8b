/**
 * `npm run bench -- --rooms [--rounds=N] [--no-build]`: what a room costs, beside a bare loop on `ws` and beside
 * Socket.IO. Writes ROOMS.md.
 */
import { writeFileSync } from 'node:fs'
import { cpus, loadavg } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { cpuUsOf } from '../measure/process-tree.ts'
import { heapOf, HEAP_OPTIONS } from '../measure/rest.ts'
import { here, type Server, startServer } from '../measure/server.ts'
import { Counter, frameOf, MARK, openClient, openClients } from './client.ts'
import { type Dialect, DIALECTS } from './dialect.ts'
import { formatRooms, type Delivery, type Idle } from './report.ts'

const CLIENTS = 1_000
const MESSAGES = 400
const WARM_UP_MESSAGES = 100
const IDLE_CONNECTIONS = 10_000
const TEXT = 'x'.repeat(99) + MARK
const ROOM = 1_000_000
const ENVIRONMENT = { GUICHET_SECRET: 'a secret for measuring only and long enough' }

export interface RoomsOptions {
  readonly rounds: number
  readonly folder: string
}

export async function measureRooms({ rounds, folder }: RoomsOptions): Promise<void> {
  const { guichet, bare, socketIo, floor } = DIALECTS
  const deliveries: readonly Delivery[] = [
    ...[bare, guichet, socketIo, floor].map((dialect) => delivery(dialect, { speakers: 1 })),
    ...[bare, guichet, socketIo].map((dialect) => delivery(dialect, { speakers: 10 })),
    ...[10, 10_000].map((others) => delivery(guichet, { others })),
  ]
  for (let round = 0; round < rounds; round++) {
    for (const one of deliveries) {
      const cpuUs = await measureDelivery(one)
      one.cpuUs.push(cpuUs)
      process.stderr.write(`${one.label}, ${one.speakers} speaking, ${one.others} rooms: ${cpuUs.toFixed(2)} µs\n`)
    }
  }
  const idle: Idle[] = []
  for (const dialect of [guichet, bare, socketIo]) {
    const { label } = dialect
    idle.push({ label, isOneRoom: true, ...(await measureIdle(dialect, folder, () => ROOM)) })
    if (dialect === guichet) idle.push({ label, isOneRoom: false, ...(await measureIdle(dialect, folder, (i) => i)) })
  }
  const [load = 0] = loadavg()
  const text = formatRooms({
    deliveries,
    idle,
    rounds,
    clients: CLIENTS,
    connections: IDLE_CONNECTIONS,
    messages: MESSAGES,
    load,
    cores: cpus().length,
  })
  process.stdout.write(`\n${text}`)
  writeFileSync(join(here, 'ROOMS.md'), text)
  process.stdout.write('\nWritten: bench/ROOMS.md\n')
}

function delivery(dialect: Dialect, { speakers = 1, others = 0 }: Partial<Delivery>): Delivery {
  return { label: dialect.label, dialect, speakers, others, cpuUs: [] }
}

/** Time of the server's processor for one message that one client hears. */
async function measureDelivery({ dialect, speakers, others }: Delivery): Promise<number> {
  const server = await startServer({ name: dialect.server, scenario: 'rooms', environment: ENVIRONMENT })
  try {
    const beside = await openClients(others, (i) => openClient(server.port, dialect, i))
    const clients = await openClients(CLIENTS, () => openClient(server.port, dialect, ROOM))
    const counter = new Counter()
    for (const socket of clients) socket.on('data', counter.count)
    const speaking = clients.slice(0, speakers)
    const frame = frameOf(dialect.encode(TEXT))
    const say = async (times: number): Promise<void> => {
      for (let i = 0; i < times; i += speakers) {
        const heard = counter.more(CLIENTS * speakers)
        for (const socket of speaking) socket.write(frame)
        await heard
      }
    }
    await say(WARM_UP_MESSAGES)
    const before = cpuUsOf(server.pid)
    await say(MESSAGES)
    const used = cpuUsOf(server.pid) - before
    for (const socket of [...clients, ...beside]) socket.destroy()
    return used / (MESSAGES * CLIENTS)
  } finally {
    await server.stop()
  }
}

async function measureIdle(
  dialect: Dialect,
  folder: string,
  roomOf: (i: number) => number,
): Promise<Pick<Idle, 'heapKb'>> {
  const report = join(folder, 'heap.json')
  const server: Server = await startServer({
    name: dialect.server,
    scenario: 'rooms',
    environment: { ...ENVIRONMENT, BENCH_HEAP: report },
    nodeOptions: HEAP_OPTIONS,
  })
  try {
    // What the first connections compile and load belongs to none of them.
    const first = await openClients(100, (i) => openClient(server.port, dialect, roomOf(i)))
    for (const socket of first) socket.destroy()
    await sleep(500)
    const before = await heapOf(server, report)
    const clients = await openClients(IDLE_CONNECTIONS, (i) => openClient(server.port, dialect, roomOf(i)))
    await sleep(500)
    const heapKb = ((await heapOf(server, report)) - before) / IDLE_CONNECTIONS / 1000
    for (const socket of clients) socket.destroy()
    process.stderr.write(`${dialect.label}: ${heapKb.toFixed(1)} kB of heap\n`)
    return { heapKb }
  } finally {
    await server.stop()
  }
}
