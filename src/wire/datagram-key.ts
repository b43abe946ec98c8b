import { createHmac, createSecretKey, type KeyObject } from 'node:crypto'
import type { Keyring } from '../core/keyring.ts'
import { Refusal, type Outcome } from '../core/refusal.ts'
import { decodePercent } from './percent.ts'

const PURPOSE = 'datagram'

/** What a user signs datagrams with. */
export interface DatagramKey {
  /** Goes with each datagram: who signs, and until when the key is good. No secret. */
  readonly keyId: string
  /** 32 bytes; a secret of the user. */
  readonly key: KeyObject
}

/** Makes the key of a user: derived, so that the server keeps nothing. Good until `expiresAtMs`. */
export function createDatagramKey(keyring: Keyring, user: string, expiresAtMs: number): DatagramKey {
  const keyId = `${encodeURIComponent(user)}:${Math.floor(expiresAtMs)}`
  return { keyId, key: deriveKey(keyring.current(PURPOSE), keyId) }
}

/** What a key id says, and the keys that may have signed (one for each secret of the server). */
export interface FoundDatagramKey {
  readonly user: string
  readonly expiresAtMs: number
  readonly keys: readonly KeyObject[]
}

/** Finds the keys of a key id; a refusal when it is malformed or its time is over. */
export function findDatagramKey(keyring: Keyring, keyId: string, nowMs: number): Outcome<FoundDatagramKey> {
  const match = /^([^:]+):(\d{1,15})$/.exec(keyId)
  const user = match === null ? null : decodePercent(match[1] ?? '')
  if (match === null || user === null) return new Refusal('AUTHN_TOKEN_INVALID', { reason: 'the key id is malformed' })
  if (Number(match[2]) <= nowMs) return new Refusal('AUTHN_TOKEN_EXPIRED')
  return { user, expiresAtMs: Number(match[2]), keys: keyring.all(PURPOSE).map((secret) => deriveKey(secret, keyId)) }
}

function deriveKey(secret: KeyObject, keyId: string): KeyObject {
  return createSecretKey(createHmac('sha256', secret).update(keyId).digest())
}
