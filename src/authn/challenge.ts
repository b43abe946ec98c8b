import type { Refusal } from '../core/refusal.ts'

/** A quoted string (RFC 9110 section 5.6.4); what a header cannot hold becomes a question mark. */
export function quoted(text: string): string {
  return `"${text.replace(/[^\t\x20-\x7e]/g, '?').replace(/["\\]/g, '\\$&')}"`
}

/** Refused because the last login of the user is too long ago for the route (RFC 9470). */
export interface NotFresh extends Refusal {
  readonly code: 'AUTHN_NOT_FRESH'
  readonly maxAgeS: number
}

/** The challenge of bearer tokens (RFC 6750 section 3, RFC 9470 section 3). */
export function bearerChallenge(realm: string, refusal?: Refusal): string {
  const start = `Bearer realm=${quoted(realm)}`
  if (refusal === undefined || refusal.status !== 401 || refusal.code === 'AUTHN_MISSING') return start
  if (refusal.code !== 'AUTHN_NOT_FRESH') return `${start}, error="invalid_token"`
  const maxAge = isNotFresh(refusal) ? `, max_age="${refusal.maxAgeS}"` : ''
  return `${start}, error="insufficient_user_authentication"${maxAge}`
}

function isNotFresh(refusal: Refusal): refusal is NotFresh {
  return refusal.code === 'AUTHN_NOT_FRESH' && 'maxAgeS' in refusal
}
