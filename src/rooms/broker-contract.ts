import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type MaybePromise, Refusal } from '../core/refusal.ts'
import type { Broker, RoomListener } from './broker.ts'
import type { Draft, PresenceChange, RoomMessage } from './room-event.ts'

/**
 * A subject of the contract: brokers as several processes have them, which share their rooms; or the one of a process
 * alone. They remember at least 100 short messages a room.
 */
export type BrokerFactory = () => MaybePromise<readonly [Broker, ...Broker[]]>

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
  const run: Run = (title, body) => {
    test(`${name} broker ${title}`, async () => {
      const brokers = await create()
      const [near] = brokers
      try {
        await body(near, brokers.at(-1) ?? near)
      } finally {
        for (const broker of brokers) await broker.close()
      }
    })
  }
  testOrder(run)
  testHistory(run)
  testPresence(run)
}

/** What `near` does, `far` must see: they are the same where a broker serves one process. */
type Run = (title: string, body: (near: Broker, far: Broker) => Promise<void>) => void

function testOrder(run: Run): void {
  run('gives offsets from 1 in the order of publishing, the same to all listeners', async (near, far) => {
    const [a, b] = [new Listening(), new Listening()]
    const start = await far.subscribe('/r', a)
    await near.subscribe('/r', b)
    assert.equal(start.offset, 0)
    for (let i = 0; i < 10; i++) await near.publish('/r', draft(String(i)), 0)
    await until(() => a.messages.length === 10 && b.messages.length === 10)
    assert.deepEqual(
      a.messages.map(({ offset }) => offset),
      [1, 2, 3, 4, 5, 6, 7, 8, 9, 10],
    )
    assert.deepEqual(a.messages, b.messages)
    assert.deepEqual([...a.epochs], [start.epoch])
  })

  run('gives one order to what several publish at once', async (near, far) => {
    const [a, b] = [new Listening(), new Listening()]
    await near.subscribe('/r', a)
    await far.subscribe('/r', b)
    const publish = async (broker: Broker, text: string) => broker.publish('/r', draft(text), 100)
    const positions = await Promise.all(
      Array.from({ length: 50 }, (_, i) => [publish(near, `n${i}`), publish(far, `f${i}`)]).flat(),
    )
    await until(() => a.messages.length === 100 && b.messages.length === 100)
    assert.deepEqual(a.messages, b.messages)
    assert.deepEqual(
      a.messages.map(({ offset }) => offset),
      Array.from({ length: 100 }, (_, i) => i + 1),
    )
    // Who published was told the place that all others see.
    for (const [i, position] of positions.entries()) {
      const text = `${i % 2 === 0 ? 'n' : 'f'}${Math.floor(i / 2)}`
      assert.equal(a.messages[(position?.offset ?? 0) - 1]?.dataJson, text)
    }
    for (const letter of ['n', 'f']) {
      const own = a.texts.filter((text) => text.startsWith(letter))
      assert.deepEqual(
        own,
        Array.from({ length: 50 }, (_, i) => `${letter}${i}`),
      )
    }
  })

  run('lets a listener hear all that comes after the position that subscribe() gives', async (near, far) => {
    await near.subscribe('/r', new Listening())
    const listener = new Listening()
    const isOver = { now: false }
    const speak = async (): Promise<void> => {
      for (let i = 0; i < 500 && !isOver.now; i++) await near.publish('/r', draft(String(i)), 0)
    }
    const speaking = speak()
    const start = await far.subscribe('/r', listener)
    await until(() => listener.messages.length > 0 || start.offset === 500)
    isOver.now = true
    await speaking
    const first = listener.messages.find(({ offset }) => offset > start.offset)
    assert.ok(first === undefined || first.offset === start.offset + 1, `${start.offset} then ${first?.offset}`)
  })

  run('carries type, content and author', async (near, far) => {
    const listener = new Listening()
    await far.subscribe('/r', listener)
    await near.publish('/r', { type: 'say', dataJson: '{"é":1}', author: susie, key: 'k' }, 0)
    await near.publish('/r', { type: 'say', dataJson: '{"of":"the server"}', author: null, key: null }, 0)
    await until(() => listener.messages.length === 2)
    const [first = assert.fail(), second = assert.fail()] = listener.messages
    const { type, dataJson, author, key } = first
    assert.deepEqual({ type, dataJson, author, key }, { type: 'say', dataJson: '{"é":1}', author: susie, key: 'k' })
    assert.deepEqual([second.author, second.key], [null, null])
    assert.ok(Number.isFinite(first.atMs))
  })

  run('keeps rooms apart', async (near, far) => {
    const listener = new Listening()
    await far.subscribe('/a', listener)
    await near.publish('/b', draft('1'), 10)
    await near.publish('/a', draft('2'), 10)
    await until(() => listener.messages.length === 1)
    assert.deepEqual(listener.texts, ['2'])
    assert.equal(listener.messages[0]?.offset, 1)
  })

  run('tells a listener nothing after it unsubscribed, and others go on', async (near, far) => {
    const [gone, here, elsewhere] = [new Listening(), new Listening(), new Listening()]
    await far.subscribe('/r', gone)
    await near.subscribe('/r', here)
    await far.subscribe('/other', elsewhere)
    far.unsubscribe('/r', gone)
    await near.publish('/r', draft('1'), 0)
    await near.publish('/other', draft('2'), 0)
    await until(() => here.messages.length === 1 && elsewhere.messages.length === 1)
    assert.deepEqual(gone.messages, [])
  })

  run('gives null when nobody listens and nothing is remembered', async (near) => {
    assert.equal(await near.publish('/nobody', draft('1'), 0), null)
  })
}

