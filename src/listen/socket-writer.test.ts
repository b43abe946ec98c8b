import assert from 'node:assert/strict'
import { Duplex } from 'node:stream'
import { test } from 'node:test'
import { SocketWriter } from './socket-writer.ts'

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
