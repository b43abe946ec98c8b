import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createIds } from '../core/ids.ts'
import { Refusal, type MaybePromise } from '../core/refusal.ts'
import { createMemoryBroker } from './memory-broker.ts'
import type { LeaveReason, Member } from './member.ts'
import { RecordingOutlet } from './recording-outlet.ts'
import type { Draft, Occupant, Position } from './room-event.ts'
import { createRooms, type JoinRequest, type Rooms } from './rooms.ts'

const limits = {
  connectionsPerUserMax: 3,
  memberQueueBytesMax: 2000,
  roomMembersMax: 100,
  roomsMax: 10,
  historiesBytesMax: 10_000_000,
  historyBytesMax: 1_000_000,
  roomIdleTimeoutMs: 1000,
}
const log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} }
const HISTORY = 50

function create(clock = { now: () => 0 }): Rooms {
  const broker = createMemoryBroker({ clock, ids: createIds(), limits })
  return createRooms({ broker, clock, limits, log })
}

function occupant(user: string): Occupant {
  return { user, name: user }
}

interface Options {
  readonly since?: Position
  readonly expiresAtMs?: number
  readonly recheck?: () => MaybePromise<Refusal | null>
  readonly policy?: Partial<JoinRequest['policy']>
  readonly onLeave?: (reason: LeaveReason) => void
}

function request(user: string, outlet: RecordingOutlet, options: Options = {}): JoinRequest {
  return {
    policy: { historyMax: HISTORY, hasPresence: false, slow: 'disconnect', ...options.policy },
    who: occupant(user),
    outlet,
    since: options.since ?? null,
    recheck: options.recheck ?? (() => null),
    ...(options.expiresAtMs === undefined ? {} : { expiresAtMs: options.expiresAtMs }),
    ...(options.onLeave === undefined ? {} : { onLeave: options.onLeave }),
  }
}

async function join(rooms: Rooms, user: string, outlet: RecordingOutlet, options: Options = {}): Promise<Member> {
  const member = await rooms.join('/tea', request(user, outlet, options))
  assert.ok(!(member instanceof Refusal))
  return member
}

function say(rooms: Rooms, text: string, key: string | null = null): MaybePromise<Position | null> {
  const draft: Draft = { type: 'say', dataJson: JSON.stringify({ text }), author: occupant('calvin'), key }
  return rooms.publish('/tea', draft, HISTORY)
}

const textsOf = ({ events }: RecordingOutlet): readonly unknown[] =>
  events.flatMap(({ type, data }) => (type === 'say' ? [(data as { readonly text: unknown }).text] : []))

test('join() tells the newcomer where the room stands and what it remembers, then what comes', async () => {
  const rooms = create()
  await say(rooms, 'before')
  const outlet = new RecordingOutlet()
  await join(rooms, 'susie', outlet)
  await say(rooms, 'after')
  assert.equal(outlet.events[0]?.['type'], 'joined')
  assert.equal(outlet.events[0]?.['recovered'], null)
  assert.deepEqual(textsOf(outlet), ['before', 'after'])
  assert.deepEqual(outlet.offsets, [1, 2])
})

test('join() gives exactly what was missed when it is told where the member was', async () => {
  const rooms = create()
  const first = await say(rooms, '1')
  await say(rooms, '2')
  await say(rooms, '3')
  const outlet = new RecordingOutlet()
  await join(rooms, 'susie', outlet, { since: first ?? assert.fail() })
  assert.equal(outlet.events[0]?.['recovered'], true)
  assert.deepEqual(textsOf(outlet), ['2', '3'])
})

test('join() says that nothing can be recovered and gives no part when messages were forgotten', async () => {
  const rooms = create()
  const first = await say(rooms, 'first')
  for (let i = 0; i < HISTORY + 5; i++) await say(rooms, String(i))
  const outlet = new RecordingOutlet()
  await join(rooms, 'susie', outlet, { since: first ?? assert.fail() })
  assert.equal(outlet.events[0]?.['recovered'], false)
  assert.deepEqual(textsOf(outlet), [])
  await say(rooms, 'live')
  assert.deepEqual(textsOf(outlet), ['live'])
})

