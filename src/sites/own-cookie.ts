import type { SiteCall } from './site-call.ts'

/** A cookie of the framework's own: for the whole site, never read by a script, sent to no other site. */
export interface OwnCookie {
  readonly name: string
  /** Null: until the browser is closed. */
  readonly maxAgeMs: number | null
  /** `Lax` is sent when a link leads here; `Strict` is not. */
  readonly sameSite?: 'Lax' | 'Strict'
}

/**
 * The name on the wire. `__Host-` binds a cookie to this host and to TLS, so that no sub-domain can plant one; a
 * browser takes it over TLS only.
 */
export function wireName(call: SiteCall, { name }: OwnCookie): string {
  return call.peer.isSecure ? `__Host-${name}` : name
}

export function readOwnCookie(call: SiteCall, cookie: OwnCookie): string | undefined {
  return call.cookie(wireName(call, cookie))
}

/** Sets a cookie of ours; `value` is base64url text and dots. */
export function writeOwnCookie(call: SiteCall, cookie: OwnCookie, value: string): void {
  const age = cookie.maxAgeMs === null ? '' : `; Max-Age=${Math.floor(cookie.maxAgeMs / 1000)}`
  call.addHeader('set-cookie', `${wireName(call, cookie)}=${value}${age}${attributesOf(call, cookie)}`)
}

export function clearOwnCookie(call: SiteCall, cookie: OwnCookie): void {
  call.addHeader('set-cookie', `${wireName(call, cookie)}=; Max-Age=0${attributesOf(call, cookie)}`)
}

function attributesOf({ peer }: SiteCall, { sameSite = 'Lax' }: OwnCookie): string {
  return `; Path=/${peer.isSecure ? '; Secure' : ''}; HttpOnly; SameSite=${sameSite}`
}
