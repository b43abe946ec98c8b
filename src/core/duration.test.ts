import assert from 'node:assert/strict'
import { test } from 'node:test'
import { days, hours, minutes, seconds } from './duration.ts'

test('seconds(), minutes(), hours() and days() give whole milliseconds', () => {
  assert.deepEqual([seconds(5), minutes(5), hours(2), days(1)], [5_000, 300_000, 7_200_000, 86_400_000])
  assert.deepEqual([seconds(0.0015), minutes(0.5), seconds(0)], [2, 30_000, 0])
})

test('seconds() throws a RangeError when the count is negative or not a number', () => {
  for (const count of [-1, Number.NaN, Number.POSITIVE_INFINITY]) assert.throws(() => seconds(count), RangeError)
})
