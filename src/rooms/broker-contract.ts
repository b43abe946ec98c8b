import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Refusal } from '../core/refusal.ts'
import type { Broker, RoomListener } from './broker.ts'
import type { Draft, PresenceChange, RoomMessage } from './room-event.ts'

/** A subject of the contract: a broker that remembers at least 100 short messages a room. */
export type BrokerFactory = () => Promise<Broker> | Broker

const calvin = { user: 'calvin', name: 'calvin' }
const susie = { user: 'susie', name: 'susie' }
const draft = (dataJson: string): Draft => ({ type: 'say', dataJson, author: calvin, key: null })

class Listening implements RoomListener {
  readonly messages: RoomMessage[] = []
  readonly epochs = new Set<string>()
  readonly presence: PresenceChange[] = []

  onMessage(message: RoomMessage, epoch: string): void {
    this.messages.push(message)
    this.epochs.add(epoch)
  }

  onPresence(change: PresenceChange): void {
    this.presence.push(change)
  }

  get texts(): readonly string[] {
    return this.messages.map(({ dataJson }) => dataJson)
  }
}

/** Waits until `isDone`, for brokers that carry messages over a network; gives up after five seconds. */
async function until(isDone: () => boolean): Promise<void> {
  for (let i = 0; i < 500 && !isDone(); i++) await new Promise((resolve) => setTimeout(resolve, 10))
  assert.ok(isDone())
}

/** Registers the tests that every broker passes. */
export function brokerContract(name: string, create: BrokerFactory): void {
  const run = (title: string, body: (broker: Broker) => Promise<void>): void => {
    test(`${name} broker ${title}`, async () => {
      const broker = await create()
      try {
        await body(broker)
      } finally {
        await broker.close()
      }
    })
  }
  testOrder(run)
  testHistory(run)
  testPresence(run)
}

type Run = (title: string, body: (broker: Broker) => Promise<void>) => void

function testOrder(run: Run): void {
  run('gives offsets from 1 in the order of publishing, the same to all listeners', async (broker) => {
    const [a, b] = [new Listening(), new Listening()]
    const start = await broker.subscribe('/r', a)
    await broker.subscribe('/r', b)
    assert.equal(start.offset, 0)
    for (let i = 0; i < 10; i++) await broker.publish('/r', draft(String(i)), 0)
    await until(() => a.messages.length === 10 && b.messages.length === 10)
    assert.deepEqual(
      a.messages.map(({ offset }) => offset),
      [1, 2, 3, 4, 5, 6, 7, 8, 9, 10],
    )
    assert.deepEqual(a.messages, b.messages)
    assert.deepEqual([...a.epochs], [start.epoch])
  })

  run('carries type, content and author', async (broker) => {
    const listener = new Listening()
    await broker.subscribe('/r', listener)
    await broker.publish('/r', { type: 'say', dataJson: '{"é":1}', author: susie, key: 'k' }, 0)
    await until(() => listener.messages.length === 1)
    const { type, dataJson, author, key } = listener.messages[0] ?? assert.fail()
    assert.deepEqual({ type, dataJson, author, key }, { type: 'say', dataJson: '{"é":1}', author: susie, key: 'k' })
  })

  run('keeps rooms apart', async (broker) => {
    const listener = new Listening()
    await broker.subscribe('/a', listener)
    await broker.publish('/b', draft('1'), 10)
    await broker.publish('/a', draft('2'), 10)
    await until(() => listener.messages.length === 1)
    assert.deepEqual(listener.texts, ['2'])
    assert.equal(listener.messages[0]?.offset, 1)
  })

  run('tells a listener nothing after it unsubscribed', async (broker) => {
    const [gone, here] = [new Listening(), new Listening()]
    await broker.subscribe('/r', gone)
    await broker.subscribe('/r', here)
    broker.unsubscribe('/r', gone)
    await broker.publish('/r', draft('1'), 0)
    await until(() => here.messages.length === 1)
    assert.deepEqual(gone.messages, [])
  })

  run('gives null when nobody listens and nothing is remembered', async (broker) => {
    assert.equal(await broker.publish('/nobody', draft('1'), 0), null)
  })
}

function testHistory(run: Run): void {
  run('gives all messages after a position', async (broker) => {
    let position = null
    for (let i = 1; i <= 10; i++) {
      const now = await broker.publish('/r', draft(String(i)), 100)
      if (i === 4) position = now
    }
    const page = await broker.readSince('/r', position ?? assert.fail())
    assert.ok(!(page instanceof Refusal))
    assert.deepEqual(
      page.messages.map(({ dataJson }) => dataJson),
      ['5', '6', '7', '8', '9', '10'],
    )
    assert.equal(page.position.offset, 10)
  })

  run('gives an empty page when nothing was missed', async (broker) => {
    const position = await broker.publish('/r', draft('1'), 100)
    const page = await broker.readSince('/r', position ?? assert.fail())
    assert.ok(!(page instanceof Refusal))
    assert.deepEqual(page.messages, [])
  })

  run('refuses rather than give a part when messages were forgotten', async (broker) => {
    const first = await broker.publish('/r', draft('1'), 3)
    for (let i = 2; i <= 5; i++) await broker.publish('/r', draft(String(i)), 3)
    const position = first ?? assert.fail()
    assert.ok((await broker.readSince('/r', position)) instanceof Refusal)
    const page = await broker.readSince('/r', { ...position, offset: 2 })
    assert.ok(!(page instanceof Refusal))
    assert.equal(page.messages.length, 3)
  })

  run('refuses another epoch and a position that is still to come', async (broker) => {
    const position = (await broker.publish('/r', draft('1'), 100)) ?? assert.fail()
    for (const since of [
      { ...position, epoch: 'other' },
      { ...position, offset: 2 },
    ]) {
      const page = await broker.readSince('/r', since)
      assert.ok(page instanceof Refusal)
      assert.equal(page.code, 'ROOMS_NOT_RECOVERABLE')
    }
  })

  run('gives the last messages to a newcomer', async (broker) => {
    for (let i = 1; i <= 5; i++) await broker.publish('/r', draft(String(i)), 100)
    const page = await broker.readRecent('/r', 2)
    assert.deepEqual(
      page.messages.map(({ dataJson }) => dataJson),
      ['4', '5'],
    )
    assert.equal(page.position.offset, 5)
    assert.deepEqual((await broker.readRecent('/r', 0)).messages, [])
  })
}

function testPresence(run: Run): void {
  run('tells of the first connection and of the last, not of those between', async (broker) => {
    const listener = new Listening()
    await broker.subscribe('/r', listener)
    await broker.enter('/r', calvin)
    await broker.enter('/r', calvin)
    await broker.enter('/r', susie)
    await broker.leave('/r', calvin)
    assert.deepEqual(new Set(await broker.present('/r')), new Set([calvin, susie]))
    await broker.leave('/r', calvin)
    await until(() => listener.presence.length === 3)
    assert.deepEqual(
      listener.presence.map(({ change, who }) => `${who.name} ${change}`),
      ['calvin joined', 'susie joined', 'calvin left'],
    )
    assert.deepEqual(await broker.present('/r'), [susie])
  })

  run('keeps a guest apart from the user of that name', async (broker) => {
    await broker.enter('/r', calvin)
    await broker.enter('/r', { user: null, name: 'calvin' })
    assert.equal((await broker.present('/r')).length, 2)
  })
}
