import assert from 'node:assert/strict'
import { test } from 'node:test'
import { formatContentRange, formatPartHead, formatPartsEnd, parseByteRanges } from './byte-ranges.ts'

const ONE: Readonly<Record<string, readonly [number, number] | 'unsatisfiable' | null>> = {
  'bytes=0-499': [0, 499],
  'bytes=500-999': [500, 999],
  'bytes=-500': [9500, 9999],
  'bytes=9500-': [9500, 9999],
  'bytes=0-0': [0, 0],
  'BYTES = 0-99999': [0, 9999],
  'bytes=-99999': [0, 9999],
  'bytes=,0-1,': [0, 1],
  'bytes=0-1,20000-': [0, 1],
  'bytes=10000-': 'unsatisfiable',
  'bytes=-0': 'unsatisfiable',
  'bytes=99999999999999999999-': 'unsatisfiable',
  'bytes=5-4': null,
  'bytes=': null,
  'bytes=-': null,
  'bytes=a-b': null,
  'bytes=0x1-5': null,
  'bytes=0-1;2-3': null,
  'seconds=0-1': null,
  bytes: null,
}
for (const [field, wanted] of Object.entries(ONE)) {
  test(`parseByteRanges() gives ${JSON.stringify(wanted)} when asked ${field} of 10000 bytes`, () => {
    const ranges = parseByteRanges(field, 10_000)
    const expected = wanted === null || typeof wanted === 'string' ? wanted : [{ first: wanted[0], last: wanted[1] }]
    assert.deepEqual(ranges, expected)
  })
}

test('parseByteRanges() gives several ranges in the order in which they were asked', () => {
  assert.deepEqual(parseByteRanges('bytes=9999-, 0-0', 10_000), [
    { first: 9999, last: 9999 },
    { first: 0, last: 0 },
  ])
})

test('parseByteRanges() joins ranges when they overlap or touch', () => {
  assert.deepEqual(parseByteRanges('bytes=0-10,20-30,5-19', 10_000), [{ first: 0, last: 30 }])
  assert.deepEqual(parseByteRanges(`bytes=${'0-,'.repeat(31)}0-`, 10_000), [{ first: 0, last: 9999 }])
})

test('parseByteRanges() ignores the header when there are too many ranges', () => {
  const specs = Array.from({ length: 33 }, (_, i) => `${i * 10}-${i * 10}`)
  assert.equal(parseByteRanges(`bytes=${specs.join(',')}`, 10_000), null)
  assert.equal(parseByteRanges(`bytes=${specs.slice(1).join(',')}`, 10_000)?.length, 32)
})

test('parseByteRanges() finds nothing when there are no bytes', () => {
  assert.equal(parseByteRanges('bytes=0-', 0), 'unsatisfiable')
  assert.equal(parseByteRanges('bytes=-5', 0), 'unsatisfiable')
  assert.equal(parseByteRanges(undefined, 0), null)
})

test('formatPartHead() and formatPartsEnd() write the frame of multipart/byteranges', () => {
  const head = formatPartHead('x', 'text/plain', formatContentRange({ first: 1, last: 2 }, 9))
  assert.equal(head, '\r\n--x\r\ncontent-type: text/plain\r\ncontent-range: bytes 1-2/9\r\n\r\n')
  assert.equal(formatPartsEnd('x'), '\r\n--x--\r\n')
})
