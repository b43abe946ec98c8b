import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { after, test } from 'node:test'
import { WebSocket } from 'ws'
import { defaultLimits } from '../core/limits.ts'
import { refuse, Refusal } from '../core/refusal.ts'
import { HeadBlock, type EncodedReply } from '../core/reply.ts'
import type { Received } from '../core/received.ts'
import { createHttp1Listener } from './http1-listener.ts'
import { createNodeListener } from './node-listener.ts'
import type { ConnectionEnd, StreamConnection, StreamHandler } from './stream-connection.ts'
import { createWebSocketAcceptor, type WebSocketAcceptor } from './websocket-acceptor.ts'
import type { WebSocketLimits } from './websocket-connection.ts'
import { checkOrigin } from './websocket-upgrade.ts'

const closers: (() => unknown)[] = []
after(async () => {
  for (const close of closers) await close()
})

const head = new HeadBlock([])
const reply = (status: number): EncodedReply => ({ status, head, headers: null, body: '' })

class Recorder implements StreamHandler<string> {
  readonly messages: string[] = []
  readonly ends: ConnectionEnd[] = []
  readonly connections: StreamConnection<string>[] = []
  onOpen = (connection: StreamConnection<string>): void => void this.connections.push(connection)
  onMessage = (_connection: StreamConnection<string>, message: string): unknown => this.messages.push(message)
  onClose = (_connection: StreamConnection<string>, end: ConnectionEnd): void => void this.ends.push(end)
}

interface Served {
  readonly url: string
  readonly port: number
  readonly acceptor: WebSocketAcceptor
  readonly clock: { nowMs: number }
}

interface Options {
  readonly limits?: Partial<WebSocketLimits>
  readonly protocol?: string | null
  readonly engine?: 'http1' | 'node'
}

async function serve(
  handler: StreamHandler<string>,
  { limits = {}, protocol = null, engine = 'http1' }: Options = {},
): Promise<Served> {
  const clock = { nowMs: 0 }
  const acceptor = createWebSocketAcceptor({ limits, clock: { now: () => clock.nowMs } })
  const create = engine === 'node' ? createNodeListener : createHttp1Listener
  const listener = create({
    host: '127.0.0.1',
    port: 0,
    limits: defaultLimits,
    trustedProxies: [],
    refuse: (refusal) => reply(refusal.status),
  })
  const answer = (received: Received): EncodedReply => {
    const refusal =
      checkOrigin(received, (origin) => origin === 'https://app.example.org') ??
      acceptor.accept({ received, protocol, handler })
    return { ...reply(refusal?.status ?? 101), headers: refusal?.headers ?? null }
  }
  const url = await listener.open(answer)
  closers.push(async () => {
    await acceptor.close(0)
    await listener.close(0)
  })
  return { url: url.replace('http', 'ws'), port: Number(new URL(url).port), acceptor, clock }
}

async function dial(url: string, options: object = {}, protocols: string[] = []): Promise<WebSocket> {
  const socket = new WebSocket(url, protocols, options)
  socket.on('error', () => undefined)
  await once(socket, 'open')
  return socket
}

async function statusOf(url: string, options: object): Promise<number> {
  const socket = new WebSocket(url, [], options)
  socket.on('error', () => undefined)
  const [request, response] = await once(socket, 'unexpected-response')
  request.destroy()
  return response.statusCode
}

async function until(isTrue: () => boolean): Promise<void> {
  for (let i = 0; i < 500 && !isTrue(); i++) await new Promise((resolve) => setTimeout(resolve, 10))
  assert.ok(isTrue())
}

const codeOf = (end: ConnectionEnd | undefined): string | undefined => (end instanceof Refusal ? end.code : end)

async function closed(socket: WebSocket): Promise<string> {
  const [code, reason] = await once(socket, 'close')
  return `${code} ${reason}`.trim()
}

