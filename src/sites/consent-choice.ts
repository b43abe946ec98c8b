import type { CookieCall } from '../core/cookie-gate.ts'
import { type OwnCookie, readOwnCookie, writeOwnCookie } from './own-cookie.ts'
import type { SiteCall } from './site-call.ts'

/** What a visitor has decided. */
export interface ConsentChoice {
  /** Id of the proof that was kept. */
  readonly id: string
  readonly atMs: number
  /** Version of the purposes that were shown. */
  readonly version: string
  /** Purposes agreed to; empty: all were refused. */
  readonly purposes: readonly string[]
  /** True when the browser said "Global Privacy Control" while the choice was made. */
  readonly isUnderGpc: boolean
}

const DAY_MS = 86_400_000
/** CNIL's recommendation: a choice, yes or no, is kept for six months, then asked for again. */
export const CHOICE_LIFETIME_MS: number = 182 * DAY_MS

export const CONSENT_COOKIE: OwnCookie & { readonly name: 'consent' } = {
  name: 'consent',
  maxAgeMs: CHOICE_LIFETIME_MS,
  seal: 'signed',
}

/** The choice of this visitor for this version; null where there is none, or where it is too old. */
export function readChoice(call: CookieCall, version: string): ConsentChoice | null {
  const text = readOwnCookie(call, CONSENT_COOKIE)
  if (text === undefined) return null
  const choice = JSON.parse(text) as ConsentChoice // signed: only writeChoice() wrote it
  const ageMs = call.now().getTime() - choice.atMs
  return choice.version === version && ageMs < CHOICE_LIFETIME_MS ? choice : null
}

export function writeChoice(call: SiteCall, choice: ConsentChoice): void {
  writeOwnCookie(call, CONSENT_COOKIE, JSON.stringify(choice))
}

/** True when the browser asks not to be followed (Global Privacy Control, section 3.1). */
export function hasGpc(call: Pick<CookieCall, 'header'>): boolean {
  return call.header('sec-gpc') === '1'
}
