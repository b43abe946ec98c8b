import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { after, test } from 'node:test'
import { Refusal } from '../core/refusal.ts'
import { lines } from '../wire/lines.ts'
import type { ConnectionEnd, StreamConnection, StreamHandler } from './stream-connection.ts'
import type { TcpLimits } from './tcp-connection.ts'
import { createTcpListener, type TcpListener } from './tcp-listener.ts'

const open: TcpListener<string>[] = []
after(async () => {
  for (const listener of open) await listener.close(0)
})

class Recorder implements StreamHandler<string> {
  readonly messages: string[] = []
  readonly ends: ConnectionEnd[] = []
  readonly faults: unknown[] = []
  connections: StreamConnection<string>[] = []
  onOpen = (connection: StreamConnection<string>): void => void this.connections.push(connection)
  onMessage = (_connection: StreamConnection<string>, message: string): unknown => this.messages.push(message)
  onClose = (_connection: StreamConnection<string>, end: ConnectionEnd): void => void this.ends.push(end)
}

interface Served {
  readonly listener: TcpListener<string>
  readonly port: number
  readonly clock: { nowMs: number }
}

async function serve(handler: StreamHandler<string>, limits: Partial<TcpLimits> = {}): Promise<Served> {
  const clock = { nowMs: 0 }
  const listener = createTcpListener({ port: 0, framing: lines, limits, clock: { now: () => clock.nowMs } })
  open.push(listener)
  await listener.open(handler)
  return { listener, clock, port: listener.address?.port ?? assert.fail() }
}

async function dial(port: number): Promise<Socket> {
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true })
  socket.on('error', () => undefined)
  await once(socket, 'connect')
  return socket
}

async function readAll(socket: Socket): Promise<string> {
  let text = ''
  for await (const chunk of socket) text += String(chunk)
  return text
}

async function until(isTrue: () => boolean): Promise<void> {
  for (let i = 0; i < 500 && !isTrue(); i++) await new Promise((resolve) => setTimeout(resolve, 10))
  assert.ok(isTrue())
}

const codeOf = (end: ConnectionEnd | undefined): string | undefined => (end instanceof Refusal ? end.code : end)

test('createTcpListener() gives lines in order, a last one without its end too, and says how it ended', async () => {
  const recorder = new Recorder()
  const { port, listener } = await serve(recorder)
  const socket = await dial(port)
  socket.end('one\r\ntwo\nOla Mundo!')
  await until(() => recorder.ends.length === 1)
  assert.deepEqual(recorder.messages, ['one', 'two', 'Ola Mundo!'])
  assert.deepEqual(recorder.ends, ['closed'])
  await until(() => listener.connectionCount === 0)
  assert.equal(recorder.connections[0]?.peer.address, '127.0.0.1')
  assert.equal(recorder.connections[0]?.peer.isDirectLoopback, true)
})

test('createTcpListener() answers a peer that has closed its side', async () => {
  const { port } = await serve({
    onMessage: async (connection, message) => {
      await new Promise((resolve) => setTimeout(resolve, 20))
      return connection.send(message.toUpperCase())
    },
  })
  const socket = await dial(port)
  socket.end('one\ntwo')
  assert.equal(await readAll(socket), 'ONE\nTWO\n')
})

test('createTcpListener() handles one message of a connection at a time and does not read meanwhile', async () => {
  const release = Promise.withResolvers<void>()
  let running = 0
  let runningMax = 0
  const { port } = await serve({
    onMessage: async () => {
      runningMax = Math.max(runningMax, ++running)
      await release.promise
      running--
    },
  })
  const socket = await dial(port)
  const chunk = Buffer.from(`${'x'.repeat(1000)}\n`.repeat(1000))
  let sent = 0
  while (sent < 200 && socket.write(chunk)) sent++
  await new Promise((resolve) => setTimeout(resolve, 100))
  for (; sent < 60; sent++) socket.write(chunk)
  await new Promise((resolve) => setTimeout(resolve, 100))
  assert.ok(socket.writableLength > 1_000_000, `${socket.writableLength} bytes wait at the sender`)
  assert.equal(runningMax, 1)
  socket.destroy()
  release.resolve()
})

