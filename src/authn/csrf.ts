import { createHmac, timingSafeEqual } from 'node:crypto'
import type { Call } from '../core/call.ts'
import type { Keyring } from '../core/keyring.ts'
import { Refusal } from '../core/refusal.ts'
import type { Identity } from '../core/scheme.ts'

/** Where a writing call sends its token back. */
export const CSRF_HEADER = 'x-csrf-token'
export const CSRF_FIELD = '_csrf'

/** The check of writing calls whose credentials the browser sends by itself. */
export interface Csrf {
  /** The token of an identity: the same as long as its session or token lasts, of no use with another. */
  token(identity: Identity): string
  /**
   * Null where the call comes from our own pages: `Sec-Fetch-Site` or `Origin` says so, and the token is right. The field
   * is looked at where the header is not there, so a form's body must have been read.
   */
  check(call: Call, identity: Identity): Refusal | null
}

const PURPOSE = 'csrf/1'
const TOKEN_LENGTH = 43

/** `origins` are taken beside the server's own. */
export function createCsrf(keyring: Keyring, origins: readonly string[] = []): Csrf {
  const tokenOf = (identity: Identity, key = keyring.current(PURPOSE)): string =>
    createHmac('sha256', key)
      .update(`${identity.credentialId ?? ''}\n${identity.user}`)
      .digest('base64url')
  return {
    token: (identity) => tokenOf(identity),
    check: (call, identity) => {
      const refusal = checkOrigin(call, { origins, isStrict: true })
      if (refusal !== null) return refusal
      const given = call.header(CSRF_HEADER) ?? call.bodyField(CSRF_FIELD)
      if (typeof given !== 'string') return csrfRefusal('the token is missing')
      return keyring.all(PURPOSE).some((key) => isSame(tokenOf(identity, key), given))
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
  return isOwnOrigin(call, origin) ? null : csrfRefusal(`it comes from "${origin.slice(0, 128)}"`)
}

/** A page without TLS is not our own where we are reached by TLS: whoever is on the wire could have written it. */
function isOwnOrigin({ received }: Call, origin: string): boolean {
  const host = received.host
  if (host === '') return false
  return origin === `https://${host}` || (!received.peer.isSecure && origin === `http://${host}`)
}

function isSame(token: string, text: string): boolean {
  const given = Buffer.from(text)
  return given.length === TOKEN_LENGTH && timingSafeEqual(Buffer.from(token), given)
}

function csrfRefusal(reason: string): Refusal {
  return new Refusal('GUARD_CSRF', { reason })
}
