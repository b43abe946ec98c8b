import type { Call } from '../core/call.ts'
import { findCookieMistake, formatClearCookie, formatSetCookie, hostCookieName } from '../wire/set-cookie.ts'
import { readSchemeValue } from './scheme-value.ts'

/** A place of the call where a token may be. */
export interface Carrier {
  readonly kind: 'bearer' | 'cookie' | 'header' | 'param'
  /** Name of the header or field; of a cookie the one with its prefix. */
  readonly name: string
  /** The token as it came; null where there is none, empty where its place is there without it. */
  read(call: Call): string | null
  /** `Set-Cookie` value that makes the peer of this call forget the token; null where it is not a cookie. */
  clear(call: Call): string | null
}

/** `Authorization: Bearer …` (RFC 6750 section 2.1). */
export function bearer(): Carrier {
  return {
    kind: 'bearer',
    name: 'Authorization',
    clear: () => null,
    read: (call) => {
      const header = call.header('authorization')
      return header === undefined ? null : readSchemeValue(header, 'bearer')
    },
  }
}

/** A header of its own: `Auth: …`. */
export function header(name = 'Auth'): Carrier {
  const lowerName = name.toLowerCase()
  return { kind: 'header', name, clear: () => null, read: (call) => call.header(lowerName)?.trim() ?? null }
}

/** A field of the body, form or JSON; never the query, which ends in logs and histories (RFC 6750 section 5.3). */
export function bodyParam(name = 'AUTH'): Carrier {
  return {
    kind: 'param',
    name,
    clear: () => null,
    read: (call) => {
      const value = call.bodyField(name)
      if (value === undefined) return null
      return typeof value === 'string' ? value : ''
    },
  }
}

export interface CookieOptions {
  /** `Lax` by default: sent when a link leads here; `Strict` is not. */
  readonly sameSite?: 'Strict' | 'Lax'
}

/** A cookie carrier, and how its cookie is set. */
export interface CookieCarrier extends Carrier {
  /**
   * The `Set-Cookie` value (RFC 6265bis section 4.1) that gives the peer of this call a token; a session cookie without
   * `maxAgeMs`. Throws a `TypeError` for a value that a cookie cannot hold.
   */
  format(call: Call, value: string, maxAgeMs?: number): string
}

/**
 * A cookie for this host alone: `HttpOnly`, `SameSite=Lax`, `Path=/`; over TLS, and in production always, `Secure` with
 * the prefix `__Host-` before its name. The browser sends it without the user's intention, so writing calls need a CSRF
 * check. Throws a `TypeError` on a name that a cookie cannot have.
 */
export function cookie(name = 'auth', { sameSite = 'Lax' }: CookieOptions = {}): CookieCarrier {
  const mistake = name.startsWith('__') ? 'its prefix is put before it' : findCookieMistake(name, {})
  if (mistake !== null) throw new TypeError(`Cannot use cookie "${name}": ${mistake}`)
  return {
    kind: 'cookie',
    name: hostCookieName(name, true),
    // A cookie that was cleared may still come as an empty one.
    read: (call) => call.cookie(hostCookieName(name, call.hasSecureCookies)) || null,
    format: ({ hasSecureCookies: isSecure }, value, maxAgeMs) =>
      formatSetCookie(hostCookieName(name, isSecure), value, { isSecure, sameSite, maxAgeMs: maxAgeMs ?? null }),
    clear: ({ hasSecureCookies: isSecure }) =>
      formatClearCookie(hostCookieName(name, isSecure), { isSecure, sameSite }),
  }
}
