import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createIds } from '../core/ids.ts'
import { Refusal } from '../core/refusal.ts'
import type { Broker, RoomListener } from './broker.ts'
import { parsePosition } from './json-encoding.ts'
import { createMemoryBroker } from './memory-broker.ts'
import type { Member } from './member.ts'
import { RecordingOutlet } from './recording-outlet.ts'
import type { Position } from './room-event.ts'
import { createRooms, type Rooms } from './rooms.ts'

const log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} }
const limits = {
  connectionsPerUserMax: 1000,
  memberQueueBytesMax: 1_000_000,
  roomMembersMax: 1000,
  roomsMax: 10,
  historiesBytesMax: 100_000_000,
  historyBytesMax: 10_000_000,
  roomIdleTimeoutMs: 1_000_000,
}

/** Numbers that are the same in each run (mulberry32), so that a failure can be repeated. */
function createRandom(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) % below
  }
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

/** A broker as over a bad network: answers late, and loses or repeats messages on the way to the rooms. */
function createLossyBroker(random: (below: number) => number): Broker {
  const inner = createMemoryBroker({ clock: { now: () => 0 }, ids: createIds(), limits })
  const late = async <Value>(value: Value): Promise<Value> => {
    for (let i = random(4); i > 0; i--) await turn()
    return value
  }
  const wrapped = new Map<RoomListener, RoomListener>()
  const wrap = (listener: RoomListener): RoomListener => {
    const lossy: RoomListener = {
      onMessage(message, epoch) {
        if (random(10) === 0) return
        listener.onMessage(message, epoch)
        if (random(10) === 0) listener.onMessage(message, epoch)
      },
      onPresence: (change) => listener.onPresence(change),
    }
    wrapped.set(listener, lossy)
    return lossy
  }
  return {
    ...inner,
    name: 'lossy',
    publish: (...args) => inner.publish(...args),
    subscribe: async (room, listener) => late(await inner.subscribe(room, wrap(listener))),
    unsubscribe: (room, listener) => inner.unsubscribe(room, wrapped.get(listener) ?? listener),
    readSince: async (room, since) => late(await inner.readSince(room, since)),
    readRecent: async (room, countMax) => late(await inner.readRecent(room, countMax)),
    enter: (...args) => inner.enter(...args),
    leave: (...args) => inner.leave(...args),
    present: (...args) => inner.present(...args),
    close: () => inner.close(),
  }
}

/** A client that loses its connection at random, comes back with its position, and checks what it hears. */
class Client {
  readonly name: string
  /** Offsets heard since the last start from nothing. */
  heard: number[] = []
  gaveUp = 0
  #position: Position | null = null
  #member: Member | null = null
  #outlet = new RecordingOutlet()
  #read = 0

  constructor(name: string) {
    this.name = name
  }

  get isIn(): boolean {
    return this.#member !== null && !this.#member.isOver
  }

  async connect(rooms: Rooms): Promise<void> {
    this.#outlet = new RecordingOutlet()
    this.#read = 0
    const outlet = this.#outlet
    const member = await rooms.join('/r', {
      policy: { historyMax: 40, hasPresence: false, slow: 'disconnect' },
      who: { user: this.name, name: this.name },
      outlet,
      since: this.#position,
      recheck: () => null,
    })
    assert.ok(!(member instanceof Refusal))
    this.#member = member
  }

  disconnect(): void {
    this.hear()
    this.#member?.leave('lost')
    this.#member = null
  }

  hear(): void {
    for (const event of this.#outlet.events.slice(this.#read)) {
      if (event['type'] === 'joined') this.#start(event)
      else this.#next(event['offset'])
    }
    this.#read = this.#outlet.texts.length
  }

  #start(event: Readonly<Record<string, unknown>>): void {
    const position = parsePosition(String(event['position'])) ?? assert.fail()
    if (event['recovered'] === true) assert.deepEqual(position, this.#position)
    else this.heard = []
    if (event['recovered'] === false) this.gaveUp++
    this.#position = position
  }

  #next(offset: unknown): void {
    assert.ok(typeof offset === 'number' && this.#position !== null)
    assert.equal(offset, this.#position.offset + 1, `${this.name} heard ${offset}`)
    this.heard.push(offset)
    this.#position = { epoch: this.#position.epoch, offset }
  }
}

async function run(seed: number): Promise<{ readonly heard: number; readonly gaveUp: number }> {
  const random = createRandom(seed)
  const rooms = createRooms({ broker: createLossyBroker(random), clock: { now: () => 0 }, limits, log })
  const clients = Array.from({ length: 8 }, (_, i) => new Client(`client-${i}`))
  let published = 0
  for (let step = 0; step < 400; step++) {
    const client = clients[random(clients.length)] ?? assert.fail()
    if (random(3) > 0) {
      const draft = { type: 'say', dataJson: String(++published), author: null, key: null }
      await rooms.publish('/r', draft, 40)
    } else if (client.isIn) client.disconnect()
    else await client.connect(rooms)
    if (random(4) === 0) await turn()
  }
  for (const client of clients) if (!client.isIn) await client.connect(rooms)
  // A lost last message is seen when the next one comes, or the next member: here a few come.
  for (let i = 0; i < 30; i++) {
    await rooms.publish('/r', { type: 'say', dataJson: String(++published), author: null, key: null }, 40)
    for (let j = 0; j < 10; j++) await turn()
  }
  for (const client of clients) client.hear()
  const last = clients.map(({ heard }) => heard.at(-1) ?? 0)
  assert.ok(Math.min(...last) >= published - 10, `seed ${seed}: ${last.join(' ')} of ${published}`)
  await rooms.close()
  const sum = (pick: (client: Client) => number): number => clients.reduce((total, client) => total + pick(client), 0)
  return { heard: sum(({ heard }) => heard.length), gaveUp: sum(({ gaveUp }) => gaveUp) }
}

test('members hear every message once and in order, whatever is lost on the way', async () => {
  let heard = 0
  let gaveUp = 0
  for (let seed = 1; seed <= 20; seed++) {
    const result = await run(seed)
    heard += result.heard
    gaveUp += result.gaveUp
  }
  assert.ok(heard > 10_000, `heard ${heard}`)
  assert.ok(gaveUp > 0, 'some were away for more than the history')
})
