import type { Outcome } from '../core/refusal.ts'
import { Refusal } from '../core/refusal.ts'
import type { VerifiedToken } from './token-format.ts'

/** Registered claims (RFC 7519 section 4.1, RFC 9068, OpenID Connect): what `createToken` writes, never the app. */
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
 * back, to be checked at each use. A claim of the wrong type is refused, never converted.
 */
export function readClaims(claims: Claims, issuer: string): Outcome<VerifiedToken> {
  if (claims['iss'] !== issuer) return invalid('the issuer is another')
  const user = claims['sub']
  const audiences = readAudiences(claims['aud'])
  const expiresAtMs = readTime(claims['exp'])
  const issuedAtMs = readTime(claims['iat'])
  const jti = claims['jti']
  if (typeof user !== 'string' || user === '') return invalid('"sub" is not a text')
  if (audiences === null) return invalid('"aud" is neither a text nor a list of texts')
  if (expiresAtMs === null) return invalid('"exp" is not a time')
  if (issuedAtMs === null) return invalid('"iat" is not a time')
  if (typeof jti !== 'string' || jti === '') return invalid('"jti" is not a text')
  const notBeforeMs = claims['nbf'] === undefined ? issuedAtMs : readTime(claims['nbf'])
  if (notBeforeMs === null) return invalid('"nbf" is not a time')
  const authenticatedAtMs = claims['auth_time'] === undefined ? null : readTime(claims['auth_time'])
  if (claims['auth_time'] !== undefined && authenticatedAtMs === null) return invalid('"auth_time" is not a time')
  const scope = claims['scope'] ?? ''
  if (typeof scope !== 'string') return invalid('"scope" is not a text')
  const scopes = Object.freeze(scope.split(' ').filter((name) => name !== ''))
  return {
    identity: {
      user,
      claims: Object.freeze(claims),
      scopes,
      authenticatedAtMs,
      credentialId: jti,
      isAmbient: false,
    },
    audiences,
    notBeforeMs: Math.max(notBeforeMs, issuedAtMs),
    expiresAtMs,
  }
}

function readAudiences(value: unknown): readonly string[] | null {
  if (typeof value === 'string') return [value]
  if (!Array.isArray(value)) return null
  const list: readonly unknown[] = value
  return list.every((one) => typeof one === 'string') ? list : null
}

/** Seconds since 1970 (RFC 7519 section 2, NumericDate) in milliseconds. */
function readTime(value: unknown): number | null {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0 && value < 1e11 ? value * 1000 : null
}

export function invalid(reason: string): Refusal {
  return new Refusal('AUTHN_TOKEN_INVALID', { reason })
}
