import type { CookieCall } from '../core/cookie-gate.ts'
import { decryptCookie, encryptCookie, readSignedCookie, signCookie } from '../wire/sealed-cookie.ts'
import { type CookieAttributes, formatClearCookie, formatSetCookie, hostCookieName } from '../wire/set-cookie.ts'
import type { SiteCall } from './site-call.ts'

/** A cookie of this host: for the whole site, never read by a script, sent to no other site. */
export interface OwnCookie {
  readonly name: string
  /** Null: until the browser is closed. */
  readonly maxAgeMs: number | null
  /** `Lax` is sent when a link leads here; `Strict` is not. */
  readonly sameSite?: 'Lax' | 'Strict'
  /** `signed`: the browser cannot change it. `encrypted`: nor read it. Then its value may be any text. */
  readonly seal?: 'signed' | 'encrypted'
}

// How long a sealed cookie counts that the browser forgets when it is closed, which many never are.
const SESSION_SEAL_MS = 30 * 86_400_000

function wireName(call: CookieCall, { name }: OwnCookie): string {
  return hostCookieName(name, call.hasSecureCookies)
}

/** The value of a cookie; undefined where there is none, or where its seal is not ours or has ended. */
export function readOwnCookie(call: CookieCall, cookie: OwnCookie): string | undefined {
  const name = wireName(call, cookie)
  const text = call.cookie(name)
  if (text === undefined || cookie.seal === undefined) return text
  const open = cookie.seal === 'signed' ? readSignedCookie : decryptCookie
  return open(call.keyring, { name, text, nowMs: call.now().getTime() }) ?? undefined
}

/** True when the browser sent the cookie, whatever it holds. */
export function hasOwnCookie(call: CookieCall, cookie: OwnCookie): boolean {
  return call.cookie(wireName(call, cookie)) !== undefined
}

/** Sets a cookie. Throws a `TypeError` for a value that cookies cannot hold, or one that is too long. */
export function writeOwnCookie(call: SiteCall, cookie: OwnCookie, value: string): void {
  const name = wireName(call, cookie)
  call.addHeader('set-cookie', formatSetCookie(name, sealValue(call, cookie, value), attributesOf(call, cookie)))
}

export function clearOwnCookie(call: SiteCall, cookie: OwnCookie): void {
  call.addHeader('set-cookie', formatClearCookie(wireName(call, cookie), attributesOf(call, cookie)))
}

function sealValue(call: SiteCall, cookie: OwnCookie, value: string): string {
  if (cookie.seal === undefined) return value
  const expiresAtMs = call.now().getTime() + (cookie.maxAgeMs ?? SESSION_SEAL_MS)
  const seal = cookie.seal === 'signed' ? signCookie : encryptCookie
  return seal(call.keyring, { name: wireName(call, cookie), value, expiresAtMs })
}

function attributesOf({ hasSecureCookies }: SiteCall, { maxAgeMs, sameSite = 'Lax' }: OwnCookie): CookieAttributes {
  return { maxAgeMs, sameSite, isSecure: hasSecureCookies }
}
