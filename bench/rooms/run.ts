// One room of many WebSocket clients: CPU of the server for each message delivered.
//   node --conditions=guichet-source bench/rooms/run.ts [clients] [messages] [rounds] [--others]
import { fork, type ChildProcess } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { once } from 'node:events'

const [clients = 1000, messages = 300, rounds = 3] = process.argv
  .slice(2)
  .map(Number)
  .filter((value) => !Number.isNaN(value))
const TICKS_PER_SECOND = 100

/** User and system time of a process in seconds. */
function cpuOf(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]!.split(' ')
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND
}

async function start(file: string): Promise<{ child: ChildProcess; url: URL }> {
  const child = fork(new URL(file, import.meta.url), { execArgv: ['--conditions=guichet-source'] })
  const [{ url }] = await once(child, 'message')
  return { child, url: new URL(url) }
}

async function join(url: URL, path = url.pathname): Promise<Socket> {
  const socket = connect(Number(url.port), url.hostname)
  await once(socket, 'connect')
  socket.write(
    `GET ${path} HTTP/1.1\r\nHost: ${url.host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n`,
  )
  await once(socket, 'data')
  return socket
}

function frame(text: string): Buffer {
  const payload = Buffer.from(text)
  const head =
    payload.length < 126
      ? Buffer.from([0x81, 0x80 | payload.length])
      : Buffer.from([0x81, 0xfe, payload.length >> 8, payload.length & 255])
  return Buffer.concat([head, Buffer.alloc(4), payload])
}

async function measure(file: string, others: number): Promise<number> {
  const { child, url } = await start(file)
  for (let i = 0; i < others; i++) await join(url, `/rooms/${i}`)
  const sockets: Socket[] = []
  let bytes = 0
  for (let i = 0; i < clients; i++) {
    const socket = await join(url)
    socket.on('data', (chunk: Buffer) => (bytes += chunk.length))
    sockets.push(socket)
  }
  await new Promise((resolve) => setTimeout(resolve, 300))
  const text = 'x'.repeat(100)
  const own = frame(JSON.stringify({ type: 'say', params: { text } }))
  const sendOne = async (): Promise<void> => {
    const before = bytes
    sockets[0]!.write(own)
    let last = -1
    // Delivered when all have heard it: nothing comes any more.
    while (bytes - before < clients * 100 || bytes !== last) {
      last = bytes
      await new Promise((resolve) => setTimeout(resolve, 1))
    }
  }
  for (let i = 0; i < 50; i++) await sendOne()
  const before = cpuOf(child.pid!)
  for (let i = 0; i < messages; i++) await sendOne()
  const used = cpuOf(child.pid!) - before
  child.kill('SIGKILL')
  for (const socket of sockets) socket.destroy()
  return (used * 1e6) / (messages * clients)
}

const variants = process.argv.includes('--others')
  ? ([
      ['10 other rooms', './guichet.ts', 10],
      ['10,000 other rooms', './guichet.ts', 10_000],
    ] as const)
  : ([
      ['bare ws', './bare-ws.ts', 0],
      ['guichet', './guichet.ts', 0],
    ] as const)
const results = new Map<string, number[]>()
for (let round = 0; round < rounds; round++) {
  for (const [name, file, others] of variants) {
    const list = results.get(name) ?? []
    results.set(name, list)
    list.push(await measure(file, others))
    console.log(name, list.at(-1)!.toFixed(2), 'µs of CPU a delivery')
  }
}
const median = (list: number[]): number => list.toSorted((a, b) => a - b)[Math.floor(list.length / 2)]!
console.log('ratio', (median(results.get(variants[1][0])!) / median(results.get(variants[0][0])!)).toFixed(2))
process.exit(0)
