import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Refusal } from '../core/refusal.ts'
import {
  datagramJson,
  eventStreamJson,
  formatJson,
  lengthPrefixJson,
  parsePosition,
  websocketJson,
} from './json-encoding.ts'
import type { MemberEvent, RoomMessage } from './room-event.ts'
import { datagramText, lineText, websocketText, type TextFormat } from './text-encoding.ts'

const message: RoomMessage = {
  kind: 'message',
  type: 'say',
  dataJson: '{"text":"é\\nb"}',
  author: { user: 'calvin', name: 'calvin' },
  key: null,
  offset: 7,
  atMs: 0,
}
const MESSAGE_JSON =
  '{"type":"say","offset":7,"at":"1970-01-01T00:00:00.000Z","from":"calvin","user":"calvin","data":{"text":"é\\nb"}}'
const guest: RoomMessage = { ...message, author: { user: null, name: 'calvin' } }

const format: TextFormat = {
  message: ({ from, data }) => `${from}: ${(data as { readonly text: string }).text}`,
  presence: (change, from) => `* ${from} ${change}`,
}
const text = (bytes: Uint8Array | null): string | null => (bytes === null ? null : Buffer.from(bytes).toString())

test('formatJson() writes a message as clients read it', () => {
  assert.equal(formatJson(message), MESSAGE_JSON)
  assert.equal(JSON.parse(formatJson({ ...message, author: null })).from, null)
})

test('formatJson() writes a refusal with its public words and no reason', () => {
  const refusal = new Refusal('AUTHZ_GROUP', { reason: 'secret reason' })
  assert.deepEqual(JSON.parse(formatJson({ kind: 'refused', id: 'x', refusal })), {
    type: 'refused',
    id: 'x',
    status: 403,
    code: 'AUTHZ_GROUP',
    detail: 'not in the group',
  })
})

test('formatJson() writes the answer to one message', () => {
  assert.equal(formatJson({ kind: 'reply', id: null, dataJson: '[1]' }), '{"type":"reply","id":null,"data":[1]}')
})

test('JSON encodings frame one text for each transport', () => {
  assert.equal(text(datagramJson.encode(message, 'e')), MESSAGE_JSON)
  assert.equal(text(lengthPrefixJson.encode(message, 'e')?.subarray(4) ?? null), MESSAGE_JSON)
  assert.equal(text(websocketJson.encode(message, 'e')?.subarray(2) ?? null), MESSAGE_JSON)
  assert.equal(text(eventStreamJson.encode(message, 'e')), `id: e:7\ndata: ${MESSAGE_JSON}\n\n`)
})

test('eventStreamJson gives a position to messages and to the welcome, and none to others', () => {
  const welcome: MemberEvent = {
    kind: 'joined',
    room: '/r',
    you: { user: 'a', name: 'a' },
    position: { epoch: 'e', offset: 3 },
    recovered: null,
    present: null,
  }
  assert.match(text(eventStreamJson.encode(welcome, 'e')) ?? '', /^id: e:3\ndata: /)
  const presence: MemberEvent = { kind: 'presence', change: 'left', who: { user: 'a', name: 'a' } }
  assert.match(text(eventStreamJson.encode(presence, 'e')) ?? '', /^data: /)
})

test('text encodings write one line for each message, whatever it contains', () => {
  assert.equal(text(lineText(format).encode(message, 'e')), 'calvin: é b\n')
  assert.equal(text(datagramText(format).encode(message, 'e')), 'calvin: é\nb')
  assert.equal(text(websocketText(format).encode(message, 'e')?.subarray(2) ?? null), 'calvin: é\nb')
})

test('lineText() shows what could drive the terminal of a reader', () => {
  const hostile = { ...message, dataJson: JSON.stringify({ text: 'a\u001b[2J\u009b\u202e\tb' }) }
  assert.equal(text(lineText(format).encode(hostile, 'e')), 'calvin: a\\x1b[2J\\x9b\\u202e\tb\n')
})

test('text encodings mark a guest, so that it cannot pass for a user', () => {
  assert.equal(text(lineText(format).encode(guest, 'e')), '~calvin: é b\n')
})

test('text encodings leave out what the format does not tell', () => {
  const quiet: TextFormat = { message: () => null }
  assert.equal(lineText(quiet).encode(message, 'e'), null)
  const presence: MemberEvent = { kind: 'presence', change: 'left', who: { user: 'a', name: 'a' } }
  assert.equal(lineText(quiet).encode(presence, 'e'), null)
  assert.equal(text(lineText(format).encode(presence, 'e')), '* a left\n')
})

test('parsePosition() takes what formatPosition() gives, and nothing else', () => {
  assert.deepEqual(parsePosition('a-b_1:12'), { epoch: 'a-b_1', offset: 12 })
  for (const wrong of [
    '',
    ':1',
    'a:',
    'a:-1',
    'a:01',
    'a:1.5',
    'a:1e3',
    'a b:1',
    'a:9999999999999999',
    'a:1:2',
    'a:1\n',
  ]) {
    assert.equal(parsePosition(wrong), null, wrong)
  }
})
