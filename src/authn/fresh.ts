import { Refusal } from '../core/refusal.ts'
import type { Identity } from '../core/scheme.ts'

/** Refused because the last login of the user is too long ago for the route (RFC 9470). */
export class NotFresh extends Refusal {
  /** What the route wants. */
  readonly maxAgeS: number

  constructor(maxAgeMs: number) {
    super('AUTHN_NOT_FRESH', { reason: `a login within ${Math.ceil(maxAgeMs / 1000)} s is wanted` })
    this.maxAgeS = Math.ceil(maxAgeMs / 1000)
  }
}

/** Null where the user proved who they are within `maxAgeMs`; an identity that does not say when is not fresh. */
export function checkFresh(identity: Identity, maxAgeMs: number, nowMs: number): Refusal | null {
  const { authenticatedAtMs } = identity
  return authenticatedAtMs !== null && nowMs - authenticatedAtMs <= maxAgeMs ? null : new NotFresh(maxAgeMs)
}
