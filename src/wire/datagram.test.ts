import assert from 'node:assert/strict'
import { createSecretKey } from 'node:crypto'
import { test } from 'node:test'
import { Refusal } from '../core/refusal.ts'
import { decodeDatagram, encodeDatagram, hasDatagramMark, isDatagramSigned } from './datagram.ts'

const key = createSecretKey(Buffer.alloc(32, 7))
const otherKey = createSecretKey(Buffer.alloc(32, 8))
const datagram = {
  keyId: 'stuff:calvin',
  sentAtMs: 1_700_000_000_000,
  nonce: Buffer.from('0102030405060708', 'hex'),
  payload: Buffer.from('ping'),
}
// "G1", 12, "stuff:calvin", the time, the nonce, "ping", the first half of the HMAC (checked with Python's hmac).
const HEX =
  '4731' +
  '0c' +
  '73747566663a63616c76696e' +
  '0000018bcfe56800' +
  '0102030405060708' +
  '70696e67' +
  '1b86edc22373365dc178a96fe7c8f5a1'

function decoded(bytes: Uint8Array) {
  const outcome = decodeDatagram(bytes)
  assert.ok(!(outcome instanceof Refusal))
  return outcome
}

test('encodeDatagram() gives the bytes of the layout', () => {
  assert.equal(Buffer.from(encodeDatagram(datagram, key)).toString('hex'), HEX)
})

test('decodeDatagram() gives back what was encoded', () => {
  const { keyId, sentAtMs, nonce, payload } = decoded(Buffer.from(HEX, 'hex'))
  assert.deepEqual({ keyId, sentAtMs, nonce, payload }, datagram)
})

test('isDatagramSigned() is true for the key that signed and false for another', () => {
  assert.equal(isDatagramSigned(decoded(Buffer.from(HEX, 'hex')), key), true)
  assert.equal(isDatagramSigned(decoded(Buffer.from(HEX, 'hex')), otherKey), false)
})

test('isDatagramSigned() is false when any bit was changed', () => {
  const bytes = Buffer.from(HEX, 'hex')
  for (let bit = 0; bit < bytes.length * 8; bit++) {
    const changed = Buffer.from(bytes)
    changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7))
    const outcome = decodeDatagram(changed)
    assert.ok(outcome instanceof Refusal || !isDatagramSigned(outcome, key), `bit ${bit}`)
  }
})

test('decodeDatagram() refuses every datagram that was cut before the end of its fixed part', () => {
  const bytes = Buffer.from(HEX, 'hex')
  for (let length = 0; length < 47; length++) {
    const outcome = decodeDatagram(bytes.subarray(0, length))
    assert.ok(outcome instanceof Refusal, `length ${length}`)
    assert.equal(outcome.code, 'ROOMS_BAD_MESSAGE')
  }
})

test('decodeDatagram() refuses an empty key id', () => {
  assert.ok(decodeDatagram(Buffer.concat([Buffer.from('473100', 'hex'), Buffer.alloc(40)])) instanceof Refusal)
})

test('hasDatagramMark() tells signed datagrams from text', () => {
  assert.equal(hasDatagramMark(Buffer.from(HEX, 'hex')), true)
  assert.equal(hasDatagramMark(Buffer.from('ping')), false)
  assert.equal(hasDatagramMark(new Uint8Array(0)), false)
})

test('encodeDatagram() throws when the key id does not fit', () => {
  assert.throws(() => encodeDatagram({ ...datagram, keyId: 'x'.repeat(256) }, key), RangeError)
  assert.throws(() => encodeDatagram({ ...datagram, keyId: '' }, key), RangeError)
})
