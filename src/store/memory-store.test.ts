import assert from 'node:assert/strict'
import { test } from 'node:test'
import { StoreUnavailable } from '../core/store-unavailable.ts'
import { createMemoryStore } from './memory-store.ts'
import { testStore } from './store-contract.ts'

function movableClock(): { now: () => number; pass: (ms: number) => Promise<void> } {
  let now = 1_000_000
  return {
    now: () => now,
    pass: async (ms) => {
      now += ms
    },
  }
}

const clock = movableClock()
testStore('memory', { open: async () => createMemoryStore({ clock }), pass: clock.pass })

test('set() rejects with StoreUnavailable when entriesMax is reached, and what was accepted stays', async () => {
  const store = createMemoryStore({ clock: movableClock(), entriesMax: 3 })
  await store.set('a', '1', 100)
  await store.increment('b', 1, 100)
  await store.addMember('c', 'm', 100)
  await assert.rejects(store.set('d', '1', 100), StoreUnavailable)
  await store.set('a', '2', 100)
  assert.deepEqual([await store.get('a'), await store.get('b'), await store.members('c')], ['2', '1', ['m']])
})

test('set() of one kind of keys finds room when another kind is full', async () => {
  const store = createMemoryStore({ clock: movableClock(), entriesMax: 3 })
  for (let i = 0; i < 3; i++) await store.increment(`authn:fails:${i}`, 1, 100)
  await assert.rejects(store.increment('authn:fails:4', 1, 100), StoreUnavailable)
  for (const kind of ['authn:session:', 'authn:sessions:', 'idempotency:', 'cache:', '']) {
    for (let i = 0; i < 3; i++) await store.set(`${kind}${i}`, '1', 100)
    await assert.rejects(store.set(`${kind}3`, '1', 100), StoreUnavailable)
  }
})

test('set() gives kinds without end one room', async () => {
  const store = createMemoryStore({ clock: movableClock(), entriesMax: 3 })
  let accepted = 0
  for (let i = 0; i < 100; i++)
    accepted += await store.set(`kind ${i}:x`, '1', 100).then(
      () => 1,
      () => 0,
    )
  assert.ok(accepted < 40, `${accepted}`)
  assert.equal(await store.get('kind 0:x'), '1')
})

test('set() rejects with StoreUnavailable when charactersMax is reached', async () => {
  const store = createMemoryStore({ charactersMax: 20 })
  await store.set('key', 'x'.repeat(16), 100)
  await assert.rejects(store.set('key', 'x'.repeat(17), 100), StoreUnavailable)
  await store.delete('key')
  await store.set('key', 'y'.repeat(16), 100)
  assert.equal(await store.get('key'), 'y'.repeat(16))
})

test('set() finds room again when entries have expired that nobody reads', async () => {
  const steps = movableClock()
  const store = createMemoryStore({ clock: steps, entriesMax: 1000 })
  for (let i = 0; i < 500; i++) await store.set(`old ${i}`, '', 100)
  for (let i = 0; i < 500; i++) await store.addMember('old', `m${i}`, 100)
  await steps.pass(100)
  for (let i = 0; i < 1000; i++) await store.set(`new ${i}`, '', 100)
  assert.equal(await store.get('new 999'), '')
  assert.deepEqual(await store.members('old'), [])
  await assert.rejects(store.set('one more', '', 100), StoreUnavailable)
})

test('get() rejects with StoreUnavailable when the store is closed', async () => {
  const store = createMemoryStore()
  await store.close()
  await assert.rejects(store.get('a'), StoreUnavailable)
  await assert.rejects(store.publish('a', ''), StoreUnavailable)
})

test('publish() reaches the other subscribers when one throws', async () => {
  const faults: unknown[] = []
  const store = createMemoryStore({ onFault: (fault) => faults.push(fault) })
  const heard: string[] = []
  await store.subscribe('c', {
    onMessage: () => {
      throw new Error('broken')
    },
  })
  await store.subscribe('c', { onMessage: (message) => heard.push(message) })
  await store.publish('c', 'hello')
  assert.deepEqual(heard, ['hello'])
  assert.equal(faults.length, 1)
})
