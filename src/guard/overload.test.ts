import assert from 'node:assert/strict'
import { describe, test, type TestContext } from 'node:test'
import { createOverloadGuard, OVERLOADED, type OverloadGuard, type OverloadLevel } from './overload.ts'

describe('createOverloadGuard() by the delay of the event loop', () => {
  const guardOf = (t: TestContext) => {
    t.mock.timers.enable({ apis: ['setInterval'] })
    let delayMs = 0
    const told: OverloadLevel[] = []
    const guard = createOverloadGuard({
      loopDelayMaxMs: 100,
      intervalMs: 250,
      readLoopDelayMs: () => delayMs,
      onChange: (level) => told.push(level),
    })
    t.after(() => guard.close())
    /** The level after each of these readings. */
    const levels = (...readings: readonly number[]): readonly OverloadLevel[] =>
      readings.map((ms) => {
        delayMs = ms
        t.mock.timers.tick(250)
        return guard.level
      })
    return { guard, told, levels }
  }

  test('level is 1 beyond the bound and 2 beyond twice the bound, from the second reading in a row', (t) => {
    const { levels } = guardOf(t)
    assert.deepEqual(levels(100, 100), [0, 0])
    assert.deepEqual(levels(100.1, 100.1), [0, 1])
    assert.deepEqual(levels(200, 200), [1, 1])
    assert.deepEqual(levels(200.1, 200.1), [1, 2])
  })

  test('level stays 0 after one long task', (t) => {
    const { levels, told } = guardOf(t)
    assert.deepEqual(levels(5000, 0, 5000, 0), [0, 0, 0, 0])
    assert.deepEqual(told, [])
  })

  test('level falls at half the bound of each level', (t) => {
    const { levels, told } = guardOf(t)
    assert.deepEqual(levels(300, 300, 101, 100, 51, 50), [0, 2, 2, 1, 1, 0])
    assert.deepEqual(told, [2, 1, 0])
  })

  test('OVERLOADED is a refusal of 503 with retry-after', () => {
    assert.deepEqual([OVERLOADED.status, OVERLOADED.headers], [503, ['retry-after', '1']])
  })
})

describe('createOverloadGuard() by the number of calls', () => {
  const begin = (guard: OverloadGuard): OverloadLevel => {
    guard.begin()
    return guard.level
  }
  const end = (guard: OverloadGuard): OverloadLevel => {
    guard.end()
    return guard.level
  }

  test('level is 1 at three quarters of callsMax and 2 at callsMax, and falls with them', (t) => {
    const guard = createOverloadGuard({ callsMax: 4 })
    t.after(() => guard.close())
    assert.deepEqual(
      [1, 2, 3, 4, 5].map(() => begin(guard)),
      [0, 0, 1, 2, 2],
    )
    assert.deepEqual(
      [5, 4, 3, 2, 1].map(() => end(guard)),
      [2, 1, 0, 0, 0],
    )
  })

  test('onChange is told once of a burst between two readings, and once of its end', (t) => {
    t.mock.timers.enable({ apis: ['setInterval'] })
    const told: unknown[] = []
    const guard = createOverloadGuard({
      callsMax: 1,
      readLoopDelayMs: () => 7,
      onChange: (level, load) => told.push([level, load]),
    })
    t.after(() => guard.close())
    for (let i = 0; i < 3; i++) {
      guard.begin()
      guard.end()
    }
    t.mock.timers.tick(750)
    assert.deepEqual(told, [
      [2, { delayMs: 7, calls: 0 }],
      [0, { delayMs: 7, calls: 0 }],
    ])
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
  assert.notEqual(guard.level, 0)
})
