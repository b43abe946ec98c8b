import assert from 'node:assert/strict'
import { describe, test, type TestContext } from 'node:test'
import { createOverloadGuard, type OverloadGuard, type OverloadLevel } from './overload.ts'

describe('createOverloadGuard() by the delay of the event loop', () => {
  const guardOf = (t: TestContext) => {
    t.mock.timers.enable({ apis: ['setInterval'] })
    let delayMs = 0
    const levels: OverloadLevel[] = []
    const guard = createOverloadGuard({
      loopDelayMaxMs: 100,
      intervalMs: 250,
      readLoopDelayMs: () => delayMs,
      onChange: (level) => levels.push(level),
    })
    t.after(() => guard.close())
    const measure = (ms: number): void => {
      delayMs = ms
      t.mock.timers.tick(250)
    }
    return { guard, levels, measure }
  }
  const codes = (guard: OverloadGuard): readonly (string | null)[] =>
    [true, false].map((isRepeatable) => guard.enter(isRepeatable)?.code ?? null)

  test('enter() refuses repeatable calls beyond the bound and all calls beyond twice the bound', (t) => {
    const { guard, measure } = guardOf(t)
    assert.deepEqual(codes(guard), [null, null])
    measure(100)
    assert.deepEqual(codes(guard), [null, null])
    measure(100.1)
    assert.deepEqual(codes(guard), ['GUARD_OVERLOAD', null])
    measure(200)
    assert.deepEqual(codes(guard), ['GUARD_OVERLOAD', null])
    measure(200.1)
    assert.deepEqual(codes(guard), ['GUARD_OVERLOAD', 'GUARD_OVERLOAD'])
  })

  test('enter() serves again at half the bound of each level', (t) => {
    const { guard, levels, measure } = guardOf(t)
    for (const delayMs of [300, 101, 100, 51, 50]) measure(delayMs)
    assert.deepEqual(levels, [2, 1, 0])
    assert.deepEqual(codes(guard), [null, null])
  })

  test('enter() gives one and the same refusal of 503 with retry-after', (t) => {
    const { guard, measure } = guardOf(t)
    measure(1000)
    const refusal = guard.enter(true)
    assert.deepEqual([refusal?.status, refusal?.headers], [503, ['retry-after', '1']])
    assert.equal(guard.enter(false), refusal)
  })
})

describe('createOverloadGuard() by the number of calls', () => {
  test('enter() refuses repeatable calls at three quarters of callsMax and all at callsMax', (t) => {
    const guard = createOverloadGuard({ callsMax: 4 })
    t.after(() => guard.close())
    for (let i = 0; i < 3; i++) assert.equal(guard.enter(true), null)
    assert.equal(guard.enter(true)?.code, 'GUARD_OVERLOAD')
    assert.equal(guard.enter(false), null)
    assert.equal(guard.enter(false)?.code, 'GUARD_OVERLOAD')
    guard.leave()
    assert.equal(guard.enter(true)?.code, 'GUARD_OVERLOAD')
    assert.equal(guard.enter(false), null)
    guard.leave()
    guard.leave()
    assert.equal(guard.enter(true), null)
  })
})

test('createOverloadGuard() sees that the event loop of this process is blocked', async (t) => {
  const changed = Promise.withResolvers<OverloadLevel>()
  const guard = createOverloadGuard({ loopDelayMaxMs: 20, intervalMs: 20, onChange: changed.resolve })
  t.after(() => guard.close())
  const blocking = setInterval(() => {
    const end = performance.now() + 60
    while (performance.now() < end);
  }, 1)
  t.after(() => clearInterval(blocking))
  assert.notEqual(await changed.promise, 0)
  assert.equal(guard.enter(true)?.code, 'GUARD_OVERLOAD')
})
