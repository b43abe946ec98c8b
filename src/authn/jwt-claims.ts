import type { Outcome } from '../core/refusal.ts'
import { Refusal } from '../core/refusal.ts'
import type { VerifiedToken } from './token-format.ts'
import { timeOfTokenId } from './token-id.ts'

/** Registered claims (RFC 7519 section 4.1, RFC 9068) and our own: what we write, never the app. */
export const REGISTERED_CLAIMS: ReadonlySet<string> = new Set([
  'iss',
  'sub',
  'aud',
  'exp',
  'nbf',
  'iat',
  'jti',
  'scope',
  'auth_time',
  'family',
])

type Claims = Readonly<Record<string, unknown>>

/**
 * Reads the claims of a token whose signature is good. Issuer and types are checked here; audience and times are given
 * back, to be checked at each use. A claim of the wrong type is refused, never converted. A foreign token may lack
 * `jti` and `iat`.
 */
export function readClaims(claims: Claims, issuer: string, isForeign = false): Outcome<VerifiedToken> {
  try {
    return readAll(claims, issuer, isForeign)
  } catch (error) {
    if (error instanceof WrongClaim) return invalid(error.message)
    throw error
  }
}

function readAll(claims: Claims, issuer: string, isForeign: boolean): VerifiedToken {
  if (text(claims, 'iss') !== issuer) throw new WrongClaim('the issuer is another')
  // Our own tokens always have both; others need not (RFC 7519 section 4.1).
  const id = isForeign ? optional(claims, 'jti', text) : text(claims, 'jti')
  const issuedAtMs = isForeign ? optional(claims, 'iat', time) : time(claims, 'iat')
  return {
    identity: {
      user: text(claims, 'sub'),
      claims: Object.freeze(claims),
      scopes: scopes(claims['scope']),
      authenticatedAtMs: optional(claims, 'auth_time', time),
      credentialId: id,
      isAmbient: false,
    },
    audiences: audiences(claims['aud']),
    issuedAtMs: isForeign ? issuedAtMs : (timeOfTokenId(id ?? '') ?? issuedAtMs),
    notBeforeMs: Math.max(issuedAtMs ?? 0, optional(claims, 'nbf', time) ?? 0),
    expiresAtMs: time(claims, 'exp'),
    family: isForeign ? null : optional(claims, 'family', text),
    isForeign,
  }
}

/** Thrown and caught in this file: thirteen checks read better in one column. */
class WrongClaim extends Error {}

function text(claims: Claims, name: string): string {
  const value = claims[name]
  if (typeof value === 'string' && value !== '') return value
  throw new WrongClaim(`"${name}" is not a text`)
}

/** Seconds since 1970 (RFC 7519 section 2, NumericDate) in milliseconds. */
function time(claims: Claims, name: string): number {
  const value = claims[name]
  if (typeof value === 'number' && value >= 0 && value < 1e11) return value * 1000
  throw new WrongClaim(`"${name}" is not a time`)
}

function optional<Value>(claims: Claims, name: string, read: (claims: Claims, name: string) => Value): Value | null {
  return claims[name] === undefined ? null : read(claims, name)
}

function audiences(value: unknown): readonly string[] {
  const list: readonly unknown[] = Array.isArray(value) ? value : [value]
  if (list.length > 0 && list.every((one) => typeof one === 'string')) return list
  throw new WrongClaim('"aud" is neither a text nor a list of texts')
}

/** Names divided by spaces (RFC 8693 section 4.2). */
function scopes(value: unknown): readonly string[] {
  if (value === undefined) return NO_SCOPES
  if (typeof value !== 'string') throw new WrongClaim('"scope" is not a text')
  return Object.freeze(value.split(' ').filter((name) => name !== ''))
}

const NO_SCOPES: readonly string[] = Object.freeze([])

export function invalid(reason: string): Refusal {
  return new Refusal('AUTHN_TOKEN_INVALID', { reason })
}