test('join() gives a long history to a member that reads slowly, and waits for it', async () => {
  const rooms = create()
  const large = 'x'.repeat(10_000)
  for (let i = 0; i < 10; i++) await say(rooms, large)
  const outlet = new RecordingOutlet()
  outlet.stall()
  let hasJoined = false
  const joining = join(rooms, 'susie', outlet).then(() => (hasJoined = true))
  await new Promise((resolve) => setImmediate(resolve))
  assert.equal(hasJoined, false)
  assert.ok(outlet.bufferedBytes < 40_000)
  outlet.read()
  await joining
  assert.deepEqual(outlet.offsets, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10])
})

test('join() refuses more connections of one user than connectionsPerUserMax', async () => {
  const rooms = create()
  for (let i = 0; i < 3; i++) await join(rooms, 'susie', new RecordingOutlet())
  const refused = await rooms.join('/tea', request('susie', new RecordingOutlet()))
  assert.ok(refused instanceof Refusal)
  assert.equal(refused.code, 'LISTEN_TOO_MANY_CONNECTIONS')
  await join(rooms, 'calvin', new RecordingOutlet())
})

test('join() refuses more members than roomMembersMax and more rooms than roomsMax', async () => {
  const rooms = create()
  for (let i = 0; i < 100; i++) await join(rooms, `u${i}`, new RecordingOutlet())
  const member = await rooms.join('/tea', request('late', new RecordingOutlet()))
  assert.ok(member instanceof Refusal && member.code === 'ROOMS_FULL')
  for (let i = 1; i < 10; i++) await rooms.join(`/${i}`, request(`v${i}`, new RecordingOutlet()))
  const room = await rooms.join('/more', request('v', new RecordingOutlet()))
  assert.ok(room instanceof Refusal && room.code === 'ROOMS_FULL')
})

test('leave() gives the places back', async () => {
  const rooms = create()
  for (let i = 0; i < 10; i++) {
    const member = await join(rooms, 'susie', new RecordingOutlet())
    member.leave('left')
  }
  assert.equal(rooms.size, 0)
})

test('forget() ends a member who may no longer listen, who hears nothing from then on', async () => {
  const rooms = create()
  const answer = Promise.withResolvers<Refusal | null>()
  const outlet = new RecordingOutlet()
  const reasons: LeaveReason[] = []
  await join(rooms, 'susie', outlet, { recheck: () => answer.promise, onLeave: (reason) => reasons.push(reason) })
  await say(rooms, 'before')
  rooms.forget('susie')
  await say(rooms, 'secret')
  answer.resolve(new Refusal('AUTHZ_PERMISSION'))
  await new Promise((resolve) => setImmediate(resolve))
  await say(rooms, 'later')
  assert.deepEqual(textsOf(outlet), ['before'])
  assert.equal(outlet.ended?.code, 'ROOMS_REVOKED')
  assert.deepEqual(reasons, ['ROOMS_REVOKED'])
})

test('forget() lets a member who still may listen hear all that came meanwhile', async () => {
  const rooms = create()
  const answer = Promise.withResolvers<Refusal | null>()
  const outlet = new RecordingOutlet()
  await join(rooms, 'susie', outlet, { recheck: () => answer.promise })
  rooms.forget('susie')
  await say(rooms, 'meanwhile')
  assert.deepEqual(textsOf(outlet), [])
  answer.resolve(null)
  await new Promise((resolve) => setImmediate(resolve))
  await say(rooms, 'after')
  assert.deepEqual(textsOf(outlet), ['meanwhile', 'after'])
})

test('forget() ends a member when its rule fails, and leaves other users alone', async () => {
  const rooms = create()
  const [susie, calvin] = [new RecordingOutlet(), new RecordingOutlet()]
  await join(rooms, 'susie', susie, { recheck: () => Promise.reject(new Error('no database')) })
  await join(rooms, 'calvin', calvin, { recheck: () => assert.fail('not asked') })
  rooms.forget('susie')
  await new Promise((resolve) => setImmediate(resolve))
  assert.equal(susie.ended?.code, 'HANDLE_FAULT')
  assert.equal(calvin.ended, null)
})

