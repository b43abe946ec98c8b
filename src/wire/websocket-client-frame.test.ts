import assert from 'node:assert/strict'
import { test } from 'node:test'
import { encodeClientFrame, OPCODE_TEXT, ServerFrameDecoder } from './websocket-client-frame.ts'
import { encodeTextFrame } from './websocket-frame.ts'

test('encodeClientFrame() masks, and writes the length in the shortest form', () => {
  const hex = (bytes: number): string =>
    Buffer.from(encodeClientFrame(OPCODE_TEXT, Buffer.alloc(bytes, 0x61))).toString('hex', 0, 15)
  assert.equal(hex(1), '81810000000061')
  assert.ok(hex(125).startsWith('81fd0000000061'))
  assert.ok(hex(126).startsWith('81fe007e0000000061'))
  assert.ok(hex(65_536).startsWith('81ff00000000000100000000000061'))
})

test('ServerFrameDecoder gives the frames of encodeTextFrame(), split at every byte', () => {
  const texts = ['', 'é€', 'x'.repeat(126), 'y'.repeat(65_536)]
  const bytes = Buffer.concat(texts.map((text) => encodeTextFrame(text)))
  for (const size of [1, 7, 1000, bytes.length]) {
    const decoder = new ServerFrameDecoder()
    const given: string[] = []
    for (let at = 0; at < bytes.length; at += size) {
      decoder.push(bytes.subarray(at, at + size))
      for (let frame = decoder.next(); frame !== undefined; frame = decoder.next())
        given.push(Buffer.from(frame.payload).toString())
    }
    assert.deepEqual(given, texts)
  }
})
