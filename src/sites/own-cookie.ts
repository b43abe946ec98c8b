import type { CookieCall } from '../core/cookie-gate.ts'
import { decryptCookie, encryptCookie, readSignedCookie, signCookie } from '../wire/sealed-cookie.ts'
import {
  type CookieAttributes,
  findCookieMistake,
  formatClearCookie,
  formatSetCookie,
  hostCookieName,
  scopedCookieName,
} from '../wire/set-cookie.ts'
import type { SiteCall } from './site-call.ts'

/** What a browser may do with a cookie of the site, beside what always holds: over TLS alone where there is TLS. */
export interface OwnCookieScope {
  /** `Lax` is sent when a link leads here, `Strict` is not; `None` from pages of other sites too (over TLS alone). */
  readonly sameSite?: 'Lax' | 'Strict' | 'None'
  /** Sent to this path and what is below it; `/` by default. */
  readonly path?: string
  /** Sent to this host and its sub-domains; absent: to the host that sets it, alone. */
  readonly domain?: string
  /** False: scripts of the page may read it too. */
  readonly isHttpOnly?: boolean
  /** Kept apart for each site that shows this one in a frame (CHIPS); over TLS alone. */
  readonly isPartitioned?: boolean
}

/** A cookie of this site; by default for all its pages, never read by a script, sent to no other site. */
export interface OwnCookie extends OwnCookieScope {
  readonly name: string
  /** Null: until the browser is closed. */
  readonly maxAgeMs: number | null
  /** `signed`: the browser cannot change it. `encrypted`: nor read it. Then its value may be any text. */
  readonly seal?: 'signed' | 'encrypted'
}

// How long a sealed cookie counts that the browser forgets when it is closed, which many never are.
const SESSION_SEAL_MS = 30 * 86_400_000

/** The name under which a browser keeps a cookie. */
export function ownCookieName({ name, path = '/', domain }: OwnCookie, isSecure: boolean): string {
  // A prefix promises what only some cookies keep (RFC 6265bis section 4.1.3).
  return path === '/' && domain === undefined ? hostCookieName(name, isSecure) : scopedCookieName(name, isSecure)
}

/** What is wrong with a declaration, over TLS; null when nothing is. */
export function findOwnCookieMistake(cookie: OwnCookie): string | null {
  return findCookieMistake(ownCookieName(cookie, true), attributesOf(true, cookie))
}

/** The value of a cookie; undefined where there is none, or where its seal is not ours or has ended. */
export function readOwnCookie(call: CookieCall, cookie: OwnCookie): string | undefined {
  const name = ownCookieName(cookie, call.hasSecureCookies)
  const text = call.cookie(name)
  if (text === undefined || cookie.seal === undefined) return text
  const open = cookie.seal === 'signed' ? readSignedCookie : decryptCookie
  return open(call.keyring, { name, text, nowMs: call.now().getTime() }) ?? undefined
}

/** True when the browser sent the cookie, whatever it holds. */
export function hasOwnCookie(call: CookieCall, cookie: OwnCookie): boolean {
  return call.cookie(ownCookieName(cookie, call.hasSecureCookies)) !== undefined
}

/** Sets a cookie. Throws a `TypeError` for a value that cookies cannot hold, or one that is too long. */
export function writeOwnCookie(call: SiteCall, cookie: OwnCookie, value: string): void {
  const name = ownCookieName(cookie, call.hasSecureCookies)
  const sealed = sealValue(call, cookie, value)
  call.addHeader('set-cookie', formatSetCookie(name, sealed, attributesOf(call.hasSecureCookies, cookie)))
}

export function clearOwnCookie(call: SiteCall, cookie: OwnCookie): void {
  const isSecure = call.hasSecureCookies
  call.addHeader('set-cookie', formatClearCookie(ownCookieName(cookie, isSecure), attributesOf(isSecure, cookie)))
}

function sealValue(call: SiteCall, cookie: OwnCookie, value: string): string {
  if (cookie.seal === undefined) return value
  const expiresAtMs = call.now().getTime() + (cookie.maxAgeMs ?? SESSION_SEAL_MS)
  const seal = cookie.seal === 'signed' ? signCookie : encryptCookie
  return seal(call.keyring, { name: ownCookieName(cookie, call.hasSecureCookies), value, expiresAtMs })
}

function attributesOf(isSecure: boolean, cookie: OwnCookie): CookieAttributes {
  const { maxAgeMs, path = '/', domain, isHttpOnly = true, sameSite = 'Lax', isPartitioned = false } = cookie
  const common = { maxAgeMs, path, isSecure, isHttpOnly, ...(domain === undefined ? {} : { domain }) }
  // Without TLS (at home, while one develops) a browser drops what asks for more.
  return isSecure
    ? { ...common, sameSite, isPartitioned }
    : { ...common, sameSite: sameSite === 'None' ? 'Lax' : sameSite }
}
