import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect as connectTcp, type Socket } from 'node:net'
import { Duplex } from 'node:stream'
import { test, type TestContext } from 'node:test'
import { connect as connectTls } from 'node:tls'
import { lengthPrefixedBytes } from '../wire/length-prefix.ts'
import { makeSelfSigned } from './contract/self-signed.ts'
import { SocketWriter } from './socket-writer.ts'
import type { StreamConnection } from './stream-connection.ts'
import { createTcpListener } from './tcp-listener.ts'

/** Remembers what went to the system in one call. */
class RecordedSocket extends Duplex {
  readonly calls: string[] = []

  override _read(): void {
    // Nothing comes.
  }

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.calls.push(String(chunk))
    done()
  }

  override _writev(chunks: readonly { readonly chunk: Buffer }[], done: () => void): void {
    this.calls.push(chunks.map(({ chunk }) => String(chunk)).join(''))
    done()
  }
}

const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

test('write() sends the first of a turn at once, and the others together when the turn ends', async () => {
  const socket = new RecordedSocket()
  const writer = new SocketWriter(socket)
  await nextTurn()
  for (const text of ['a', 'b', 'c']) void writer.write(Buffer.from(text))
  assert.deepEqual(socket.calls, ['a'])
  await nextTurn()
  assert.deepEqual(socket.calls, ['a', 'bc'])
  void writer.write(Buffer.from('d'))
  assert.deepEqual(socket.calls, ['a', 'bc', 'd'])
})

test('write() does not gather more than some kilobytes', async () => {
  const socket = new RecordedSocket()
  const writer = new SocketWriter(socket)
  await nextTurn()
  for (let i = 0; i < 30; i++) void writer.write(Buffer.alloc(1000, 120))
  assert.ok(socket.calls.length > 3, `${socket.calls.length}`)
  assert.ok(writer.bufferedBytes <= 9000, `${writer.bufferedBytes}`)
  await nextTurn()
  assert.equal(socket.calls.join('').length, 30_000)
})

test('what was gathered is sent before an end of the same turn', async () => {
  const socket = new RecordedSocket()
  const writer = new SocketWriter(socket)
  await nextTurn()
  for (const text of ['a', 'b', 'c']) void writer.write(Buffer.from(text))
  socket.end('z')
  await nextTurn()
  assert.equal(socket.calls.join(''), 'abcz')
})

test('write() sends what bytes hold that are used again', async () => {
  const socket = new RecordedSocket()
  const writer = new SocketWriter(socket)
  const bytes = Buffer.alloc(1)
  for (const text of ['a', 'b', 'c']) {
    bytes.write(text)
    void writer.write(bytes)
    await nextTurn()
  }
  assert.deepEqual(socket.calls, ['a', 'b', 'c'])
})

test('write() sends shared bytes to each socket, and others between them', async () => {
  const sockets = [new RecordedSocket(), new RecordedSocket()]
  const writers = sockets.map((socket) => new SocketWriter(socket))
  for (const shared of [Buffer.from('one'), Buffer.from('two')]) {
    for (const writer of writers) {
      void writer.write(shared, true)
      void writer.write(Buffer.from('-'))
    }
    await nextTurn()
  }
  for (const { calls } of sockets) assert.equal(calls.join(''), 'one-two-')
})

/** Takes nothing before it is told to. */
class StalledSocket extends Duplex {
  #done: (() => void) | null = null

  override _read(): void {
    // Nothing comes.
  }

  override _write(_chunk: Buffer, _encoding: string, done: () => void): void {
    this.#done = done
  }

  accept(): void {
    const done = this.#done
    this.#done = null
    done?.()
  }
}

test('onDrain is called for what waited before it was set, and for small writes after', async () => {
  const socket = new StalledSocket()
  const writer = new SocketWriter(socket)
  void writer.write(Buffer.from('before'))
  let drains = 0
  writer.onDrain = () => drains++
  socket.accept()
  await nextTurn()
  socket.accept()
  await nextTurn()
  assert.deepEqual([drains, writer.bufferedBytes], [1, 0])
  void writer.write(Buffer.from('after'))
  socket.accept()
  await nextTurn()
  assert.deepEqual([drains, writer.bufferedBytes], [2, 0])
})

const { cert, key } = makeSelfSigned(['localhost'], Date.now())

async function openPair(t: TestContext, isSecure: boolean): Promise<[StreamConnection<Uint8Array>, Socket]> {
  const tls = isSecure ? { tls: { cert, key } } : {}
  const listener = createTcpListener({ port: 0, framing: lengthPrefixedBytes, ...tls })
  t.after(() => listener.close(0))
  const accepted = Promise.withResolvers<StreamConnection<Uint8Array>>()
  await listener.open({ onOpen: accepted.resolve, onMessage: () => undefined })
  const place = { port: listener.address?.port ?? 0, host: '127.0.0.1' }
  const socket = isSecure ? connectTls({ ...place, ca: cert, servername: 'localhost' }) : connectTcp(place)
  await once(socket, isSecure ? 'secureConnect' : 'connect')
  return [await accepted.promise, socket]
}

// Primes: lengths and values that repeat in no pattern; some writes are large, some share a turn.
const SIZES = [1, 3, 127, 256, 4095, 4096, 4099, 20_011]

for (const isSecure of [false, true]) {
  test(`all bytes arrive as they are, in order, over ${isSecure ? 'TLS' : 'TCP'}`, async (t) => {
    const [connection, socket] = await openPair(t, isSecure)
    const sent: Uint8Array[] = []
    for (let i = 0; i < 400; i++) {
      const bytes = Buffer.from(
        Array.from({ length: SIZES[(i * 7) % SIZES.length] ?? 1 }, (_, j) => (j * 31 + i) % 256),
      )
      sent.push(bytes)
      void (i % 3 === 0 ? connection.sendShared(bytes) : connection.sendBytes(bytes))
      if (i % 11 === 0) await nextTurn()
    }
    connection.end()
    const came: Buffer[] = []
    for await (const chunk of socket) came.push(chunk as Buffer) // a socket without an encoding gives bytes
    assert.ok(Buffer.concat(came).equals(Buffer.concat(sent)))
  })
}
