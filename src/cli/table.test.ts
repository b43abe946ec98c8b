import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { fitColumns, formatItem, terminalWidth } from './table.ts'

const ROWS = [
  ['METHOD', 'PATH', 'WHERE'],
  ['GET', '/things', 'app.ts:1'],
]

describe('fitColumns()', () => {
  it('shows all where there is room, and to what is no terminal', () => {
    const all = 'METHOD  PATH     WHERE\nGET     /things  app.ts:1\n'
    assert.equal(fitColumns(ROWS, [2], null), all)
    assert.equal(fitColumns(ROWS, [2], 80), all)
  })

  it('leaves out what can be spared, no more than is needed', () => {
    assert.equal(fitColumns(ROWS, [2, 0], 20), 'METHOD  PATH\nGET     /things\n')
    assert.equal(fitColumns(ROWS, [2, 0], 5), 'PATH\n/things\n')
  })
})

describe('formatItem()', () => {
  it('goes on under the first word, and leaves a long word whole', () => {
    assert.equal(formatItem('look  ', 'one two three', 13), 'look  one two\n      three\n')
    assert.equal(formatItem('look  ', 'a-very-long-word b', 10), 'look  a-very-long-word\n      b\n')
    assert.equal(formatItem('look  ', 'one two three', null), 'look  one two three\n')
  })
})

describe('terminalWidth()', () => {
  it('is null for a pipe', () => {
    assert.equal(terminalWidth({}), null)
    assert.equal(terminalWidth({ columns: 80 }), 80)
  })
})