test('forget() follows the newest answer when rights change twice', async () => {
  const rooms = create()
  const answers = [Promise.withResolvers<Refusal | null>(), Promise.withResolvers<Refusal | null>()]
  const outlet = new RecordingOutlet()
  let asked = 0
  await join(rooms, 'susie', outlet, { recheck: () => answers[asked++]?.promise ?? assert.fail() })
  rooms.forget('susie')
  rooms.forget('susie')
  answers[0]?.resolve(new Refusal('AUTHZ_PERMISSION'))
  await new Promise((resolve) => setImmediate(resolve))
  await say(rooms, 'held')
  assert.deepEqual(textsOf(outlet), [])
  answers[1]?.resolve(null)
  await new Promise((resolve) => setImmediate(resolve))
  assert.deepEqual(textsOf(outlet), ['held'])
})

test('presence tells members who comes and goes, and the newcomer who is there', async () => {
  const rooms = create()
  const [calvin, susie] = [new RecordingOutlet(), new RecordingOutlet()]
  const policy = { hasPresence: true }
  await join(rooms, 'calvin', calvin, { policy })
  const member = await join(rooms, 'susie', susie, { policy })
  member.leave('lost')
  const changes = calvin.events.filter(({ type }) => type === 'presence')
  assert.deepEqual(
    changes.map(({ change, from }) => `${String(from)} ${String(change)}`),
    ['susie joined', 'susie left'],
  )
  assert.deepEqual(susie.events[0]?.['present'], [
    { from: 'calvin', user: 'calvin' },
    { from: 'susie', user: 'susie' },
  ])
  assert.equal(susie.events.length, 1)
  assert.deepEqual(await rooms.present('/tea'), [occupant('calvin')])
})

test('members of channels that share a room hear what their own channel says they do, whoever came first', async () => {
  for (const first of ['quiet', 'loud'] as const) {
    const rooms = create()
    const outlets = { quiet: new RecordingOutlet(), loud: new RecordingOutlet() }
    const policies = { quiet: { hasPresence: false, historyMax: 1 }, loud: { hasPresence: true, historyMax: HISTORY } }
    for (const text of ['one', 'two']) await say(rooms, text)
    const second = first === 'quiet' ? 'loud' : 'quiet'
    await join(rooms, first, outlets[first], { policy: policies[first] })
    await join(rooms, second, outlets[second], { policy: policies[second] })
    await join(rooms, 'susie', new RecordingOutlet(), { policy: policies.loud })
    assert.deepEqual(textsOf(outlets.quiet), ['two'])
    assert.deepEqual(textsOf(outlets.loud), ['one', 'two'])
    const heard = ({ events }: RecordingOutlet): readonly unknown[] =>
      events.flatMap(({ type, from }) => (type === 'presence' ? [from] : []))
    assert.deepEqual([heard(outlets.quiet), heard(outlets.loud)], [[], ['susie']])
    assert.deepEqual(outlets.loud.events[0]?.['present'], [{ from: 'loud', user: 'loud' }])
    assert.deepEqual(await rooms.present('/tea'), [occupant('loud'), occupant('susie')])
  }
})

test('slow "disconnect" ends a member at the byte bound, and costs others nothing', async () => {
  const rooms = create()
  const [slow, quick] = [new RecordingOutlet(), new RecordingOutlet()]
  await join(rooms, 'slow', slow)
  await join(rooms, 'quick', quick)
  slow.stall()
  let buffered = 0
  for (let i = 0; i < 100; i++) {
    await say(rooms, 'x'.repeat(100))
    buffered = Math.max(buffered, slow.bufferedBytes)
  }
  assert.equal(slow.ended?.code, 'ROOMS_TOO_SLOW')
  assert.ok(buffered > 1700 && buffered <= 2000, `${buffered}`)
  assert.equal(quick.offsets.length, 100)
  assert.equal(rooms.size, 1)
})

