import assert from 'node:assert/strict'
import { test } from 'node:test'
import { encodeStreamEvent } from './event-stream.ts'

const text = (event: Parameters<typeof encodeStreamEvent>[0]): string =>
  Buffer.from(encodeStreamEvent(event)).toString()

test('encodeStreamEvent() writes the fields that are there', () => {
  assert.equal(text({ id: 'e:1', event: 'presence', data: '{}' }), 'id: e:1\nevent: presence\ndata: {}\n\n')
  assert.equal(text({ id: null, event: null, data: 'é' }), 'data: é\n\n')
})

test('encodeStreamEvent() writes one data field for each line', () => {
  assert.equal(
    text({ id: null, event: null, data: 'a\r\nb\rc\n\nd' }),
    'data: a\ndata: b\ndata: c\ndata: \ndata: d\n\n',
  )
})

test('encodeStreamEvent() keeps a line break in an id or a name from starting a field', () => {
  assert.equal(text({ id: '1\ndata: x', event: 'a\r\nid: 9', data: '' }), 'id: 1 data: x\nevent: a id: 9\ndata: \n\n')
})
