import type { Call } from './call.ts'

/** The part of a call that decides about its cookies. */
export type CookieCall = Pick<Call, 'cookie' | 'hasSecureCookies' | 'header' | 'keyring' | 'now'>

/** Decides which cookies a site may set: what it refuses is not sent. */
export interface CookieGate {
  /** True when a cookie of this name, as it is sent, may be set for this visitor. */
  allowsCookie(call: CookieCall, name: string): boolean
  /** True when a cookie of this name may be set for every visitor, asked or not. */
  isNecessary(name: string): boolean
}
