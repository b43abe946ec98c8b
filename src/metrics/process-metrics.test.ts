import assert from 'node:assert/strict'
import { it } from 'node:test'
import { delayOf } from './process-metrics.ts'

it('delayOf() is how late a turn was, without the time that the monitor waits by itself', () => {
  assert.equal(delayOf(10_000_000), 0)
  assert.equal(delayOf(9_400_000), 0)
  assert.equal(delayOf(0), 0)
  assert.ok(Math.abs(delayOf(260_000_000) - 0.25) < 1e-9)
})
