import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ReplayGuard, type ReplayClaim } from './replay-guard.ts'

const limits = { datagramWindowMs: 1000, datagramNoncesMax: 6, datagramNoncesPerKeyMax: 4 }
const T = 1_000_000

function claim(nonce: number, sentAtMs: number, keyId = 'a'): ReplayClaim {
  return { keyId, sentAtMs, nonce: Uint8Array.of(0, 0, 0, 0, 0, 0, 0, nonce) }
}

test('ReplayGuard lets a message in once', () => {
  const guard = new ReplayGuard(limits)
  assert.equal(guard.check(claim(1, T), T), null)
  assert.equal(guard.check(claim(1, T), T)?.code, 'ROOMS_REPLAY')
  assert.equal(guard.check(claim(2, T), T), null)
  assert.equal(guard.check(claim(1, T, 'b'), T), null)
})

test('ReplayGuard refuses what is outside the window, before and after', () => {
  const guard = new ReplayGuard(limits)
  assert.equal(guard.check(claim(1, T - 1000), T), null)
  assert.equal(guard.check(claim(2, T + 1000), T), null)
  assert.equal(guard.check(claim(3, T - 1001), T)?.code, 'ROOMS_REPLAY')
  assert.equal(guard.check(claim(4, T + 1001), T)?.code, 'ROOMS_REPLAY')
  assert.equal(guard.check(claim(5, NaN), T)?.code, 'ROOMS_REPLAY')
})

test('ReplayGuard remembers as long as the time of a message is accepted', () => {
  const guard = new ReplayGuard(limits)
  guard.check(claim(9, T - 1500), T - 1500)
  assert.equal(guard.check(claim(1, T + 1000), T), null)
  for (let now = T; now <= T + 2000; now += 100) {
    assert.equal(guard.check(claim(1, T + 1000), now)?.code, 'ROOMS_REPLAY', `at ${now - T}`)
  }
})

test('ReplayGuard refuses more messages of one key than its bound, and still takes those of another', () => {
  const guard = new ReplayGuard(limits)
  for (let i = 0; i < 4; i++) assert.equal(guard.check(claim(i, T), T), null)
  assert.equal(guard.check(claim(4, T), T)?.code, 'ROOMS_RATE')
  assert.equal(guard.check(claim(4, T, 'b'), T), null)
})

test('ReplayGuard refuses rather than forget when it is full, and has place again later', () => {
  const guard = new ReplayGuard(limits)
  for (let i = 0; i < 6; i++) assert.equal(guard.check(claim(i, T, `key${i}`), T), null)
  assert.equal(guard.check(claim(6, T, 'late'), T)?.code, 'GUARD_OVERLOAD')
  assert.equal(guard.check(claim(0, T, 'key0'), T)?.code, 'ROOMS_REPLAY')
  assert.equal(guard.check(claim(7, T + 5000, 'late'), T + 5000), null)
})
