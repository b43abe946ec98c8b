import assert from 'node:assert/strict'
import { test } from 'node:test'
import { formatTimestamptz, parseTimestamptz } from './timestamp-text.ts'

const VECTORS: readonly (readonly [text: string, iso: string])[] = [
  ['2024-07-01 00:00:00+00', '2024-07-01T00:00:00.000Z'],
  ['2024-07-01 02:00:00.5+02', '2024-07-01T00:00:00.500Z'],
  ['2024-06-30 18:30:00.123456-05:30', '2024-07-01T00:00:00.123Z'],
  ['1890-01-01 00:09:21+00:09:21', '1890-01-01T00:00:00.000Z'],
  ['0099-01-01 00:00:00+00', '0099-01-01T00:00:00.000Z'],
  ['0001-01-01 00:00:00+00 BC', '0000-01-01T00:00:00.000Z'],
  ['4713-01-01 00:00:00+00 BC', '-004712-01-01T00:00:00.000Z'],
  ['275760-09-12 23:59:59.999+00', '+275760-09-12T23:59:59.999Z'],
]
for (const [text, iso] of VECTORS) {
  test(`parseTimestamptz() reads ${text}`, () => {
    assert.equal(parseTimestamptz(text).toISOString(), iso)
  })
  test(`formatTimestamptz() writes ${iso} so that it is read back`, () => {
    const written = formatTimestamptz(new Date(iso))
    const server = written.replace('T', ' ').replace('Z', '+00')
    assert.equal(parseTimestamptz(server).toISOString(), iso)
  })
}

test('parseTimestamptz() takes infinity for the last and the first Date', () => {
  assert.equal(parseTimestamptz('infinity').getTime(), 8.64e15)
  assert.equal(parseTimestamptz('-infinity').getTime(), -8.64e15)
  assert.equal(formatTimestamptz(new Date(8.64e15)), 'infinity')
  assert.equal(formatTimestamptz(new Date(-8.64e15)), '-infinity')
})

for (const text of ['275760-09-13 00:00:00+00', '294276-12-31 00:00:00+00', '01/07/2024 00:00:00 CEST', '']) {
  test(`parseTimestamptz() throws a RangeError on "${text}"`, () => {
    assert.throws(() => parseTimestamptz(text), RangeError)
  })
}

test('formatTimestamptz() throws a RangeError on an invalid Date', () => {
  assert.throws(() => formatTimestamptz(new Date(Number.NaN)), RangeError)
})
