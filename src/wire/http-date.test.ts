import assert from 'node:assert/strict'
import { test } from 'node:test'
import { formatHttpDate, parseHttpDate } from './http-date.ts'

// The example of RFC 9110 section 5.6.7.
const MS = Date.UTC(1994, 10, 6, 8, 49, 37)
const NOW = Date.UTC(2026, 0, 1)

test('formatHttpDate() writes IMF-fixdate when given milliseconds', () => {
  assert.equal(formatHttpDate(MS + 999), 'Sun, 06 Nov 1994 08:49:37 GMT')
})

for (const text of ['Sun, 06 Nov 1994 08:49:37 GMT', 'Sunday, 06-Nov-94 08:49:37 GMT', 'Sun Nov  6 08:49:37 1994']) {
  test(`parseHttpDate() reads ${text}`, () => {
    assert.equal(parseHttpDate(text, NOW), MS)
  })
}

for (const text of [
  '',
  'yesterday',
  '1994-11-06',
  'Sun, 31 Feb 1994 08:49:37 GMT',
  'Sun, 06 Nov 1994 24:49:37 GMT',
  '784111777',
]) {
  test(`parseHttpDate() gives null when the text is ${JSON.stringify(text)}`, () => {
    assert.equal(parseHttpDate(text, NOW), null)
  })
}

test('parseHttpDate() takes the past century when a short year is more than 50 years ahead', () => {
  assert.equal(parseHttpDate('Sunday, 06-Nov-76 08:49:37 GMT', NOW), Date.UTC(2076, 10, 6, 8, 49, 37))
  assert.equal(parseHttpDate('Sunday, 06-Nov-77 08:49:37 GMT', NOW), Date.UTC(1977, 10, 6, 8, 49, 37))
})
