import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import type { Keyring } from '../core/keyring.ts'

const PURPOSE = 'sites:csrf'
/** How long a form may stay open in a browser. */
export const CSRF_LIFETIME_MS: number = 12 * 3_600_000
const NONCE_BYTES = 9
const EXPIRY_BYTES = 6
const MAC_BYTES = 16
const TOKEN = /^[A-Za-z0-9_-]{42}$/
const HEAD_BYTES = NONCE_BYTES + EXPIRY_BYTES

/** Whose token it is: a session, or the random value of a visitor's own cookie. Never empty. */
export interface CsrfBinding {
  readonly kind: 'session' | 'visitor'
  readonly id: string
}

export interface CsrfContext {
  readonly keyring: Keyring
  readonly binding: CsrfBinding
  readonly nowMs: number
}

/**
 * A token that proves that a form came from our own page for this session or visitor. Each is different, so that
 * compression of the page reveals nothing about it (BREACH).
 */
export function createCsrfToken({ keyring, binding, nowMs }: CsrfContext): string {
  const bytes = Buffer.alloc(HEAD_BYTES + MAC_BYTES)
  randomBytes(NONCE_BYTES).copy(bytes)
  bytes.writeUIntBE(nowMs + CSRF_LIFETIME_MS, NONCE_BYTES, EXPIRY_BYTES)
  sign(keyring.current(PURPOSE), bytes.subarray(0, HEAD_BYTES), binding).copy(bytes, HEAD_BYTES)
  return bytes.toString('base64url')
}

/** True for a token that `createCsrfToken()` made for the same binding, not older than its lifetime. */
export function checkCsrfToken({ keyring, binding, nowMs }: CsrfContext, token: string): boolean {
  if (!TOKEN.test(token)) return false
  const bytes = Buffer.from(token, 'base64url')
  // One text for one token: spare bits at the end must be zero.
  if (bytes.length !== HEAD_BYTES + MAC_BYTES || bytes.toString('base64url') !== token) return false
  const head = bytes.subarray(0, HEAD_BYTES)
  const mac = bytes.subarray(HEAD_BYTES)
  const isOurs = keyring.all(PURPOSE).some((key) => timingSafeEqual(sign(key, head, binding), mac))
  const expiresAtMs = head.readUIntBE(NONCE_BYTES, EXPIRY_BYTES)
  return isOurs && expiresAtMs > nowMs && expiresAtMs <= nowMs + CSRF_LIFETIME_MS + CLOCK_SKEW_MS
}

// Another process of the same app may be a little ahead.
const CLOCK_SKEW_MS = 60_000

function sign(key: ReturnType<Keyring['current']>, head: Uint8Array, { kind, id }: CsrfBinding): Buffer {
  if (id === '') throw new TypeError('Cannot sign a CSRF token: its binding is empty, it would serve for everybody')
  return createHmac('sha256', key).update(head).update(`${kind}:${id}`).digest().subarray(0, MAC_BYTES)
}