test('send() waits when the peer does not read, and ends it at sendBufferBytesMax', async () => {
  const recorder = new Recorder()
  const { port } = await serve(recorder, { sendBufferBytesMax: 1_000_000 })
  const socket = await dial(port)
  socket.pause()
  await until(() => recorder.connections.length === 1)
  const connection = recorder.connections[0] ?? assert.fail()
  let waited = 0
  let bufferedMax = 0
  for (let i = 0; i < 20_000 && recorder.ends.length === 0; i++) {
    if (connection.send('x'.repeat(999)) !== undefined) waited++
    bufferedMax = Math.max(bufferedMax, connection.bufferedBytes)
    if (i % 100 === 0) await new Promise((resolve) => setImmediate(resolve))
  }
  assert.ok(waited > 0)
  assert.equal(codeOf(recorder.ends[0]), 'ROOMS_TOO_SLOW')
  assert.ok(bufferedMax <= 1_002_000, `${bufferedMax}`)
  socket.destroy()
})

test('send() resolves and onDrain is called when the peer reads again', async () => {
  const recorder = new Recorder()
  const { port } = await serve(recorder, { sendBufferBytesMax: 50_000_000 })
  const socket = await dial(port)
  socket.pause()
  await until(() => recorder.connections.length === 1)
  const connection = recorder.connections[0] ?? assert.fail()
  let drained = 0
  connection.onDrain = () => drained++
  let wait = connection.send('x'.repeat(100_000))
  for (let i = 0; i < 100 && (wait === undefined || connection.bufferedBytes < 100_000); i++) {
    wait = connection.send('x'.repeat(100_000))
  }
  assert.ok(wait !== undefined)
  socket.resume()
  await wait
  assert.equal(connection.bufferedBytes, 0)
  assert.equal(drained, 1)
  socket.destroy()
})

test('createTcpListener() ends who sends a line that is too long, and others stay', async () => {
  const recorder = new Recorder()
  const { port } = await serve(recorder, { messageBytesMax: 10 })
  const [long, short] = [await dial(port), await dial(port)]
  short.write('0123456789\n')
  long.write('0123456789a\n')
  await until(() => recorder.ends.length === 1)
  assert.equal(codeOf(recorder.ends[0]), 'ROOMS_TOO_LARGE')
  await until(() => recorder.messages.length === 1)
  assert.deepEqual(recorder.messages, ['0123456789'])
  short.destroy()
  long.destroy()
})

test('createTcpListener() takes no more connections than connectionsMax and connectionsPerAddressMax', async () => {
  for (const limits of [{ connectionsMax: 2 }, { connectionsPerAddressMax: 2 }]) {
    const recorder = new Recorder()
    const { port, listener } = await serve(recorder, limits)
    const [first, second] = [await dial(port), await dial(port)]
    await until(() => listener.connectionCount === 2)
    const third = await dial(port)
    assert.equal(await readAll(third), '')
    assert.equal(recorder.connections.length, 2)
    first.destroy()
    await until(() => listener.connectionCount === 1)
    const fourth = await dial(port)
    await until(() => listener.connectionCount === 2)
    second.destroy()
    fourth.destroy()
  }
})

test('createTcpListener() reads a fast sender no faster than the rate, and loses nothing', async () => {
  const recorder = new Recorder()
  const { port, clock } = await serve(recorder, { messageRateMax: 100, messageBurstMax: 5 })
  const socket = await dial(port)
  socket.write('x\n'.repeat(20))
  await until(() => recorder.messages.length === 5)
  await new Promise((resolve) => setTimeout(resolve, 50))
  assert.equal(recorder.messages.length, 5)
  for (let i = 0; i < 100 && recorder.messages.length < 20; i++) {
    clock.nowMs += 10
    await new Promise((resolve) => setTimeout(resolve, 15))
  }
  assert.equal(recorder.messages.length, 20)
  socket.destroy()
})

