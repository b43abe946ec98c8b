import assert from 'node:assert/strict'
import { connect, type Socket } from 'node:net'
import { test } from 'node:test'
import { z } from 'zod'
import { serveApp } from '../../../src/app/serve.ts'
import { guichet } from '../../../src/app/guichet.ts'
import { OPEN } from '../../../src/authz/rules.ts'
import { ServerFrameDecoder } from '../../../src/wire/websocket-client-frame.ts'

const HISTORY = 40
const app = guichet({ name: 'recovery' })
const room = app.channel('/room', { authorize: OPEN, messages: { say: { params: { n: z.int() } } }, history: HISTORY })

/** Numbers that are the same in each run (mulberry32), so that a failure can be repeated. */
function createRandom(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) % below
  }
}

interface Heard {
  readonly type: string
  readonly position?: string
  readonly recovered?: boolean | null
  readonly offset?: number
  readonly data?: { readonly n: number }
}

/** A client whose connection may break between any two bytes. It keeps where it was, and nothing else. */
class Client {
  readonly numbers: number[] = []
  recoveries = 0
  #socket: Socket | null = null
  #position: string | null = null

  get isConnected(): boolean {
    return this.#socket !== null
  }

  connect(port: number): void {
    const socket = connect(port, '127.0.0.1')
    this.#socket = socket
    const since = this.#position === null ? '' : `?since=${this.#position}`
    socket.on('error', () => undefined)
    socket.write(
      `GET /room${since} HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n`,
    )
    const decoder = new ServerFrameDecoder()
    let head = ''
    socket.on('data', (chunk: Buffer) => {
      if (this.#socket !== socket) return
      let bytes = chunk
      if (!head.endsWith('\r\n\r\n')) {
        const end = chunk.indexOf('\r\n\r\n')
        head += chunk.subarray(0, end < 0 ? chunk.length : end + 4).toString('latin1')
        bytes = end < 0 ? chunk.subarray(chunk.length) : chunk.subarray(end + 4)
      }
      decoder.push(bytes)
      for (let next = decoder.next(); next !== undefined; next = decoder.next()) {
        this.#hear(JSON.parse(Buffer.from(next.payload).toString()) as Heard) // the channel sends such objects
      }
    })
  }

  cut(): void {
    this.#socket?.destroy()
    this.#socket = null
  }

  #hear({ type, position, recovered, offset, data }: Heard): void {
    if (type === 'joined') {
      if (recovered === true) this.recoveries++
      // It is told: what it heard before does not join on to what comes now.
      if (recovered === false) this.numbers.push(-1)
      this.#position = position ?? null
    } else if (type === 'say' && this.#position !== null) {
      this.numbers.push(data?.n ?? assert.fail())
      this.#position = `${this.#position.slice(0, this.#position.lastIndexOf(':'))}:${offset}`
    }
  }
}

/** Each number once, each the next of the one before, but where the client was told that it missed some. */
function assertInOrder(numbers: readonly number[], seed: number): void {
  for (let i = 1; i < numbers.length; i++) {
    const [before = 0, now = 0] = numbers.slice(i - 1, i + 1)
    assert.ok(now === -1 || before === -1 || now === before + 1, `seed ${seed}: ${before} then ${now}`)
  }
}

test('clients whose connections break anywhere hear each message once and in order, or that they missed some', async () => {
  const running = await serveApp(app['~definition'], {
    environment: { PORT: '0', LOG_LEVEL: 'silent', GUICHET_AUDIT: 'off' },
  })
  const port = Number(new URL(running.url).port)
  const seed = 1 + Math.floor(Math.random() * 1e6)
  const random = createRandom(seed)
  const clients = Array.from({ length: 12 }, () => new Client())
  let n = 0
  const speak = (times: number): void => {
    for (let i = 0; i < times; i++) room.publish({}, { say: { n: ++n } })
  }
  for (let step = 0; step < 600; step++) {
    const client = clients[random(clients.length)] ?? assert.fail()
    if (random(2) === 0) speak(1 + random(6))
    else if (client.isConnected) client.cut()
    else client.connect(port)
    // From "within the same turn" to "long after".
    for (let wait = random(4); wait > 0; wait--) await new Promise((resolve) => setImmediate(resolve))
  }
  for (const client of clients) if (!client.isConnected) client.connect(port)
  for (let i = 0; i < 1000 && clients.some(({ numbers }) => numbers.at(-1) !== n); i++) {
    if (i % 20 === 0) speak(1)
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
  for (const { numbers } of clients) assertInOrder(numbers, seed)
  assert.ok(
    clients.every(({ numbers }) => numbers.at(-1) === n),
    `seed ${seed}`,
  )
  assert.ok(
    clients.some(({ recoveries }) => recoveries > 0),
    `seed ${seed}`,
  )
  for (const client of clients) client.cut()
  await running.stop()
})
