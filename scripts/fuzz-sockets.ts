/**
 * Feeds an app random lines, frames and datagrams over all its sockets, and asks whether it still answers:
 * `node --conditions=guichet-source scripts/fuzz-sockets.ts [messages] [seed]`. A million by default.
 */
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { z } from 'zod'
import { serveApp, type RunningApp } from '../src/app/serve.ts'
import { guichet } from '../src/app/guichet.ts'
import { OPEN } from '../src/authz/rules.ts'
import { createTcpClient } from '../src/dial/tcp-client.ts'
import { lines } from '../src/wire/lines.ts'

/** Numbers that are the same for the same seed (mulberry32). */
export function createRandom(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) % below
  }
}

type Random = (below: number) => number

const WORDS = [
  '{"type":"say","params":{"text":"x"}}',
  '{"type":',
  '[[[[',
  '"',
  '\\u0000',
  '\\ud800',
  'say',
  'é€😀',
  '\r\n',
  '\n',
  '\0',
  'Bearer x',
  '{}',
  'null',
  'G1',
  '\u001b[2J',
]

function randomBytes(random: Random): Buffer {
  const pieces = Array.from({ length: 1 + random(6) }, () => {
    if (random(2) === 0) return Buffer.from(WORDS[random(WORDS.length)] ?? '')
    return Buffer.from(Array.from({ length: random(20) }, () => random(256)))
  })
  return Buffer.concat(pieces)
}

const OPCODES = [0, 1, 2, 8, 9, 10]

/** A frame that is right, or nearly (RFC 6455 section 5.2). */
function randomFrame(random: Random): Buffer {
  const payload = randomBytes(random)
  const first = random(4) === 0 ? random(256) : 0x80 | (OPCODES[random(OPCODES.length)] ?? 1)
  const isMasked = random(20) > 0
  const length = random(20) === 0 ? random(126) : Math.min(125, payload.length)
  const head = Buffer.from([first, (isMasked ? 0x80 : 0) | length])
  const mask = isMasked ? Buffer.from([random(256), 0, random(256), 7]) : Buffer.alloc(0)
  const masked = Buffer.from(
    payload.subarray(0, length).map((byte, i) => (isMasked ? byte ^ (mask[i % 4] ?? 0) : byte)),
  )
  return Buffer.concat([head, mask, masked])
}

function randomPrefixed(random: Random): Buffer {
  const payload = randomBytes(random)
  const head = Buffer.alloc(4)
  head.writeUInt32BE(random(10) === 0 ? random(2 ** 32) : payload.length)
  return Buffer.concat([head, payload])
}

const UPGRADE = [
  'Host: x',
  'Upgrade: websocket',
  'Connection: Upgrade',
  'Sec-WebSocket-Version: 13',
  'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
]

async function dial(port: number): Promise<Socket> {
  const socket = connect(port, '127.0.0.1')
  socket.on('error', () => undefined)
  socket.resume()
  await Promise.race([once(socket, 'connect'), once(socket, 'close')])
  return socket
}

async function send(socket: Socket, bytes: Buffer): Promise<void> {
  if (!socket.writable || socket.write(bytes)) return
  await Promise.race([once(socket, 'drain'), once(socket, 'close')])
}

/** One connection after another, each until the server or chance ends it. */
async function attackStream(
  port: number,
  make: (random: Random) => Buffer,
  options: { random: Random; count: number; hello?: string },
): Promise<void> {
  const { random, count, hello = '' } = options
  let sent = 0
  while (sent < count) {
    const socket = await dial(port)
    if (hello !== '') await send(socket, Buffer.from(hello))
    for (let i = random(200); i >= 0 && sent < count && socket.writable; i--, sent++) await send(socket, make(random))
    socket.destroy()
    sent++
  }
}

async function attackDatagrams(port: number, random: Random, count: number): Promise<void> {
  const socket = createSocket('udp4')
  socket.on('error', () => undefined)
  for (let i = 0; i < count; i++) {
    const bytes = random(2) === 0 ? Buffer.concat([Buffer.from('G1'), randomBytes(random)]) : randomBytes(random)
    await new Promise((resolve) => socket.send(bytes, port, '127.0.0.1', resolve))
  }
  socket.close()
}

function createApp() {
  const app = guichet({
    name: 'fuzz',
    limits: { messageRateMax: 1e6, messageBurstMax: 1e6, datagramRateMax: 1e6, datagramBurstMax: 1e6 },
  })
  const channel = app.channel('/room', {
    authorize: OPEN,
    messages: { say: { params: { text: z.string().max(100) } } },
    plainText: { type: 'say', param: 'text' },
    presence: true,
    history: 10,
  })
  app.tcp(0, { channel })
  app.tcp(0, { channel, framing: 'json' })
  app.udp(0, { channel, isOpen: true })
  app.udp(0, { authorize: OPEN, params: { text: z.string() } }, ({ text }) => text)
  return app
}

export interface FuzzResult {
  readonly messages: number
  /** Faults of the app: what a stranger sends must never be one. */
  readonly faults: readonly string[]
}

/** Sends `count` messages over all sockets of an app; throws where it does not answer any more. */
export async function fuzzSockets(count: number, seed: number): Promise<FuzzResult> {
  const faults: string[] = []
  const quiet = (): void => undefined
  const log = {
    debug: quiet,
    info: quiet,
    warn: quiet,
    error: (fields: object, message: string) => void faults.push(`${message} ${JSON.stringify(fields)}`),
  }
  const running = await serveApp(createApp()['~definition'], { environment: { PORT: '0', GUICHET_AUDIT: 'off' }, log })
  const [lineTcp = 0, jsonTcp = 0, channelUdp = 0, serviceUdp = 0] = running.socketUrls.map((url) =>
    Number(new URL(url).port),
  )
  const share = Math.ceil(count / 6)
  const hello = `GET /room HTTP/1.1\r\n${UPGRADE.join('\r\n')}\r\n\r\n`
  const random = (offset: number): Random => createRandom(seed + offset)
  await Promise.all([
    attackStream(lineTcp, randomBytes, { random: random(1), count: share }),
    attackStream(jsonTcp, randomPrefixed, { random: random(2), count: share }),
    attackStream(Number(new URL(running.url).port), randomFrame, { random: random(3), count: share * 2, hello }),
    attackDatagrams(channelUdp, random(4), share),
    attackDatagrams(serviceUdp, random(5), share),
  ])
  await assertAlive(running, lineTcp)
  await running.stop()
  return { messages: share * 6, faults }
}

async function assertAlive(running: RunningApp, port: number): Promise<void> {
  const client = await createTcpClient({ host: '127.0.0.1', port, framing: lines })
  await client.send('alive')
  await client.send('are you there?')
  for await (const line of client.messages) if (line.includes('~alive: are you there?')) break
  client.close()
  const reply = await fetch(`${running.url}/room`)
  if (reply.status !== 426) throw new Error(`The app answers ${reply.status}`)
}

if (import.meta.main) {
  const [count = 1_000_000, seed = Date.now() % 1_000_000] = process.argv.slice(2).map(Number)
  console.log(`seed ${seed}`)
  const { messages, faults } = await fuzzSockets(count, seed)
  console.log(`${messages} messages, ${faults.length} faults`)
  for (const fault of faults.slice(0, 10)) console.log(fault)
  process.exitCode = faults.length > 0 ? 1 : 0
}
