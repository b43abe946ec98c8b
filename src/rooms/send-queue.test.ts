import assert from 'node:assert/strict'
import { test } from 'node:test'
import { RecordingOutlet } from './recording-outlet.ts'
import { SendQueue } from './send-queue.ts'

const CONGESTED = 16 * 1024
const bytes = (text: string): Uint8Array => Buffer.from(text)

function congested(): RecordingOutlet {
  const outlet = new RecordingOutlet()
  outlet.stall()
  outlet.write(Buffer.alloc(CONGESTED, 0x2e))
  return outlet
}

const heard = (outlet: RecordingOutlet): readonly string[] => {
  outlet.read()
  return outlet.texts.slice(1)
}

test('SendQueue "disconnect" is true up to the bound and false beyond it', () => {
  const queue = new SendQueue(congested(), 'disconnect', CONGESTED + 10)
  assert.equal(queue.send(bytes('0123456789'), null), true)
  assert.equal(queue.send(bytes('0'), null), false)
})

test('SendQueue sends one message larger than the bound to a member that keeps up', () => {
  const outlet = new RecordingOutlet()
  assert.equal(new SendQueue(outlet, 'disconnect', 10).send(Buffer.alloc(100), null), true)
})

test('SendQueue "drop-oldest" drops what waited longest', () => {
  const outlet = congested()
  const queue = new SendQueue(outlet, 'drop-oldest', CONGESTED + 10)
  for (let i = 0; i < 5; i++) assert.equal(queue.send(bytes(`msg-${i}`), null), true)
  assert.deepEqual(heard(outlet), ['msg-3', 'msg-4'])
})

test('SendQueue "coalesce" keeps the newest of each key', () => {
  const outlet = congested()
  const queue = new SendQueue(outlet, 'coalesce', CONGESTED + 100)
  for (let i = 0; i < 50; i++) assert.equal(queue.send(bytes(`a${i}`), 'a'), true)
  queue.send(bytes('no key 1'), null)
  queue.send(bytes('b'), 'b')
  queue.send(bytes('no key 2'), null)
  queue.send(bytes('a last'), 'a')
  assert.deepEqual(heard(outlet), ['no key 1', 'b', 'no key 2', 'a last'])
})

test('SendQueue "coalesce" is false beyond the bound when keys differ', () => {
  const queue = new SendQueue(congested(), 'coalesce', CONGESTED + 10)
  assert.equal(queue.send(bytes('0123456789'), 'a'), true)
  assert.equal(queue.send(bytes('0'), 'b'), false)
})

test('sendPaced() waits until the outlet was read', async () => {
  const outlet = congested()
  const queue = new SendQueue(outlet, 'disconnect', CONGESTED)
  const wait = queue.sendPaced(bytes('a'))
  assert.ok(wait instanceof Promise)
  assert.equal(outlet.bufferedBytes, CONGESTED)
  outlet.read()
  await wait
  assert.equal(queue.sendPaced(bytes('b')), undefined)
  assert.deepEqual(heard(outlet), ['a', 'b'])
})

test('sendPaced() ends when the member is gone', async () => {
  const queue = new SendQueue(congested(), 'disconnect', CONGESTED)
  const wait = queue.sendPaced(bytes('a'))
  queue.clear()
  await wait
})
