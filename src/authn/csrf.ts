import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import type { Call } from '../core/call.ts'
import type { Keyring } from '../core/keyring.ts'
import { isOwnOrigin } from '../core/own-origin.ts'
import { Refusal } from '../core/refusal.ts'
import type { Identity } from '../core/scheme.ts'

/** Where a writing call sends its token back. */
export const CSRF_HEADER = 'x-csrf-token'
export const CSRF_FIELD = '_csrf'

/** The check of writing calls whose credentials the browser sends by itself. */
export interface Csrf {
  /**
   * A token of an identity: good as long as its session or token lasts, of no use with another. Each is different, so that
   * compression of a page reveals nothing about it (BREACH).
   */
  token(identity: Identity): string
  /**
   * Null where the call comes from our own pages: `Sec-Fetch-Site` or `Origin` says so, and the token is right. The field
   * is looked at where the header is not there, so a form's body must have been read.
   */
  check(call: Call, identity: Identity): Refusal | null
}

const PURPOSE = 'csrf/1'
const MAC_BYTES = 32
const TOKEN = /^[A-Za-z0-9_-]{86}$/

/** `origins` are taken beside the server's own. */
export function createCsrf(keyring: Keyring, origins: readonly string[] = []): Csrf {
  const macOf = (identity: Identity, key = keyring.current(PURPOSE)): Buffer =>
    createHmac('sha256', key)
      .update(`${identity.credentialId ?? ''}\n${identity.user}`)
      .digest()
  return {
    token: (identity) => {
      const mask = randomBytes(MAC_BYTES)
      return Buffer.concat([mask, mixed(mask, macOf(identity))]).toString('base64url')
    },
    check: (call, identity) => {
      const refusal = checkOrigin(call, { origins, isStrict: true })
      if (refusal !== null) return refusal
      const given = call.header(CSRF_HEADER) ?? call.bodyField(CSRF_FIELD)
      if (typeof given !== 'string') return csrfRefusal('the token is missing')
      return keyring.all(PURPOSE).some((key) => isTokenOf(macOf(identity, key), given))
        ? null
        : csrfRefusal('the token is wrong')
    },
  }
}

export interface OriginOptions {
  readonly origins: readonly string[]
  /** True: a call that does not say where it comes from is refused. */
  readonly isStrict: boolean
}

/**
 * Whether a call comes from our own pages, by the headers that a page cannot set: `Sec-Fetch-Site` (Fetch Metadata) where
 * the browser sends it, else `Origin` (RFC 6454).
 */
export function checkOrigin(call: Call, { origins, isStrict }: OriginOptions): Refusal | null {
  const origin = call.header('origin')
  const site = call.header('sec-fetch-site')
  if (origin !== undefined && origins.includes(origin)) return null
  if (site !== undefined) {
    return site === 'same-origin' || site === 'none' ? null : csrfRefusal(`it comes from "${site.slice(0, 32)}"`)
  }
  if (origin === undefined) return isStrict ? csrfRefusal('it does not say where it comes from') : null
  return isOwnOrigin(call.received, origin) ? null : csrfRefusal(`it comes from "${origin.slice(0, 128)}"`)
}

function isTokenOf(mac: Buffer, text: string): boolean {
  if (!TOKEN.test(text)) return false
  const bytes = Buffer.from(text, 'base64url')
  return timingSafeEqual(mixed(bytes.subarray(0, MAC_BYTES), bytes.subarray(MAC_BYTES)), mac)
}

function mixed(mask: Uint8Array, bytes: Uint8Array): Uint8Array {
  return bytes.map((byte, i) => byte ^ (mask[i] ?? 0))
}

function csrfRefusal(reason: string): Refusal {
  return new Refusal('GUARD_CSRF', { reason })
}