for (const engine of ['http1', 'node'] as const) {
  test(`createWebSocketAcceptor() carries text both ways on the ${engine} listener`, async () => {
    const recorder = new Recorder()
    const { url } = await serve(
      { onClose: recorder.onClose, onMessage: (connection, text) => connection.send(`${text}!`) },
      { engine },
    )
    const socket = await dial(url)
    for (const text of ['', 'é€😀', 'x'.repeat(126), 'y'.repeat(65_536 - 1)]) {
      socket.send(text)
      assert.equal(String((await once(socket, 'message'))[0]), `${text}!`)
    }
    socket.close(1000)
    await until(() => recorder.ends.length === 1)
    assert.deepEqual(recorder.ends, ['closed'])
  })
}

test('createWebSocketAcceptor() hears a message that came with the handshake', async () => {
  const recorder = new Recorder()
  const { port } = await serve(recorder)
  const socket = await rawHandshake(port, Buffer.from('818400000000', 'hex'), 'abcd')
  await until(() => recorder.messages.length === 1)
  assert.deepEqual(recorder.messages, ['abcd'])
  socket.destroy()
})

test('createWebSocketAcceptor() handles all that was said before a goodbye', async () => {
  const heard: string[] = []
  const recorder = new Recorder()
  const onMessage = async (_connection: unknown, text: string): Promise<void> => {
    await new Promise((resolve) => setTimeout(resolve, 5))
    heard.push(text)
  }
  const { url } = await serve({ onMessage, onClose: recorder.onClose })
  const socket = await dial(url)
  for (const text of ['one', 'two', 'three']) socket.send(text)
  socket.close(1000)
  await until(() => recorder.ends.length === 1)
  assert.deepEqual(heard, ['one', 'two', 'three'])
  assert.deepEqual(recorder.ends, ['closed'])
})

test('createWebSocketAcceptor() says who has left although its peer keeps the socket open', async () => {
  const recorder = new Recorder()
  const { port } = await serve(recorder)
  // A close frame with the code 1000, and a frame with a reserved opcode: masked with zeros.
  for (const frame of ['88820000000003e8', '838000000000']) {
    const ends = recorder.ends.length
    const socket = await rawHandshake(port, Buffer.from(frame, 'hex'))
    await until(() => recorder.ends.length > ends)
    assert.equal(socket.destroyed, false)
    socket.destroy()
  }
  assert.deepEqual(recorder.ends.map(codeOf), ['closed', 'ROOMS_BAD_MESSAGE'])
})

test('createWebSocketAcceptor() answers with the chosen sub-protocol, or with none', async () => {
  const chosen = await serve(new Recorder(), { protocol: 'guichet.text' })
  assert.equal((await dial(chosen.url, {}, ['guichet.json', 'guichet.text'])).protocol, 'guichet.text')
  const none = await serve(new Recorder())
  const refused = new WebSocket(none.url, ['guichet.json'])
  const [error] = await once(refused, 'error')
  assert.match(String(error), /no subprotocol/)
})

test('createWebSocketAcceptor() refuses what is not a handshake with 400 and another version with 426', async () => {
  const { port } = await serve(new Recorder())
  const ask = (lines: readonly string[]): Promise<string> => rawRequest(port, lines)
  const good = [
    'Upgrade: websocket',
    'Connection: keep-alive, Upgrade',
    'Sec-WebSocket-Version: 13',
    `Sec-WebSocket-Key: ${KEY}`,
  ]
  assert.match(await ask(good), /^HTTP\/1\.1 101 /)
  assert.match(await ask(good.with(2, 'Sec-WebSocket-Version: 12')), /^HTTP\/1\.1 426 [^]*sec-websocket-version: 13/i)
  assert.match(await ask(good.with(3, 'Sec-WebSocket-Key: short')), /^HTTP\/1\.1 400 /)
  assert.match(await ask(good.slice(0, 3)), /^HTTP\/1\.1 400 /)
  assert.match(await ask([...good, 'Sec-WebSocket-Protocol: a, a']), /^HTTP\/1\.1 400 /)
})

test('checkOrigin() lets in our own pages, those listed and programs, and no other page', async () => {
  const { url, port } = await serve(new Recorder())
  for (const origin of [undefined, `http://127.0.0.1:${port}`, 'https://app.example.org']) {
    const socket = await dial(url, origin === undefined ? {} : { origin })
    socket.terminate()
  }
  for (const origin of [
    'https://evil.example',
    `http://127.0.0.1:${port}.evil.example`,
    'null',
    `http://127.0.0.1`,
    '',
  ]) {
    assert.equal(await statusOf(url, { headers: { origin } }), 403, origin)
  }
})

