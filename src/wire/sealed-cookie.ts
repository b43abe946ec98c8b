import { createCipheriv, createDecipheriv, createHmac, type KeyObject, randomBytes, timingSafeEqual } from 'node:crypto'
import type { Keyring } from '../core/keyring.ts'
import { decodeUtf8 } from './utf8.ts'

/** A value to be sealed into a cookie. */
export interface CookieContent {
  /** Name of the cookie: its seal is worth nothing on another one. */
  readonly name: string
  /** Any text. */
  readonly value: string
  /** When the seal ends, milliseconds since 1970: a browser may keep a cookie longer than it is told. */
  readonly expiresAtMs: number
}

/** What came back in a cookie. */
export interface SealedCookie {
  readonly name: string
  readonly text: string
  readonly nowMs: number
}

const SIGN_PURPOSE = 'cookie:sign'
const ENCRYPT_PURPOSE = 'cookie:encrypt'
const CIPHER = 'aes-256-gcm'
const NONCE_BYTES = 12
const TAG_BYTES = 16
const SIGNED = /^([0-9a-z]{1,11})\.([A-Za-z0-9_-]*)\.([A-Za-z0-9_-]{43})$/
const SEALED = /^[A-Za-z0-9_-]+$/

/** Signs a value (HMAC-SHA-256): the browser can read it, and cannot change it. `expiry.value.signature`. */
export function signCookie(keyring: Keyring, { name, value, expiresAtMs }: CookieContent): string {
  const signed = `${Math.floor(expiresAtMs).toString(36)}.${Buffer.from(value, 'utf8').toString('base64url')}`
  return `${signed}.${signatureOf(keyring.current(SIGN_PURPOSE), name, signed)}`
}

/** The value of a signed cookie, with any key of the ring; null where it was changed, ended or is not ours. */
export function readSignedCookie(keyring: Keyring, { name, text, nowMs }: SealedCookie): string | null {
  const [, expiry = '', encoded = '', signature = ''] = SIGNED.exec(text) ?? []
  if (signature === '') return null
  // Compared as text: base64url has several spellings of the same bytes.
  const found = Buffer.from(signature, 'latin1')
  // Checked before it is read: what is not ours is never interpreted.
  const signed = `${expiry}.${encoded}`
  const isOurs = keyring
    .all(SIGN_PURPOSE)
    .some((key) => timingSafeEqual(Buffer.from(signatureOf(key, name, signed), 'latin1'), found))
  if (!isOurs || Number.parseInt(expiry, 36) <= nowMs) return null
  return decodeUtf8(Buffer.from(encoded, 'base64url'))
}

/** Encrypts a value (AES-256-GCM): the browser can neither read nor change it. */
export function encryptCookie(keyring: Keyring, { name, value, expiresAtMs }: CookieContent): string {
  const nonce = randomBytes(NONCE_BYTES)
  const cipher = createCipheriv(CIPHER, keyring.current(ENCRYPT_PURPOSE), nonce)
  cipher.setAAD(Buffer.from(name, 'utf8'))
  const body = Buffer.concat([
    cipher.update(`${Math.floor(expiresAtMs).toString(36)}.${value}`, 'utf8'),
    cipher.final(),
  ])
  return Buffer.concat([nonce, body, cipher.getAuthTag()]).toString('base64url')
}

/** The value of an encrypted cookie, with any key of the ring; null where it was changed, ended or is not ours. */
export function decryptCookie(keyring: Keyring, { name, text, nowMs }: SealedCookie): string | null {
  if (!SEALED.test(text)) return null
  const bytes = Buffer.from(text, 'base64url')
  // One spelling of the bytes only, so that two texts are never the same cookie.
  if (bytes.length < NONCE_BYTES + TAG_BYTES || bytes.toString('base64url') !== text) return null
  for (const key of keyring.all(ENCRYPT_PURPOSE)) {
    const content = decrypt(key, name, bytes)
    if (content === null) continue
    const dot = content.indexOf('.')
    return Number.parseInt(content.slice(0, dot), 36) > nowMs ? content.slice(dot + 1) : null
  }
  return null
}

function decrypt(key: KeyObject, name: string, bytes: Buffer): string | null {
  const decipher = createDecipheriv(CIPHER, key, bytes.subarray(0, NONCE_BYTES), { authTagLength: TAG_BYTES })
  decipher.setAAD(Buffer.from(name, 'utf8'))
  decipher.setAuthTag(bytes.subarray(-TAG_BYTES))
  const body = decipher.update(bytes.subarray(NONCE_BYTES, -TAG_BYTES))
  try {
    return decodeUtf8(Buffer.concat([body, decipher.final()]))
  } catch {
    // The tag does not fit: another key, or somebody changed it.
    return null
  }
}

// The length keeps name and value apart: no other pair gives the same bytes.
function signatureOf(key: KeyObject, name: string, signed: string): string {
  return createHmac('sha256', key).update(`${name.length}:${name}${signed}`, 'utf8').digest('base64url')
}
