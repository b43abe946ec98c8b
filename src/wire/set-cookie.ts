import { isCookieName, isCookieValue } from './cookies.ts'

/** What a browser may do with a cookie; the defaults are the closed ones. */
export interface CookieAttributes {
  /** How long it is kept; 400 days at most, more is cut. Absent or null: until the browser closes. 0 or less: removed. */
  readonly maxAgeMs?: number | null
  /** `/` by default. */
  readonly path?: string
  /** Also sent to the sub-domains of this host; absent: to this host alone. */
  readonly domain?: string
  /** Sent over TLS only; true by default. */
  readonly isSecure?: boolean
  /** Out of reach of scripts; true by default. */
  readonly isHttpOnly?: boolean
  /** `Lax` by default. */
  readonly sameSite?: 'Strict' | 'Lax' | 'None'
  /** Kept apart for each site that embeds ours (CHIPS). */
  readonly isPartitioned?: boolean
}

/** Bytes of name and value together, and of each attribute, beyond which browsers drop a cookie. */
const COOKIE_BYTES_MAX = 4096
const ATTRIBUTE_BYTES_MAX = 1024
// RFC 6265bis section 5.5: browsers keep no cookie longer.
const MAX_AGE_S = 400 * 24 * 3600
const PATH = /^\/[\x20-\x3a\x3c-\x7e]*$/
const LABEL = '[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?'
const DOMAIN = new RegExp(`^${LABEL}(?:\\.${LABEL})+$`)

/**
 * The name on the wire of a cookie for this host alone. `__Host-` binds it to this host and to TLS, so that no sub-domain
 * and nobody on the way can plant one; a browser takes it with `Secure` only.
 */
export function hostCookieName(name: string, isSecure: boolean): string {
  return isSecure ? `__Host-${name}` : name
}

/** The name on the wire of a cookie that other paths or hosts of this site may not get, or get too: over TLS only. */
export function scopedCookieName(name: string, isSecure: boolean): string {
  return isSecure ? `__Secure-${name}` : name
}

/**
 * Formats a `Set-Cookie` value (RFC 6265bis section 4.1). Throws a `TypeError` where a browser would drop or cut the
 * cookie, or where `findCookieMistake` finds something: never a cookie other than the one asked for.
 */
export function formatSetCookie(name: string, value: string, attributes: CookieAttributes = {}): string {
  const mistake = findCookieMistake(name, attributes) ?? findValueMistake(name, value)
  if (mistake !== null) throw new TypeError(`Cannot set cookie "${name}": ${mistake}`)
  const { maxAgeMs = null, path = '/', domain, isSecure = true, isHttpOnly = true } = attributes
  let text = `${name}=${value}`
  if (maxAgeMs !== null) text += `; Max-Age=${Math.max(0, Math.min(MAX_AGE_S, Math.ceil(maxAgeMs / 1000)))}`
  text += `; Path=${path}`
  if (domain !== undefined) text += `; Domain=${domain}`
  if (isSecure) text += '; Secure'
  if (isHttpOnly) text += '; HttpOnly'
  text += `; SameSite=${attributes.sameSite ?? 'Lax'}`
  return attributes.isPartitioned === true ? `${text}; Partitioned` : text
}

/** The `Set-Cookie` value that removes a cookie: name, path, domain and partition must be those it was set with. */
export function formatClearCookie(name: string, attributes: CookieAttributes = {}): string {
  return formatSetCookie(name, '', { ...attributes, maxAgeMs: 0 })
}

/** What is wrong with the name and attributes of a cookie, to be told at boot; null when nothing is. */
export function findCookieMistake(name: string, attributes: CookieAttributes): string | null {
  const { path = '/', domain, isSecure = true, maxAgeMs = null } = attributes
  if (!isCookieName(name)) return 'its name is not a token'
  if (maxAgeMs !== null && !Number.isFinite(maxAgeMs)) return `maxAgeMs is ${maxAgeMs}, it must be a time`
  if (!PATH.test(path) || path.length > ATTRIBUTE_BYTES_MAX) return 'its path must start with "/" and have no ";"'
  if (domain !== undefined && (!DOMAIN.test(domain) || domain.length > 253)) {
    return 'its domain must be a host name in lower case with at least two labels'
  }
  if (attributes.sameSite === 'None' && !isSecure) return 'SameSite=None needs Secure'
  if (attributes.isPartitioned === true && !isSecure) return 'Partitioned needs Secure'
  return findPrefixMistake(name.toLowerCase(), attributes)
}

// RFC 6265bis section 4.1.3: a browser takes a name with a prefix only when it keeps what the prefix promises.
function findPrefixMistake(name: string, attributes: CookieAttributes): string | null {
  const { path = '/', domain, isSecure = true, isHttpOnly = true } = attributes
  const isHost = name.startsWith('__host-')
  const isHttp = name.startsWith('__http-') || name.startsWith('__host-http-')
  if (!isHost && !isHttp && !name.startsWith('__secure-')) return null
  if (!isSecure) return 'its prefix needs Secure'
  if (isHttp && !isHttpOnly) return 'its prefix needs HttpOnly'
  if (!isHost) return null
  if (domain !== undefined) return 'the prefix __Host- allows no domain'
  return path === '/' ? null : 'the prefix __Host- needs the path "/"'
}

function findValueMistake(name: string, value: string): string | null {
  if (!isCookieValue(value)) return 'its value has a space, quote, comma, semicolon, backslash or is not ASCII'
  if (name.length + value.length > COOKIE_BYTES_MAX) {
    return `name and value have ${name.length + value.length} bytes, browsers keep ${COOKIE_BYTES_MAX}`
  }
  return null
}
