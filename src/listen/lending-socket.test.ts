import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import type { Server, Socket } from 'node:net'
import { after, before, beforeEach, test } from 'node:test'
import { LendingSocket, lendReads } from './lending-socket.ts'

const HIGH_WATER_MARK = 16 * 1024

let server: Server
let port: number
let accepted: Promise<Socket>

before(async () => {
  server = createServer({ pauseOnConnect: true, allowHalfOpen: true })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  port = typeof address === 'object' && address !== null ? address.port : 0
})
after(() => server.close())
beforeEach(() => {
  accepted = new Promise((resolve) => {
    server.once('connection', (socket) => resolve(lendReads(socket, HIGH_WATER_MARK)))
  })
})

async function open(): Promise<{ readonly client: Socket; readonly socket: LendingSocket }> {
  const client = connect(port, '127.0.0.1')
  const socket = await accepted
  // This Node.js has what the fast way needs; where one has not, all else works and each read costs more.
  assert.ok(socket instanceof LendingSocket)
  return { client, socket }
}

function borrowed(socket: LendingSocket): { text: string } {
  const seen = { text: '' }
  socket.borrower = (buffer, length) => {
    seen.text += buffer.toString('latin1', 0, length)
  }
  return seen
}

const until = async (isDone: () => boolean): Promise<void> => {
  while (!isDone()) await new Promise((resolve) => setTimeout(resolve, 2))
}

test('lendReads() lends what comes, answers, and sees both ends', async () => {
  const { client, socket } = await open()
  const seen = borrowed(socket)
  client.write('abc')
  await until(() => seen.text === 'abc')
  const heard = once(client, 'data')
  socket.write('def', 'latin1')
  assert.deepEqual(String(await heard), 'def')
  const closed = once(client, 'close')
  client.end()
  await once(socket, 'end')
  socket.end()
  await closed
  assert.equal(await countConnections(), 0)
})

test('lendReads() leaves a socket that the server counts', async () => {
  const { client, socket } = await open()
  assert.equal(await countConnections(), 1)
  const closed = once(client, 'close')
  client.resume()
  socket.destroy()
  await closed
  assert.equal(await countConnections(), 0)
})

test('LendingSocket.pause() stops reading, and resume() goes on', async () => {
  const { client, socket } = await open()
  const seen = borrowed(socket)
  client.write('abc')
  await until(() => seen.text === 'abc')
  socket.pause()
  client.write('def')
  await new Promise((resolve) => setTimeout(resolve, 20))
  assert.equal(seen.text, 'abc')
  socket.resume()
  await until(() => seen.text === 'abcdef')
  client.destroy()
  socket.destroy()
})

test('LendingSocket is a stream with back-pressure when nobody borrows', async () => {
  const { client, socket } = await open()
  const bytes = Buffer.alloc(4 * 1024 * 1024, 'abcdefghij')
  const sent = new Promise<void>((resolve) => client.end(bytes, () => resolve()))
  await until(() => socket.readableLength >= HIGH_WATER_MARK)
  await new Promise((resolve) => setTimeout(resolve, 20))
  assert.ok(socket.readableLength <= 128 * 1024, `${socket.readableLength} bytes wait`)
  const pieces: Buffer[] = []
  socket.on('data', (piece: Buffer) => pieces.push(piece))
  await once(socket, 'end')
  await sent
  assert.ok(Buffer.concat(pieces).equals(bytes))
  socket.destroy()
})

test('LendingSocket ends with its peer', async () => {
  const { client, socket } = await open()
  borrowed(socket)
  const failed = once(socket, 'error')
  client.resetAndDestroy()
  const [error] = await failed
  assert.equal((error as NodeJS.ErrnoException).code, 'ECONNRESET') // an error of the system
  assert.equal(socket.destroyed, true)
})

function countConnections(): Promise<number> {
  return new Promise((resolve, reject) => {
    server.getConnections((error, count) => (error === null ? resolve(count) : reject(error)))
  })
}
