import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Refusal } from '../core/refusal.ts'
import type { FrameDecoder } from './framing.ts'
import { lines } from './lines.ts'

type Given = string | { readonly refused: string }

function drain(decoder: FrameDecoder<string>, given: Given[]): boolean {
  for (let line = decoder.next(); line !== undefined; line = decoder.next()) {
    if (line instanceof Refusal) {
      given.push({ refused: line.code })
      return false
    }
    given.push(line)
  }
  return true
}

function decode(chunks: readonly Uint8Array[], bytesMax: number): readonly Given[] {
  const decoder = lines.createDecoder(bytesMax)
  const given: Given[] = []
  for (const chunk of chunks) {
    decoder.push(chunk)
    if (!drain(decoder, given)) return given
  }
  const last = decoder.end()
  if (last !== undefined) given.push(last instanceof Refusal ? { refused: last.code } : last)
  return given
}

const VECTORS: readonly { readonly name: string; readonly hex: string; readonly given: readonly Given[] }[] = [
  { name: 'LF', hex: '61620a630a', given: ['ab', 'c'] },
  { name: 'CR LF', hex: '61620d0a630d0a', given: ['ab', 'c'] },
  { name: 'both in one stream, and an empty line', hex: '610d0a0a620a', given: ['a', '', 'b'] },
  { name: 'a CR inside', hex: '610d620a', given: ['a\rb'] },
  { name: 'a last line without its end', hex: '610a4f6c61204d756e646f21', given: ['a', 'Ola Mundo!'] },
  { name: 'a last CR alone', hex: '610d', given: ['a\r'] },
  { name: 'UTF-8 of two, three and four bytes', hex: 'c3a9e282acf09f98800a', given: ['é€😀'] },
  { name: 'a byte order mark', hex: 'efbbbf610a', given: ['\ufeffa'] },
  { name: 'a lone continuation byte', hex: '6180620a', given: [{ refused: 'ROOMS_BAD_MESSAGE' }] },
  { name: 'a surrogate in UTF-8', hex: 'eda0800a', given: [{ refused: 'ROOMS_BAD_MESSAGE' }] },
  { name: 'a sequence cut by the end of the stream', hex: 'e282', given: [{ refused: 'ROOMS_BAD_MESSAGE' }] },
  { name: 'exactly the bound, with CR LF', hex: '61'.repeat(16) + '0d0a', given: ['a'.repeat(16)] },
  { name: 'one byte more than the bound', hex: '61'.repeat(17) + '0a', given: [{ refused: 'ROOMS_TOO_LARGE' }] },
  { name: 'a long line without an end', hex: '61'.repeat(18), given: [{ refused: 'ROOMS_TOO_LARGE' }] },
  { name: 'a last line one byte too long', hex: '61'.repeat(17), given: [{ refused: 'ROOMS_TOO_LARGE' }] },
]

for (const { name, hex, given } of VECTORS) {
  const bytes = Buffer.from(hex, 'hex')
  test(`lines decodes ${name}, whole and split at every byte`, () => {
    assert.deepEqual(decode([bytes], 16), given)
    for (let at = 1; at < bytes.length; at++) {
      assert.deepEqual(decode([bytes.subarray(0, at), bytes.subarray(at)], 16), given, `split at ${at}`)
    }
    const single = [...bytes].map((byte) => Uint8Array.of(byte))
    assert.deepEqual(decode(single, 16), given)
  })
}

test('lines holds no more than the bound when a line never ends', () => {
  const decoder = lines.createDecoder(1000)
  for (let i = 0; i < 100 && decoder.next() === undefined; i++) {
    decoder.push(Buffer.alloc(100, 0x61))
    assert.ok(decoder.pendingBytes <= 1101)
  }
  assert.equal(decoder.pendingBytes, 0)
})

test('lines encodes one message as one line when the message has line breaks', () => {
  assert.equal(Buffer.from(lines.encode('a\r\nb\nc')).toString('hex'), '612062206' + '30a')
})
