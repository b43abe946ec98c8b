import { createHmac, timingSafeEqual, type KeyObject } from 'node:crypto'
import { Refusal, type Outcome } from '../core/refusal.ts'

/*
 * A signed datagram:
 *
 *   bytes  what
 *       2  0x47 0x31: "G1"
 *       1  length of the key id, 1 to 255
 *       n  key id: UTF-8, says which key signed (the public part of a token)
 *       8  time in milliseconds since 1970, big-endian
 *       8  nonce: random, new in each datagram
 *       m  payload
 *      16  HMAC-SHA-256 of all before, truncated (RFC 2104 section 5)
 */
const MAGIC_0 = 0x47
const MAGIC_1 = 0x31
const FIXED_BYTES = 2 + 1 + 8 + 8 + 16
const NONCE_BYTES = 8
const SIGNATURE_BYTES = 16

export interface SignedDatagram {
  readonly keyId: string
  readonly sentAtMs: number
  /** 8 random bytes. */
  readonly nonce: Uint8Array
  readonly payload: Uint8Array
}

/** A datagram that was taken apart; nothing in it may be believed before `isDatagramSigned`. */
export interface UnverifiedDatagram extends SignedDatagram {
  readonly signedPart: Uint8Array
  readonly signature: Uint8Array
}

/** True when the first bytes are those of a signed datagram. */
export function hasDatagramMark(bytes: Uint8Array): boolean {
  return bytes[0] === MAGIC_0 && bytes[1] === MAGIC_1
}

export function encodeDatagram(datagram: SignedDatagram, key: KeyObject): Uint8Array {
  const keyId = Buffer.from(datagram.keyId, 'utf8')
  if (keyId.length === 0 || keyId.length > 255) {
    throw new RangeError(`Cannot sign a datagram: the key id has ${keyId.length} bytes, it must have 1 to 255`)
  }
  if (datagram.nonce.length !== NONCE_BYTES) {
    throw new RangeError(`Cannot sign a datagram: the nonce has ${datagram.nonce.length} bytes, it must have 8`)
  }
  const bytes = Buffer.alloc(FIXED_BYTES + keyId.length + datagram.payload.length)
  bytes.set([MAGIC_0, MAGIC_1, keyId.length])
  bytes.set(keyId, 3)
  const rest = 3 + keyId.length
  bytes.writeBigUInt64BE(BigInt(datagram.sentAtMs), rest)
  bytes.set(datagram.nonce, rest + 8)
  bytes.set(datagram.payload, rest + 16)
  const signedBytes = bytes.length - SIGNATURE_BYTES
  bytes.set(sign(bytes.subarray(0, signedBytes), key), signedBytes)
  return bytes
}

/** Takes a datagram apart; a refusal when it has not the form of a signed one. */
export function decodeDatagram(bytes: Uint8Array): Outcome<UnverifiedDatagram> {
  const keyIdBytes = bytes[2] ?? 0
  if (!hasDatagramMark(bytes) || keyIdBytes === 0 || bytes.length < FIXED_BYTES + keyIdBytes) {
    return new Refusal('ROOMS_BAD_MESSAGE', { message: 'the datagram is not a signed one' })
  }
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
  const rest = 3 + keyIdBytes
  const signedBytes = bytes.length - SIGNATURE_BYTES
  return {
    keyId: view.toString('utf8', 3, rest),
    // Beyond 2^53 the number is rounded: such a time is far outside any window, rounded or not.
    sentAtMs: Number(view.readBigUInt64BE(rest)),
    nonce: view.subarray(rest + 8, rest + 16),
    payload: view.subarray(rest + 16, signedBytes),
    signedPart: view.subarray(0, signedBytes),
    signature: view.subarray(signedBytes),
  }
}

/** True when `key` signed the datagram. Compares in constant time. */
export function isDatagramSigned(datagram: UnverifiedDatagram, key: KeyObject): boolean {
  return timingSafeEqual(sign(datagram.signedPart, key), datagram.signature)
}

function sign(bytes: Uint8Array, key: KeyObject): Uint8Array {
  return createHmac('sha256', key).update(bytes).digest().subarray(0, SIGNATURE_BYTES)
}
