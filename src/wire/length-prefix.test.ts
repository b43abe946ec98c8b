import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Refusal } from '../core/refusal.ts'
import type { FrameDecoder, Framing } from './framing.ts'
import { lengthPrefixedBytes, lengthPrefixedJson } from './length-prefix.ts'

const json = lengthPrefixedJson(3)

function drain<Message>(decoder: FrameDecoder<Message>, given: unknown[]): boolean {
  for (let message = decoder.next(); message !== undefined; message = decoder.next()) {
    given.push(message instanceof Refusal ? { refused: message.code } : message)
    if (message instanceof Refusal) return false
  }
  return true
}

function decode<Message>(framing: Framing<Message>, chunks: readonly Uint8Array[]): readonly unknown[] {
  const decoder = framing.createDecoder(16)
  const given: unknown[] = []
  for (const chunk of chunks) {
    decoder.push(chunk)
    if (!drain(decoder, given)) return given
  }
  const last = decoder.end()
  if (last !== undefined) given.push(last instanceof Refusal ? { refused: last.code } : last)
  return given
}

const VECTORS: readonly { readonly name: string; readonly hex: string; readonly given: readonly unknown[] }[] = [
  { name: 'two values', hex: '000000077b2261223a317d' + '000000046e756c6c', given: [{ a: 1 }, null] },
  { name: 'a value of 16 bytes', hex: '00000010' + '22' + '61'.repeat(14) + '22', given: ['a'.repeat(14)] },
  { name: 'a length beyond the bound', hex: '00000011', given: [{ refused: 'ROOMS_TOO_LARGE' }] },
  { name: 'the largest length', hex: 'ffffffff', given: [{ refused: 'ROOMS_TOO_LARGE' }] },
  { name: 'a length of zero', hex: '00000000', given: [{ refused: 'ROOMS_BAD_MESSAGE' }] },
  { name: 'no JSON', hex: '0000000161', given: [{ refused: 'ROOMS_BAD_MESSAGE' }] },
  { name: 'no UTF-8', hex: '0000000322ff22', given: [{ refused: 'ROOMS_BAD_MESSAGE' }] },
  { name: 'nesting at the bound', hex: '000000065b5b5b5d5d5d', given: [[[[]]]] },
  { name: 'nesting beyond it', hex: '000000085b5b5b5b5d5d5d5d', given: [{ refused: 'ROOMS_BAD_MESSAGE' }] },
  { name: 'brackets inside a string', hex: '00000009225b5b5b5c225b5b22', given: ['[[["[['] },
  { name: 'a stream that ends in a length', hex: '000000', given: [{ refused: 'ROOMS_BAD_MESSAGE' }] },
  { name: 'a stream that ends in a value', hex: '0000000231', given: [{ refused: 'ROOMS_BAD_MESSAGE' }] },
  { name: 'a stream that ends after a length', hex: '00000002', given: [{ refused: 'ROOMS_BAD_MESSAGE' }] },
]

for (const { name, hex, given } of VECTORS) {
  const bytes = Buffer.from(hex, 'hex')
  test(`lengthPrefixedJson decodes ${name}, whole and split at every byte`, () => {
    assert.deepEqual(decode(json, [bytes]), given)
    for (let at = 1; at < bytes.length; at++) {
      assert.deepEqual(decode(json, [bytes.subarray(0, at), bytes.subarray(at)]), given, `split at ${at}`)
    }
    const single = [...bytes].map((byte) => Uint8Array.of(byte))
    assert.deepEqual(decode(json, single), given)
  })
}

test('lengthPrefixedJson encodes the length in bytes, not in characters', () => {
  assert.equal(Buffer.from(json.encode('é')).toString('hex'), '0000000422c3a922')
})

test('lengthPrefixedBytes gives frames that stay as they are when more bytes come', () => {
  const decoder = lengthPrefixedBytes.createDecoder(16)
  decoder.push(Buffer.from('0000', 'hex'))
  decoder.push(Buffer.from('000361626300000003', 'hex'))
  const first = decoder.next()
  decoder.push(Buffer.from('646566', 'hex'))
  assert.deepEqual(first, Uint8Array.from(Buffer.from('abc')))
  assert.deepEqual(decoder.next(), Uint8Array.from(Buffer.from('def')))
})
