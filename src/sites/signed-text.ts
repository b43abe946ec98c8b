import { createHmac, timingSafeEqual } from 'node:crypto'
import type { Keyring } from '../core/keyring.ts'

const MAC_BYTES = 16
const SIGNED = /^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]{22}$/

/** A text that the browser keeps for us and cannot change; it can read it. Safe as a cookie value. */
export function signText(keyring: Keyring, purpose: string, text: string): string {
  const body = Buffer.from(text).toString('base64url')
  return `${body}.${macOf(keyring.current(purpose), body).toString('base64url')}`
}

/** The text that `signText()` signed for the same purpose; null for anything else. */
export function verifyText(keyring: Keyring, purpose: string, signed: string | undefined): string | null {
  if (signed === undefined || !SIGNED.test(signed)) return null
  const dot = signed.indexOf('.')
  const body = signed.slice(0, dot)
  const mac = Buffer.from(signed.slice(dot + 1), 'base64url')
  const isOurs = keyring.all(purpose).some((key) => timingSafeEqual(macOf(key, body), mac))
  return isOurs ? Buffer.from(body, 'base64url').toString() : null
}

function macOf(key: ReturnType<Keyring['current']>, body: string): Buffer {
  return createHmac('sha256', key).update(body).digest().subarray(0, MAC_BYTES)
}
