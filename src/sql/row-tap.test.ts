import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Cell } from './driver.ts'
import { RowTap } from './row-tap.ts'

const bytes = (text: string): Buffer => Buffer.from(text, 'latin1')
const BIND_COMPLETE = bytes('2\0\0\0\x04')
const ROW_DESCRIPTION = bytes('T\0\0\0\x1a\0\x01a\0\0\0\0\0\0\0\0\0\0\x19\xff\xff\xff\xff\xff\xff\0\0')
const COMPLETE = bytes('C\0\0\0\rSELECT 2\0')
const READY = bytes('Z\0\0\0\x05I')
const SUSPENDED = bytes('s\0\0\0\x04')
const NOTICE = bytes('N\0\0\0\x08SLOG')
const ERROR = bytes('E\0\0\0\x08SBAD')
/** Two cells: `a` and NULL. */
const ROW_A = bytes('D\0\0\0\x0f\0\x02\0\0\0\x01a\xff\xff\xff\xff')
/** Two cells: an empty text and `é"`. */
const ROW_B = bytes('D\0\0\0\x11\0\x02\0\0\0\0\0\0\0\x03\xc3\xa9"')
/** A row without cells. */
const ROW_NONE = bytes('D\0\0\0\x06\0\0')
const CELLS_A: readonly Cell[] = ['a', null]
const CELLS_B: readonly Cell[] = ['', 'é"']
const markOf = (n: number): string => `\0${n}`
/** Two cells, the first being the mark of result `n`. */
const mark = (n: number): Buffer => bytes(`D\0\0\0\x10\0\x02\0\0\0\x02\0${n}\xff\xff\xff\xff`)

/** What the client sees of bytes that come in these pieces. */
function see(tap: RowTap, pieces: readonly Buffer[]): Buffer {
  return Buffer.concat(pieces.map((piece) => Buffer.from(tap.filter(piece))))
}

/** Whole, cut in two at every byte, and byte by byte. */
function* ways(stream: Buffer): Generator<readonly Buffer[]> {
  yield [stream]
  for (let at = 1; at < stream.length; at++) yield [stream.subarray(0, at), stream.subarray(at)]
  yield Array.from({ length: stream.length }, (_, i) => stream.subarray(i, i + 1))
}

/** Each way shows the client `seen`, and keeps these rows for the marks 1, 2, … */
function assertTaps(
  sent: readonly Buffer[],
  seen: readonly Buffer[],
  taken: readonly (readonly (readonly Cell[])[])[],
  bytesMin = 1,
): void {
  for (const pieces of ways(Buffer.concat(sent))) {
    const tap = new RowTap(bytesMin)
    const how = `in ${pieces.length} pieces, the first of ${pieces[0]?.length}`
    assert.equal(see(tap, pieces).toString('latin1'), Buffer.concat(seen).toString('latin1'), how)
    for (const [i, rows] of taken.entries()) assert.deepEqual(tap.take(markOf(i + 1))?.toCells(), rows, how)
    assert.throws(() => tap.take(markOf(taken.length + 1)), /given before/)
  }
}

test('RowTap leaves a mark in the place of rows', () => {
  assertTaps(
    [ROW_DESCRIPTION, BIND_COMPLETE, ROW_A, ROW_B, COMPLETE, READY],
    [ROW_DESCRIPTION, BIND_COMPLETE, mark(1), COMPLETE, READY],
    [[CELLS_A, CELLS_B]],
  )
})

test('RowTap keeps results of several statements apart', () => {
  assertTaps(
    [BIND_COMPLETE, ROW_A, COMPLETE, READY, BIND_COMPLETE, COMPLETE, READY, ROW_B, SUSPENDED, READY, ROW_A, COMPLETE],
    [
      BIND_COMPLETE,
      mark(1),
      COMPLETE,
      READY,
      BIND_COMPLETE,
      COMPLETE,
      READY,
      mark(2),
      SUSPENDED,
      READY,
      mark(3),
      COMPLETE,
    ],
    [[CELLS_A], [CELLS_B], [CELLS_A]],
  )
})

test('RowTap passes on what comes between rows', () => {
  assertTaps(
    [ROW_A, NOTICE, ROW_B, NOTICE, COMPLETE, READY],
    [NOTICE, NOTICE, mark(1), COMPLETE, READY],
    [[CELLS_A, CELLS_B]],
  )
})

test('RowTap passes on small results, and rows without cells', () => {
  const small = [BIND_COMPLETE, ROW_A, ROW_B, COMPLETE, READY]
  assertTaps(small, small, [], ROW_A.length + ROW_B.length + 1)
  assertTaps(small, [BIND_COMPLETE, mark(1), COMPLETE, READY], [[CELLS_A, CELLS_B]], ROW_A.length + ROW_B.length)
  const none = [BIND_COMPLETE, ROW_NONE, ROW_NONE, COMPLETE, READY]
  assertTaps(none, none, [])
})

test('RowTap forgets the rows of a statement that fails, and goes on', () => {
  assertTaps([ROW_A, ERROR, READY, COMPLETE], [ERROR, READY, COMPLETE], [])
  const tap = new RowTap(1)
  see(tap, [ROW_A, COMPLETE, READY, ROW_B, COMPLETE, ERROR, READY, ROW_B, COMPLETE, READY])
  assert.deepEqual(tap.take(markOf(1))?.toCells(), [CELLS_A])
  assert.throws(() => tap.take(markOf(2)), /given before/)
  assert.deepEqual(tap.take(markOf(3))?.toCells(), [CELLS_B])
})

test('RowTap.take() knows cells of the server from marks', () => {
  const tap = new RowTap(1)
  for (const cell of [undefined, null, '', '1', 'a\0']) assert.equal(tap.take(cell), null)
})

test('RowTap passes on bytes without a copy where it takes nothing', () => {
  const tap = new RowTap(1)
  const chunk = Buffer.concat([BIND_COMPLETE, COMPLETE, READY])
  assert.equal(tap.filter(chunk), chunk)
})
