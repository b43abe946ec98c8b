import assert from 'node:assert/strict'
import { test } from 'node:test'
import { TokenBucket } from './token-bucket.ts'

const rate = { perSecond: 10, burst: 3 }

test('take() gives the burst at once, then the rate', () => {
  const bucket = new TokenBucket(rate, 0)
  assert.deepEqual([bucket.take(rate, 0), bucket.take(rate, 0), bucket.take(rate, 0)], [0, 0, 0])
  assert.equal(bucket.take(rate, 0), 100)
  assert.equal(bucket.take(rate, 40), 60)
  assert.equal(bucket.take(rate, 100), 0)
  assert.equal(bucket.take(rate, 100), 100)
})

test('take() saves up no more than the burst, and a clock that goes back gives nothing', () => {
  const bucket = new TokenBucket(rate, 0)
  for (let i = 0; i < 3; i++) bucket.take(rate, 0)
  for (let i = 0; i < 3; i++) assert.equal(bucket.take(rate, 1_000_000), 0)
  assert.ok(bucket.take(rate, 1_000_000) > 0)
  assert.ok(bucket.take(rate, 0) > 0)
})

test('isFull() is true again when the burst was saved up', () => {
  const bucket = new TokenBucket(rate, 0)
  bucket.take(rate, 0)
  assert.equal(bucket.isFull(rate, 99), false)
  assert.equal(bucket.isFull(rate, 100), true)
})