test('createTcpListener() ends who says nothing, sooner before the first message', async () => {
  const recorder = new Recorder()
  const { port, clock } = await serve(recorder, { idleTimeoutMs: 100, silenceTimeoutMs: 1000, sendTimeoutMs: 100 })
  const [mute, spoken] = [await dial(port), await dial(port)]
  spoken.write('hello\n')
  await until(() => recorder.messages.length === 1)
  clock.nowMs = 100
  await until(() => recorder.ends.length === 1)
  assert.equal(codeOf(recorder.ends[0]), 'ROOMS_SILENT')
  clock.nowMs = 1000
  await until(() => recorder.ends.length === 2)
  mute.destroy()
  spoken.destroy()
})

test('createTcpListener() lets go of a peer that takes nothing for sendTimeoutMs', async () => {
  const recorder = new Recorder()
  const { port, clock, listener } = await serve(recorder, { sendTimeoutMs: 100, sendBufferBytesMax: 50_000_000 })
  const socket = await dial(port)
  socket.pause()
  await until(() => recorder.connections.length === 1)
  void recorder.connections[0]?.send('x'.repeat(10_000_000))
  await until(() => {
    clock.nowMs += 10
    return recorder.ends.length === 1
  })
  assert.equal(codeOf(recorder.ends[0]), 'ROOMS_TOO_SLOW')
  await until(() => listener.connectionCount === 0)
  socket.destroy()
})

test('createTcpListener() says "lost" when a connection breaks', async () => {
  const recorder = new Recorder()
  const { port } = await serve(recorder)
  const socket = await dial(port)
  await until(() => recorder.connections.length === 1)
  socket.resetAndDestroy()
  await until(() => recorder.ends.length === 1)
  assert.deepEqual(recorder.ends, ['lost'])
})

test('createTcpListener() hears a last line without its end of a peer that closes before it has read all', async () => {
  const recorder = new Recorder()
  const { port } = await serve(recorder)
  const socket = await dial(port)
  await until(() => recorder.connections.length === 1)
  socket.pause()
  await recorder.connections[0]?.send('not read')
  socket.write('whole\nlast')
  await until(() => recorder.messages.length === 1)
  socket.resetAndDestroy()
  await until(() => recorder.ends.length === 1)
  assert.deepEqual(recorder.messages, ['whole', 'last'])
  assert.deepEqual(recorder.ends, ['lost'])
})

test('createTcpListener() ends a connection whose handler throws, a refusal with its code', async () => {
  const recorder = new Recorder()
  const { port } = await serve({
    onMessage: (_connection, message) => {
      if (message === 'no') throw new Refusal('AUTHZ_GROUP')
      return Promise.reject(new Error('broken'))
    },
    onClose: (_connection, end) => void recorder.ends.push(end),
  })
  for (const word of ['no', 'fault']) {
    const socket = await dial(port)
    socket.write(`${word}\n`)
    assert.equal(await readAll(socket), '')
    socket.destroy()
  }
  assert.deepEqual(recorder.ends.map(codeOf), ['AUTHZ_GROUP', 'HANDLE_FAULT'])
})

test('close() sends what waits, and cuts who does not close at the deadline', async () => {
  const recorder = new Recorder()
  const { port, listener } = await serve(recorder)
  const [polite, stubborn] = [await dial(port), await dial(port)]
  await until(() => recorder.connections.length === 2)
  for (const connection of recorder.connections) void connection.send('goodbye')
  const closing = listener.close(200)
  const heard = await readAll(polite)
  polite.end()
  await closing
  assert.equal(heard, 'goodbye\n')
  assert.deepEqual(recorder.ends, ['left', 'left'])
  assert.equal(listener.address, null)
  stubborn.destroy()
})

test('open() says why a port cannot be had', async () => {
  const { port } = await serve(new Recorder())
  const taken = createTcpListener({ port, framing: lines })
  await assert.rejects(
    taken.open(new Recorder()),
    /Cannot listen on TCP 127\.0\.0\.1:\d+: another process has this port/,
  )
  const elsewhere = createTcpListener({ host: '192.0.2.1', port: 0, framing: lines })
  await assert.rejects(elsewhere.open(new Recorder()), /this machine does not have that address/)
})