test('createWebSocketAcceptor() ends bad messages with the code of RFC 6455', async () => {
  const cases: readonly {
    readonly name: string
    readonly frame: string
    readonly close: string
    readonly end: string
  }[] = [
    { name: 'invalid UTF-8', frame: '818200000000c328', close: '1007', end: 'ROOMS_BAD_MESSAGE' },
    { name: 'an unmasked frame', frame: '810161', close: '1002', end: 'ROOMS_BAD_MESSAGE' },
    { name: 'a reserved bit', frame: 'c1810000000061', close: '1002', end: 'ROOMS_BAD_MESSAGE' },
    { name: 'a binary message', frame: '82810000000061', close: '1003', end: 'ROOMS_NOT_TEXT' },
    { name: 'a message beyond the bound', frame: '81fe000b00000000', close: '1009', end: 'ROOMS_TOO_LARGE' },
  ]
  for (const { name, frame, close, end } of cases) {
    const recorder = new Recorder()
    const { port } = await serve(recorder, { limits: { messageBytesMax: 10 } })
    const socket = await rawHandshake(port, Buffer.from(frame, 'hex'))
    const [bytes] = (await once(socket, 'data')) as [Buffer]
    socket.destroy()
    assert.equal(bytes[0], 0x88, name)
    assert.equal(String(bytes.readUInt16BE(2)), close, name)
    await until(() => recorder.ends.length === 1)
    assert.equal(codeOf(recorder.ends[0]), end, name)
    assert.deepEqual(recorder.messages, [])
  }
})

test('end() tells the code and the sentence of a refusal', async () => {
  const recorder = new Recorder()
  const { url } = await serve(recorder)
  const socket = await dial(url)
  await until(() => recorder.connections.length === 1)
  recorder.connections[0]?.end(new Refusal('ROOMS_REVOKED', { reason: 'not for the peer' }))
  assert.equal(await closed(socket), '4403 you may no longer listen here')
  assert.equal(codeOf(recorder.ends[0]), 'ROOMS_REVOKED')
})

test('createWebSocketAcceptor() ends a connection whose handler fails, with nothing of the error', async () => {
  const { url } = await serve({ onMessage: () => Promise.reject(new Error('secret')) })
  const socket = await dial(url)
  socket.send('x')
  assert.equal(await closed(socket), '1011 internal error')
})

test('createWebSocketAcceptor() handles one message of a connection at a time and stops reading meanwhile', async () => {
  const release = Promise.withResolvers<void>()
  const seen: string[] = []
  const { url } = await serve({
    onMessage: async (_connection, text) => {
      seen.push(text.slice(0, 3))
      if (seen.length === 1) await release.promise
    },
  })
  const socket = await dial(url)
  for (let i = 0; i < 200; i++) socket.send(String(i).padEnd(60_000))
  await new Promise((resolve) => setTimeout(resolve, 100))
  assert.deepEqual(seen, ['0  '])
  assert.ok(socket.bufferedAmount > 1_000_000, `${socket.bufferedAmount}`)
  release.resolve()
  await until(() => seen.length === 200)
  assert.deepEqual(
    seen,
    Array.from({ length: 200 }, (_, i) => String(i).padEnd(3)),
  )
  socket.terminate()
})

test('createWebSocketAcceptor() beats, and lets go of a peer that does not answer', async () => {
  const recorder = new Recorder()
  const { url, clock, acceptor } = await serve(recorder, {
    limits: { heartbeatIntervalMs: 100, sendTimeoutMs: 100_000 },
  })
  const [alive, dead] = [await dial(url), await dial(url, { autoPong: false })]
  let pings = 0
  alive.on('ping', () => pings++)
  await until(() => acceptor.connectionCount === 2)
  clock.nowMs = 100
  await until(() => pings === 1)
  // What comes behind its pong says that the pong has come.
  alive.send('here')
  await until(() => recorder.messages.length === 1)
  clock.nowMs = 200
  await until(() => recorder.ends.length === 1)
  assert.deepEqual(recorder.ends, ['lost'])
  assert.equal(alive.readyState, WebSocket.OPEN)
  await until(() => acceptor.connectionCount === 1)
  dead.terminate()
  alive.terminate()
})

