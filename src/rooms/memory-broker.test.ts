import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createIds } from '../core/ids.ts'
import { Refusal } from '../core/refusal.ts'
import { brokerContract } from './broker-contract.ts'
import { createMemoryBroker } from './memory-broker.ts'
import type { Draft } from './room-event.ts'

const limits = { historiesBytesMax: 150_000, historyBytesMax: 100_000, roomIdleTimeoutMs: 1000, roomsMax: 3 }
const draft: Draft = { type: 'say', dataJson: '"hi"', author: null, key: null }

function create(clock = { nowMs: 0 }) {
  return createMemoryBroker({ clock: { now: () => clock.nowMs }, ids: createIds(), limits })
}

brokerContract('memory', () => [create()])

test('createMemoryBroker() forgets the oldest messages at historyBytesMax', async () => {
  const broker = create()
  const large = { ...draft, dataJson: JSON.stringify('x'.repeat(10_000)) }
  for (let i = 0; i < 50; i++) await broker.publish('/r', large, 1000)
  const { messages } = await broker.readRecent('/r', 1000)
  assert.equal(messages.length, 9)
  assert.equal(messages.at(-1)?.offset, 50)
})

test('createMemoryBroker() forgets what nobody hears, then the oldest of the room that speaks, at historiesBytesMax', async () => {
  const broker = create()
  const large = { ...draft, dataJson: JSON.stringify('x'.repeat(10_000)) }
  const countOf = async (room: string): Promise<number> => (await broker.readRecent(room, 1000)).messages.length
  const listener = { onMessage: () => undefined, onPresence: () => undefined }
  for (const room of ['/heard', '/a']) await broker.subscribe(room, listener)
  for (const room of ['/heard', '/silent', '/a']) for (let i = 0; i < 6; i++) await broker.publish(room, large, 1000)
  assert.deepEqual([await countOf('/heard'), await countOf('/a')], [6, 6])
  for (let i = 0; i < 6; i++) await broker.publish('/a', large, 1000)
  assert.deepEqual([await countOf('/heard'), await countOf('/a')], [6, 8])
  // What was forgotten is no gap: nothing of it can be recovered.
  assert.equal(await countOf('/silent'), 0)
})

test('createMemoryBroker() forgets an empty room after roomIdleTimeoutMs', async () => {
  const clock = { nowMs: 0 }
  const broker = create(clock)
  const position = (await broker.publish('/old', draft, 10)) ?? assert.fail()
  clock.nowMs = 999
  await broker.publish('/other', draft, 10)
  assert.ok(!((await broker.readSince('/old', position)) instanceof Refusal))
  clock.nowMs = 1000
  await broker.publish('/third', draft, 10)
  assert.ok((await broker.readSince('/old', position)) instanceof Refusal)
})

test('createMemoryBroker() remembers no more than roomsMax empty rooms', async () => {
  const broker = create()
  const first = (await broker.publish('/0', draft, 10)) ?? assert.fail()
  for (let i = 1; i <= 3; i++) await broker.publish(`/${i}`, draft, 10)
  assert.ok((await broker.readSince('/0', first)) instanceof Refusal)
})

test('createMemoryBroker() starts a new epoch when a room without history empties', async () => {
  const broker = create()
  const listener = { onMessage: () => {}, onPresence: () => {} }
  const before = await broker.subscribe('/r', listener)
  broker.unsubscribe('/r', listener)
  assert.notEqual((await broker.subscribe('/r', listener)).epoch, before.epoch)
})
