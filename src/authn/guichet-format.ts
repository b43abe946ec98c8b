import { createHash, createHmac, timingSafeEqual, type KeyObject } from 'node:crypto'
import type { Outcome } from '../core/refusal.ts'
import { Refusal } from '../core/refusal.ts'
import { identityOf, type SchemeBoot } from '../core/scheme.ts'
import type { Services } from '../core/services.ts'
import type { TokenFormat, TokenRequest, VerifiedToken } from './token-format.ts'

const PURPOSE = 'guichet-token/1'
const SIGNATURE_BYTES = 16
const TOKEN = /^((?:[\w\-.!~*'()]|%[0-9A-F]{2})+):((?:[\w\-.!~*'()]|%[0-9A-F]{2})+):(\d{14}):([0-9a-f]{32})$/
const HOUR_MS = 3_600_000

/**
 * The readable format `realm:user:YYYYMMDDHHMMSS:signature`: realm and user percent-encoded, the limit in UTC, the
 * signature HMAC-SHA-256 of what stands before it, cut to 16 bytes, as 32 hexadecimal digits.
 */
export function createGuichetFormat(): TokenFormat {
  let services: Services | null = null
  const ready = (): Services => {
    if (services === null) throw new Error('Cannot use a token: its scheme is not one of an app')
    return services
  }
  return {
    lifetimeMs: HOUR_MS,
    bearerFormat: 'guichet',
    audienceOf: (realm) => realm,
    prepare: (boot: SchemeBoot) => {
      services = boot.services
      return []
    },
    sign: (request) => {
      const { clock, keyring } = ready()
      return signText(keyring.current(PURPOSE), formatClaims(request, clock.now()))
    },
    verify: (text) => verifyText(ready().keyring.all(PURPOSE), text),
  }
}

function formatClaims({ realm, user, lifetimeMs, scopes, claims }: TokenRequest, nowMs: number): string {
  if (scopes !== undefined || claims !== undefined) {
    throw new TypeError('Cannot make a token: the format "guichet" has no room for scopes and claims, "jwt" has')
  }
  // Rounded up to a second, so that a token lives as long as it was asked to.
  const limit = formatLimit(Math.ceil((nowMs + lifetimeMs) / 1000) * 1000)
  return `${encodeURIComponent(realm)}:${encodeURIComponent(user)}:${limit}`
}

function signText(key: KeyObject, claims: string): string {
  return `${claims}:${signatureOf(key, claims).toString('hex')}`
}

function signatureOf(key: KeyObject, claims: string): Buffer {
  return createHmac('sha256', key).update(claims).digest().subarray(0, SIGNATURE_BYTES)
}

function verifyText(keys: readonly KeyObject[], text: string): Outcome<VerifiedToken> {
  const found = TOKEN.exec(text)
  if (found === null) return invalid('the token does not have its form')
  const [, realmText = '', userText = '', limit = '', signature = ''] = found
  const claims = text.slice(0, -signature.length - 1)
  const given = Buffer.from(signature, 'hex')
  if (!keys.some((key) => timingSafeEqual(signatureOf(key, claims), given))) return invalid('the signature is wrong')
  const realm = decodePart(realmText)
  const user = decodePart(userText)
  const expiresAtMs = parseLimit(limit)
  if (realm === null || user === null || expiresAtMs === null) return invalid('the token does not have its form')
  const credentialId = createHash('sha256').update(given).digest('base64url').slice(0, 22)
  return {
    identity: { ...identityOf(user), credentialId },
    audiences: [realm],
    issuedAtMs: null,
    notBeforeMs: 0,
    expiresAtMs,
    family: null,
    isForeign: false,
  }
}

/** One spelling only: what we would not write ourselves is not ours. */
function decodePart(text: string): string | null {
  try {
    const part = decodeURIComponent(text)
    return encodeURIComponent(part) === text ? part : null
  } catch {
    return null // Percent-encoded bytes that are not UTF-8: said by the caller.
  }
}

function formatLimit(atMs: number): string {
  return new Date(atMs).toISOString().replace(/\D/g, '').slice(0, 14)
}

function parseLimit(text: string): number | null {
  const [, year, month, day, hour, minute, second] = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)$/.exec(text) ?? []
  const atMs = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`)
  return Number.isNaN(atMs) || formatLimit(atMs) !== text ? null : atMs
}

function invalid(reason: string): Refusal {
  return new Refusal('AUTHN_TOKEN_INVALID', { reason })
}