test('sendBytes() lets a peer go that lets more than sendBufferBytesMax wait', async () => {
  const recorder = new Recorder()
  const { url, acceptor } = await serve(recorder, { limits: { sendBufferBytesMax: 100_000 } })
  const socket = await dial(url)
  socket.pause()
  await until(() => recorder.connections.length === 1)
  const connection = recorder.connections[0] ?? assert.fail()
  let bufferedMax = 0
  for (let i = 0; i < 50_000 && recorder.ends.length === 0; i++) {
    void connection.send('x'.repeat(1000))
    bufferedMax = Math.max(bufferedMax, connection.bufferedBytes)
    if (i % 100 === 0) await new Promise((resolve) => setImmediate(resolve))
  }
  assert.equal(codeOf(recorder.ends[0]), 'ROOMS_TOO_SLOW')
  assert.ok(bufferedMax <= 102_000, `${bufferedMax}`)
  await until(() => acceptor.connectionCount === 0)
  socket.terminate()
})

test('a peer that sends pings and does not read costs no memory', async () => {
  const recorder = new Recorder()
  const { port } = await serve(recorder)
  const socket = await rawHandshake(port, Buffer.alloc(0))
  socket.pause()
  await until(() => recorder.connections.length === 1)
  const connection = recorder.connections[0] ?? assert.fail()
  const ping = Buffer.concat([Buffer.from('89fd00000000', 'hex'), Buffer.alloc(125)])
  const pings = Buffer.concat(Array.from({ length: 500 }, () => ping))
  let bufferedMax = 0
  for (let i = 0; i < 200; i++) {
    socket.write(pings)
    await new Promise((resolve) => setImmediate(resolve))
    bufferedMax = Math.max(bufferedMax, connection.bufferedBytes)
  }
  assert.ok(bufferedMax < 200_000, `${bufferedMax}`)
  socket.destroy()
})

test('close() tells all that the server goes away', async () => {
  const { url, acceptor } = await serve(new Recorder())
  const socket = await dial(url)
  await until(() => acceptor.connectionCount === 1)
  const ended = closed(socket)
  await acceptor.close(1000)
  assert.equal(await ended, '1001 the server is closing')
  assert.equal(acceptor.connectionCount, 0)
})

const KEY = 'dGhlIHNhbXBsZSBub25jZQ=='

/** A client that sends what no library would, with the handshake or after it. */
async function rawHandshake(port: number, bytes: Uint8Array, text = ''): Promise<Socket> {
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true })
  socket.on('error', () => undefined)
  await once(socket, 'connect')
  const lines = ['GET / HTTP/1.1', 'Host: x', 'Upgrade: websocket', 'Connection: Upgrade', 'Sec-WebSocket-Version: 13']
  const request = Buffer.from(`${[...lines, `Sec-WebSocket-Key: ${KEY}`].join('\r\n')}\r\n\r\n`)
  socket.write(Buffer.concat([request, bytes, Buffer.from(text)]))
  const [answer] = await once(socket, 'data')
  const end = (answer as Buffer).indexOf('\r\n\r\n') + 4
  if (end < (answer as Buffer).length) socket.unshift((answer as Buffer).subarray(end))
  return socket
}

async function rawRequest(port: number, lines: readonly string[]): Promise<string> {
  const socket = connect({ port, host: '127.0.0.1' })
  socket.write(`${['GET / HTTP/1.1', 'Host: x', ...lines].join('\r\n')}\r\n\r\n`)
  const [answer] = await once(socket, 'data')
  socket.destroy()
  return String(answer)
}

test('createWebSocketAcceptor() cuts a long reason between characters', async () => {
  const { url } = await serve({ onMessage: (connection) => connection.end(refuse(400, '😀'.repeat(40))) })
  const socket = await dial(url)
  socket.send('x')
  // 123 bytes at most (RFC 6455 section 5.5), four for each of these.
  assert.equal(await closed(socket), `4400 ${'😀'.repeat(30)}`)
})
