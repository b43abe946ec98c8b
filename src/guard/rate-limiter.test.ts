import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { StoreUnavailable } from '../core/store-unavailable.ts'
import { createMemoryStore } from '../store/memory-store.ts'
import { perDay, perHour, perMinute, perSecond, rateLimitMistakes } from './rate-limit.ts'
import { compileRateLimiter, type RateDecision, type RateLimiter } from './rate-limiter.ts'
import { subjectOfAddress } from './rate-subject.ts'
import { RateWindows } from './rate-windows.ts'

function movableClock(): { now: () => number; pass: (ms: number) => void } {
  let now = 1_000_000
  return {
    now: () => now,
    pass: (ms) => {
      now += ms
    },
  }
}

async function codesOf(limiter: RateLimiter, subject: string, calls: number): Promise<readonly (string | null)[]> {
  const decisions: RateDecision[] = []
  for (let i = 0; i < calls; i++) decisions.push(await limiter.take(subject))
  return decisions.map(({ refusal }) => refusal?.code ?? null)
}

const clock = movableClock()
const PLACES = [
  ['in memory', undefined],
  ['in a store', createMemoryStore({ clock })],
] as const

for (const [place, store] of PLACES) {
  describe(`compileRateLimiter() ${place}`, () => {
    const options = store === undefined ? { clock } : { clock, store }

    test('take() refuses the first call beyond the limit and passes again when the window has ended', async () => {
      const limiter = compileRateLimiter(perMinute(3), { name: 'bound', ...options })
      assert.deepEqual(await codesOf(limiter, 'calvin', 5), [null, null, null, 'GUARD_RATE', 'GUARD_RATE'])
      clock.pass(59_999)
      assert.deepEqual(await codesOf(limiter, 'calvin', 1), ['GUARD_RATE'])
      clock.pass(1)
      assert.deepEqual(await codesOf(limiter, 'calvin', 4), [null, null, null, 'GUARD_RATE'])
    })

    test('take() counts each subject and each limit apart', async () => {
      const one = compileRateLimiter(perSecond(1), { name: 'one', ...options })
      const two = compileRateLimiter(perSecond(1), { name: 'two', ...options })
      assert.deepEqual(await codesOf(one, 'calvin', 2), [null, 'GUARD_RATE'])
      assert.deepEqual(await codesOf(one, 'hobbes', 1), [null])
      assert.deepEqual(await codesOf(two, 'calvin', 1), [null])
    })

    test('take() says in headers what is left and when the window ends', async () => {
      const limiter = compileRateLimiter(perMinute(2, { by: 'address' }), { name: 'headers', ...options })
      assert.deepEqual((await limiter.take('a')).headers, [
        'ratelimit-policy',
        '"address-2-in-60s";q=2;w=60',
        'ratelimit',
        '"address-2-in-60s";r=1;t=60',
      ])
      clock.pass(20_500)
      assert.deepEqual((await limiter.take('a')).headers.at(-1), '"address-2-in-60s";r=0;t=40')
      const { refusal } = await limiter.take('a')
      assert.deepEqual([refusal?.status, refusal?.headers[0], refusal?.headers[1]], [429, 'retry-after', '40'])
      assert.equal(refusal?.headers.at(-1), '"address-2-in-60s";r=0;t=40')
    })
  })
}

test('take() is synchronous when there is no store', () => {
  const decision = compileRateLimiter(perSecond(1), { name: 'a', clock }).take('calvin')
  assert.ok(!(decision instanceof Promise))
})

test('take() shares its counters with other processes when there is a store', async () => {
  const store = createMemoryStore({ clock })
  const [one, two] = [1, 2].map(() => compileRateLimiter(perHour(2), { name: 'shared', clock, store }))
  assert.ok(one !== undefined && two !== undefined)
  assert.deepEqual([...(await codesOf(one, 'a', 1)), ...(await codesOf(two, 'a', 2))], [null, null, 'GUARD_RATE'])
})

describe('compileRateLimiter() when the store is away', () => {
  const away = async (): Promise<ReturnType<typeof createMemoryStore>> => {
    const store = createMemoryStore()
    await store.close()
    return store
  }

  test('take() counts for this process alone when the limit is open then', async () => {
    const errors: unknown[] = []
    const onAway = (error: unknown): void => void errors.push(error)
    const limiter = compileRateLimiter(perMinute(2), { name: 'a', clock, store: await away(), onAway })
    assert.deepEqual(await codesOf(limiter, 'calvin', 3), [null, null, 'GUARD_RATE'])
    assert.ok(errors.length === 3 && errors[0] instanceof StoreUnavailable)
  })

  test('take() refuses with 503 when the limit is closed then', async () => {
    const limit = perMinute(2, { whenAway: 'closed' })
    const { refusal } = await compileRateLimiter(limit, { name: 'a', clock, store: await away() }).take('calvin')
    assert.deepEqual(
      [refusal?.code, refusal?.status, refusal?.headers],
      ['GUARD_UNAVAILABLE', 503, ['retry-after', '1']],
    )
  })
})

describe('RateWindows', () => {
  test('count() keeps no more than subjectsMax windows', () => {
    const windows = new RateWindows({ clock: movableClock(), windowMs: 1000, subjectsMax: 3 })
    for (const subject of ['a', 'b', 'c', 'd']) windows.count(subject)
    assert.equal(windows.size, 3)
    assert.equal(windows.count('b').count, 2)
    assert.equal(windows.count('a').count, 1)
  })

  test('count() forgets windows that have ended when others open', () => {
    const steps = movableClock()
    const windows = new RateWindows({ clock: steps, windowMs: 1000, subjectsMax: 1_000_000 })
    for (let i = 0; i < 1000; i++) windows.count(`old ${i}`)
    steps.pass(1000)
    for (let i = 0; i < 500; i++) windows.count(`new ${i}`)
    assert.equal(windows.size, 500)
  })
})

const SUBJECTS = [
  ['192.0.2.1', '192.0.2.1'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
  ['2001:0DB8:0001:0002:ffff:ffff:ffff:ffff', '2001:db8:1:2::/64'],
  ['2001:db8:1:2::', '2001:db8:1:2::/64'],
  ['2001:db8::1', '2001:db8:0:0::/64'],
  ['::1', '0:0:0:0::/64'],
  ['fe80::1%eth0', 'fe80:0:0:0::/64'],
] as const

for (const [address, subject] of SUBJECTS) {
  test(`subjectOfAddress() is ${subject} when the address is ${address}`, () => {
    assert.equal(subjectOfAddress(address), subject)
  })
}

test('rateLimitMistakes() names calls and windows that cannot be counted', () => {
  for (const limit of [perSecond(1), perMinute(60), perHour(1), perDay(1)]) {
    assert.deepEqual(rateLimitMistakes(limit, 'GET /a'), [])
  }
  for (const calls of [0, -1, 1.5, Number.NaN]) {
    assert.equal(rateLimitMistakes(perMinute(calls), 'GET /a')[0]?.current, String(calls))
  }
  assert.equal(rateLimitMistakes({ ...perSecond(1), windowMs: 999 }, 'GET /a').length, 1)
})
