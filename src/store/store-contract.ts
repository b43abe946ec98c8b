import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { Store } from './store.ts'

/** How the suite gets a store, and how it lets time pass for it. */
export interface StoreFixture {
  readonly open: () => Promise<Store>
  /** Moves the clock of the store, or waits where it has a clock of its own. */
  readonly pass: (ms: number) => Promise<void>
}

const LONG_MS = 60_000
/** A TTL that ends while the test runs. */
const SHORT_MS = 60

/** Registers what every store must do; run it on each implementation. */
export function testStore(name: string, fixture: StoreFixture): void {
  describe(`store contract: ${name}`, () => {
    let store: Store
    let count = 0
    const fresh = (): string => `contract ${++count} é:*`
    before(async () => {
      store = await fixture.open()
    })
    after(() => store.close())
    const context: Context = { store: () => store, fresh, pass: fixture.pass }
    testTexts(context)
    testOneWinner(context)
    testTtls(context)
    testCounters(context)
    testSets(context)
    testChannels(context)
  })
}

interface Context {
  readonly store: () => Store
  /** A key that no other test has. */
  readonly fresh: () => string
  readonly pass: (ms: number) => Promise<void>
}

function testTexts({ store, fresh }: Context): void {
  test('get() gives null when nothing was set', async () => {
    assert.equal(await store().get(fresh()), null)
  })

  test('get() gives back any text as it was set', async () => {
    const key = fresh()
    for (const text of ['', 'plain', 'é \u{1f600} \0 \r\n "', 'x'.repeat(100_000)]) {
      await store().set(key, text, LONG_MS)
      assert.equal(await store().get(key), text)
    }
  })

  test('delete() is true once and the entry is gone', async () => {
    const key = fresh()
    await store().set(key, 'a', LONG_MS)
    assert.equal(await store().delete(key), true)
    assert.equal(await store().delete(key), false)
    assert.equal(await store().get(key), null)
  })

  test('set() rejects with a RangeError when the TTL is not a positive whole number', async () => {
    for (const ttlMs of [0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY]) {
      await assert.rejects(store().set(fresh(), 'a', ttlMs), RangeError)
    }
  })
}

function testOneWinner({ store, fresh }: Context): void {
  test('setIfAbsent() is true for one of many callers at once', async () => {
    const key = fresh()
    const wins = await Promise.all(['a', 'b', 'c', 'd'].map((value) => store().setIfAbsent(key, value, LONG_MS)))
    assert.equal(wins.filter(Boolean).length, 1)
    assert.equal(await store().get(key), ['a', 'b', 'c', 'd'][wins.indexOf(true)])
  })

  test('replace() is true for one of many callers at once', async () => {
    const key = fresh()
    await store().set(key, 'old', LONG_MS)
    const change = { value: 'new', ttlMs: LONG_MS }
    const wins = await Promise.all([1, 2, 3].map(() => store().replace(key, 'old', change)))
    assert.equal(wins.filter(Boolean).length, 1)
    assert.equal(await store().get(key), 'new')
  })

  test('replace() changes nothing when there is no entry', async () => {
    const key = fresh()
    assert.equal(await store().replace(key, '', { value: 'new', ttlMs: LONG_MS }), false)
    assert.equal(await store().get(key), null)
  })

  test('getAndDelete() gives the value to one of many callers at once', async () => {
    const key = fresh()
    await store().set(key, 'once', LONG_MS)
    const values = await Promise.all([1, 2, 3].map(() => store().getAndDelete(key)))
    assert.deepEqual(
      values.filter((value) => value !== null),
      ['once'],
    )
    assert.equal(await store().get(key), null)
  })
}

function testTtls({ store, fresh, pass }: Context): void {
  test('get() gives null when the TTL has ended', async () => {
    const key = fresh()
    const getBoth = async (): Promise<unknown> => {
      const text = await store().get(key)
      if (store().getNow !== undefined) assert.equal(store().getNow?.(key), text)
      return text
    }
    assert.equal(await getBoth(), null)
    await store().set(key, 'a', SHORT_MS)
    assert.equal(await getBoth(), 'a')
    await pass(SHORT_MS)
    assert.equal(await getBoth(), null)
    assert.equal(await store().delete(key), false)
  })

  test('setIfAbsent() is true again when the TTL has ended', async () => {
    const key = fresh()
    await store().setIfAbsent(key, 'a', SHORT_MS)
    await pass(SHORT_MS)
    assert.equal(await store().setIfAbsent(key, 'b', LONG_MS), true)
  })

  test('touch() makes an entry live longer and is false when there is none', async () => {
    const [key, other] = [fresh(), fresh()]
    await store().set(key, 'a', SHORT_MS)
    assert.equal(await store().touch(key, LONG_MS), true)
    await pass(SHORT_MS)
    assert.equal(await store().get(key), 'a')
    assert.equal(await store().touch(other, LONG_MS), false)
  })

  test('replace() gives the entry its new TTL', async () => {
    const key = fresh()
    await store().set(key, 'a', LONG_MS)
    await store().replace(key, 'a', { value: 'b', ttlMs: SHORT_MS })
    await pass(SHORT_MS)
    assert.equal(await store().get(key), null)
  })
}

