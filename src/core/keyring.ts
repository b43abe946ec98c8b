import { createSecretKey, hkdfSync, type KeyObject } from 'node:crypto'

/** The signing keys of an app, derived from its secrets by purpose (RFC 5869), so that one never serves for another. */
export interface Keyring {
  /** The key that signs now: 32 bytes. */
  current(purpose: string): KeyObject
  /** All keys that may verify, the current one first: older secrets stay valid until they are removed. */
  all(purpose: string): readonly KeyObject[]
}

/** Bytes that a secret must have in production. */
export const SECRET_BYTES_MIN = 32

/** A long secret that repeats a few characters is a placeholder, not a secret. */
export function isGuessable(secret: string): boolean {
  return new Set(secret).size < 8
}

/** Makes the keyring of `secrets`, the newest first; at least one. */
export function createKeyring(secrets: readonly string[]): Keyring {
  const cache = new Map<string, readonly KeyObject[]>()
  const all = (purpose: string): readonly KeyObject[] => {
    let keys = cache.get(purpose)
    if (keys === undefined) {
      keys = secrets.map((secret) => deriveKey(secret, purpose))
      cache.set(purpose, keys)
    }
    return keys
  }
  return {
    all,
    current: (purpose) => {
      const key = all(purpose)[0]
      if (key === undefined) throw new RangeError('Cannot sign: the keyring is empty, it needs at least one secret')
      return key
    },
  }
}

function deriveKey(secret: string, purpose: string): KeyObject {
  return createSecretKey(Buffer.from(hkdfSync('sha256', secret, 'guichet', purpose, 32)))
}