test('slow "drop-oldest" gives the newest messages within the byte bound when the member reads again', async () => {
  const rooms = create()
  const outlet = new RecordingOutlet()
  await join(rooms, 'slow', outlet, { policy: { slow: 'drop-oldest' } })
  outlet.stall()
  outlet.bufferedBytes = 16 * 1024
  for (let i = 1; i <= 100; i++) await say(rooms, 'x'.repeat(100))
  assert.equal(outlet.ended, null)
  outlet.read()
  const { offsets } = outlet
  assert.equal(offsets.at(-1), 100)
  assert.ok(offsets.length < 100)
  await say(rooms, 'live')
  assert.equal(outlet.offsets.at(-1), 101)
})

test('a member that is let go while a message goes around does not disturb its order', async () => {
  const rooms = create()
  const outlets = [new RecordingOutlet(), new RecordingOutlet(), new RecordingOutlet()]
  const onLeave = (): void => void say(rooms, 'somebody left')
  const [first, middle, last] = outlets
  await join(rooms, 'a', first ?? assert.fail())
  await join(rooms, 'b', middle ?? assert.fail(), { onLeave })
  await join(rooms, 'c', last ?? assert.fail())
  middle?.stall()
  for (let i = 0; i < 30; i++) await say(rooms, 'x'.repeat(100))
  assert.equal(middle?.ended?.code, 'ROOMS_TOO_SLOW')
  const all = Array.from({ length: 31 }, (_, i) => i + 1)
  assert.deepEqual(first?.offsets, all)
  assert.deepEqual(last?.offsets, all)
})

test('close() ends all members and refuses newcomers', async () => {
  const rooms = create()
  const outlet = new RecordingOutlet()
  await join(rooms, 'susie', outlet)
  await rooms.close()
  assert.equal(outlet.ended?.code, 'LISTEN_CLOSING')
  assert.ok((await rooms.join('/tea', request('calvin', new RecordingOutlet()))) instanceof Refusal)
})

const codeOf = ({ ended }: RecordingOutlet): string | null => ended?.code ?? null

test('a member hears nothing from the moment on when its credentials end', async () => {
  const clock = { nowMs: 0, now: () => clock.nowMs }
  const rooms = create(clock)
  const outlets = [new RecordingOutlet(), new RecordingOutlet()] as const
  const reasons: LeaveReason[] = []
  await join(rooms, 'susie', outlets[0], { expiresAtMs: 1000, onLeave: (reason) => reasons.push(reason) })
  await join(rooms, 'calvin', outlets[1])
  clock.nowMs = 999
  await say(rooms, 'in time')
  clock.nowMs = 1000
  await say(rooms, 'too late')
  assert.deepEqual(textsOf(outlets[0]), ['in time'])
  assert.equal(codeOf(outlets[0]), 'ROOMS_EXPIRED')
  assert.deepEqual(reasons, ['ROOMS_EXPIRED'])
  assert.deepEqual(textsOf(outlets[1]), ['in time', 'too late'])
  assert.equal(rooms.size, 1)
})

test('a member whose credentials end is let go in a silent room too', async (t) => {
  t.mock.timers.enable({ apis: ['setInterval'] })
  const clock = { nowMs: 0, now: () => clock.nowMs }
  const rooms = create(clock)
  const outlets = [new RecordingOutlet(), new RecordingOutlet()] as const
  await join(rooms, 'susie', outlets[0], { expiresAtMs: 5000 })
  await join(rooms, 'calvin', outlets[1], { expiresAtMs: 60_000 })
  t.mock.timers.tick(1000)
  assert.equal(codeOf(outlets[0]), null)
  clock.nowMs = 5000
  t.mock.timers.tick(1000)
  assert.equal(codeOf(outlets[0]), 'ROOMS_EXPIRED')
  assert.equal(codeOf(outlets[1]), null)
  await rooms.close()
})
