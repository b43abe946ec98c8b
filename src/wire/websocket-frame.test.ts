import assert from 'node:assert/strict'
import { test } from 'node:test'
import { encodeTextFrame } from './websocket-frame.ts'

const head = (text: string, bytes: number): string => Buffer.from(encodeTextFrame(text)).toString('hex', 0, bytes)

test('encodeTextFrame() writes the length in the shortest form', () => {
  assert.equal(Buffer.from(encodeTextFrame('Hello')).toString('hex'), '810548656c6c6f')
  assert.equal(Buffer.from(encodeTextFrame('')).toString('hex'), '8100')
  assert.equal(head('a'.repeat(125), 3), '817d61')
  assert.equal(head('a'.repeat(126), 5), '817e007e61')
  assert.equal(head('a'.repeat(65_535), 5), '817effff61')
  assert.equal(head('a'.repeat(65_536), 11), '817f000000000001000061')
})

test('encodeTextFrame() counts bytes, not characters', () => {
  assert.equal(Buffer.from(encodeTextFrame('é€')).toString('hex'), '8105c3a9e282ac')
})