function testCounters({ store, fresh, pass }: Context): void {
  test('increment() counts every one of many callers at once', async () => {
    const key = fresh()
    const counters = await Promise.all([1, 2, 3, 4, 5].map(() => store().increment(key, 1, LONG_MS)))
    assert.deepEqual(
      counters.map(({ count }) => count).toSorted((a, b) => a - b),
      [1, 2, 3, 4, 5],
    )
    assert.equal(await store().get(key), '5')
  })

  test('increment() keeps the TTL of the first one', async () => {
    const key = fresh()
    await store().increment(key, 2, SHORT_MS)
    const { count, ttlMs } = await store().increment(key, -1, LONG_MS)
    assert.equal(count, 1)
    assert.ok(ttlMs > 0 && ttlMs <= SHORT_MS)
    await pass(SHORT_MS)
    assert.equal((await store().increment(key, 1, LONG_MS)).count, 1)
  })

  test('increment() rejects with a RangeError and changes nothing when the count leaves the safe integers', async () => {
    const key = fresh()
    await store().increment(key, Number.MAX_SAFE_INTEGER, LONG_MS)
    await assert.rejects(store().increment(key, 1, LONG_MS), RangeError)
    await assert.rejects(store().increment(key, 0.5, LONG_MS), RangeError)
    assert.equal(await store().get(key), String(Number.MAX_SAFE_INTEGER))
  })

  test('increment() rejects with a RangeError when the entry is not a number', async () => {
    const key = fresh()
    await store().set(key, 'text', LONG_MS)
    await assert.rejects(store().increment(key, 1, LONG_MS), RangeError)
  })
}

function testSets({ store, fresh, pass }: Context): void {
  test('members() gives what was added and not removed, once each', async () => {
    const key = fresh()
    for (const member of ['a', 'b', 'c', 'a']) await store().addMember(key, member, LONG_MS)
    assert.equal(await store().removeMember(key, 'b'), true)
    assert.equal(await store().removeMember(key, 'b'), false)
    assert.deepEqual((await store().members(key)).toSorted(), ['a', 'c'])
    assert.deepEqual(await store().members(fresh()), [])
  })

  test('members() leaves out a member whose TTL has ended and keeps the others', async () => {
    const key = fresh()
    await store().addMember(key, 'long', LONG_MS)
    await store().addMember(key, 'short', SHORT_MS)
    await store().addMember(key, 'renewed', SHORT_MS)
    await store().addMember(key, 'renewed', LONG_MS)
    await pass(SHORT_MS)
    assert.deepEqual((await store().members(key)).toSorted(), ['long', 'renewed'])
    assert.equal(await store().removeMember(key, 'short'), false)
  })

  test('delete() empties a set', async () => {
    const key = fresh()
    await store().addMember(key, 'a', LONG_MS)
    assert.equal(await store().delete(key), true)
    assert.deepEqual(await store().members(key), [])
  })

  test('members() keeps sets apart when a key continues like a member', async () => {
    const key = fresh()
    await store().addMember(key, '1a', LONG_MS)
    await store().addMember(`${key}1`, 'b', LONG_MS)
    assert.deepEqual(await store().members(key), ['1a'])
    assert.deepEqual(await store().members(`${key}1`), ['b'])
  })
}

function testChannels({ store, fresh }: Context): void {
  test('subscribe() gets each later message once and in order, until it unsubscribes', async () => {
    const channel = fresh()
    const inbox = collect(2)
    await store().publish(channel, 'before')
    const unsubscribe = await store().subscribe(channel, { onMessage: inbox.add })
    await store().publish(channel, 'one')
    await store().publish(channel, 'two é')
    assert.deepEqual(await inbox.full, ['one', 'two é'])
    await unsubscribe()
    await store().publish(channel, 'after')
    await roundTrip(store(), fresh())
    assert.deepEqual(inbox.messages, ['one', 'two é'])
  })

  test('publish() reaches every subscriber of the channel and nobody else', async () => {
    const [channel, other] = [fresh(), fresh()]
    const [first, second, third] = [collect(1), collect(1), collect(1)]
    const leave = await store().subscribe(channel, { onMessage: first.add })
    await store().subscribe(channel, { onMessage: second.add })
    await store().subscribe(other, { onMessage: third.add })
    await store().publish(channel, 'hello')
    assert.deepEqual([await first.full, await second.full], [['hello'], ['hello']])
    await leave()
    await store().publish(channel, 'again')
    await roundTrip(store(), fresh())
    assert.deepEqual([first.messages, second.messages, third.messages], [['hello'], ['hello', 'again'], []])
  })
}

/** Resolves when all that was published before has been delivered: channels of one store keep one order. */
async function roundTrip(store: Store, channel: string): Promise<void> {
  const inbox = collect(1)
  const unsubscribe = await store.subscribe(channel, { onMessage: inbox.add })
  await store.publish(channel, 'round trip')
  await inbox.full
  await unsubscribe()
}

interface Inbox {
  readonly messages: string[]
  readonly add: (message: string) => void
  readonly full: Promise<readonly string[]>
}

function collect(size: number): Inbox {
  const messages: string[] = []
  const { promise, resolve } = Promise.withResolvers<readonly string[]>()
  const add = (message: string): void => {
    messages.push(message)
    if (messages.length === size) resolve([...messages])
  }
  return { messages, add, full: promise }
}
