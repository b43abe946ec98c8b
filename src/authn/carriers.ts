import type { Call } from '../core/call.ts'
import { readSchemeValue } from './scheme-value.ts'

/** A place of the call where a token may be. */
export interface Carrier {
  readonly kind: 'bearer' | 'cookie' | 'header' | 'param'
  /** Name of the cookie, header or field. */
  readonly name: string
  /** The token as it came; null where there is none, empty where its place is there without it. */
  read(call: Call): string | null
  /** `Set-Cookie` value that makes the peer forget the token; null where it is not a cookie. */
  readonly clearCookie: string | null
}

/** `Authorization: Bearer …` (RFC 6750 section 2.1). */
export function bearer(): Carrier {
  return {
    kind: 'bearer',
    name: 'Authorization',
    clearCookie: null,
    read: (call) => {
      const header = call.header('authorization')
      return header === undefined ? null : readSchemeValue(header, 'bearer')
    },
  }
}

/** A header of its own: `Auth: …`. */
export function header(name = 'Auth'): Carrier {
  const lowerName = name.toLowerCase()
  return { kind: 'header', name, clearCookie: null, read: (call) => call.header(lowerName)?.trim() ?? null }
}

/** A field of the body, form or JSON; never the query, which ends in logs and histories (RFC 6750 section 5.3). */
export function bodyParam(name = 'AUTH'): Carrier {
  return {
    kind: 'param',
    name,
    clearCookie: null,
    read: (call) => {
      const value = call.bodyField(name)
      if (value === undefined) return null
      return typeof value === 'string' ? value : ''
    },
  }
}

export interface CookieOptions {
  /** Sent over TLS only; true by default. Browsers take `http://localhost` for secure. */
  readonly isSecure?: boolean
  readonly sameSite?: 'Strict' | 'Lax'
}

/** A cookie carrier, and how its cookie is set. */
export interface CookieCarrier extends Carrier {
  /** The `Set-Cookie` value (RFC 6265 section 4.1) that gives the peer a token; a session cookie without `maxAgeMs`. */
  format(value: string, maxAgeMs?: number): string
}

/**
 * A cookie: `HttpOnly`, `Secure`, `SameSite=Lax`, `Path=/`. The browser sends it without the user's intention, so writing
 * calls need a CSRF check. Throws a `TypeError` on a name that a cookie cannot have.
 */
export function cookie(name = 'auth', options: CookieOptions = {}): CookieCarrier {
  const isSecure = options.isSecure ?? true
  if (!/^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/.test(name))
    throw new TypeError(`Cannot use cookie "${name}": it is not a token`)
  if (!isSecure && /^__(host|secure)-/i.test(name)) {
    throw new TypeError(`Cannot use cookie "${name}" without Secure: browsers refuse it`)
  }
  const attributes = `; Path=/; HttpOnly${isSecure ? '; Secure' : ''}; SameSite=${options.sameSite ?? 'Lax'}`
  return {
    kind: 'cookie',
    name,
    clearCookie: `${name}=; Max-Age=0${attributes}`,
    // A cookie that was cleared may still come as an empty one.
    read: (call) => call.cookie(name) || null,
    format: (value, maxAgeMs) => {
      if (!/^[\x21\x23-\x2b\x2d-\x3a\x3c-\x5b\x5d-\x7e]*$/.test(value)) {
        throw new TypeError(`Cannot set cookie "${name}": its value has a character that a cookie cannot hold`)
      }
      const maxAge = maxAgeMs === undefined ? '' : `; Max-Age=${Math.floor(maxAgeMs / 1000)}`
      return `${name}=${value}${maxAge}${attributes}`
    },
  }
}