function testHistory(run: Run): void {
  run('gives all messages after a position', async (near, far) => {
    let position = null
    for (let i = 1; i <= 10; i++) {
      const now = await near.publish('/r', draft(String(i)), 100)
      if (i === 4) position = now
    }
    const page = await far.readSince('/r', position ?? assert.fail())
    assert.ok(!(page instanceof Refusal))
    assert.deepEqual(
      page.messages.map(({ dataJson }) => dataJson),
      ['5', '6', '7', '8', '9', '10'],
    )
    assert.equal(page.position.offset, 10)
  })

  run('gives an empty page when nothing was missed', async (near, far) => {
    const position = await near.publish('/r', draft('1'), 100)
    const page = await far.readSince('/r', position ?? assert.fail())
    assert.ok(!(page instanceof Refusal))
    assert.deepEqual(page.messages, [])
  })

  run('refuses rather than give a part when messages were forgotten', async (near, far) => {
    const first = await near.publish('/r', draft('1'), 3)
    for (let i = 2; i <= 5; i++) await near.publish('/r', draft(String(i)), 3)
    const position = first ?? assert.fail()
    assert.ok((await far.readSince('/r', position)) instanceof Refusal)
    const page = await far.readSince('/r', { ...position, offset: 2 })
    assert.ok(!(page instanceof Refusal))
    assert.equal(page.messages.length, 3)
  })

  run('remembers what the channel says that remembers most, where several share a room', async (near, far) => {
    const first = (await near.publish('/r', draft('1'), 10)) ?? assert.fail()
    for (const [text, historyMax] of [
      ['2', 10],
      ['3', 0],
      ['4', 1],
    ] as const)
      await far.publish('/r', draft(text), historyMax)
    const page = await near.readSince('/r', first)
    assert.ok(!(page instanceof Refusal))
    assert.deepEqual(
      page.messages.map(({ offset, dataJson }) => [offset, dataJson]),
      [
        [2, '2'],
        [3, '3'],
        [4, '4'],
      ],
    )
  })

  run('refuses what was never remembered', async (near, far) => {
    const listener = new Listening()
    const start = await far.subscribe('/r', listener)
    await near.publish('/r', draft('1'), 0)
    await until(() => listener.messages.length === 1)
    const page = await far.readSince('/r', start)
    assert.ok(page instanceof Refusal)
    assert.equal(page.code, 'ROOMS_NOT_RECOVERABLE')
  })

  run('refuses another epoch and a position that is still to come', async (near, far) => {
    const position = (await near.publish('/r', draft('1'), 100)) ?? assert.fail()
    for (const since of [
      { ...position, epoch: 'other' },
      { ...position, offset: 2 },
    ]) {
      const page = await far.readSince('/r', since)
      assert.ok(page instanceof Refusal)
      assert.equal(page.code, 'ROOMS_NOT_RECOVERABLE')
    }
  })

  run('gives the last messages to a newcomer', async (near, far) => {
    for (let i = 1; i <= 5; i++) await near.publish('/r', draft(String(i)), 100)
    const page = await far.readRecent('/r', 2)
    assert.deepEqual(
      page.messages.map(({ dataJson }) => dataJson),
      ['4', '5'],
    )
    assert.equal(page.position.offset, 5)
    assert.deepEqual((await far.readRecent('/r', 0)).messages, [])
    const start = await far.subscribe('/r', new Listening())
    assert.deepEqual(start, page.position)
  })
}

function testPresence(run: Run): void {
  run('tells of the first connection and of the last, not of those between', async (near, far) => {
    const listener = new Listening()
    await far.subscribe('/r', listener)
    await near.enter('/r', calvin)
    await far.enter('/r', calvin)
    await near.enter('/r', susie)
    await near.leave('/r', calvin)
    assert.deepEqual(new Set(await far.present('/r')), new Set([calvin, susie]))
    await far.leave('/r', calvin)
    await until(() => listener.presence.length === 3)
    assert.deepEqual(
      listener.presence.map(({ change, who }) => `${who.name} ${change}`),
      ['calvin joined', 'susie joined', 'calvin left'],
    )
    assert.deepEqual(await near.present('/r'), [susie])
  })

  run('keeps a guest apart from the user of that name', async (near, far) => {
    await near.enter('/r', calvin)
    await near.enter('/r', { user: null, name: 'calvin' })
    assert.equal((await far.present('/r')).length, 2)
  })

  run('tells of those who go with a process that ends', async (near, far) => {
    // A broker of one process ends with its rooms.
    if (near === far) return
    const listener = new Listening()
    await far.subscribe('/r', listener)
    await near.enter('/r', calvin)
    await near.close()
    await until(() => listener.presence.length === 2)
    assert.deepEqual(await far.present('/r'), [])
  })
}
