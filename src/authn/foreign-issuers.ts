import { createHash } from 'node:crypto'
import type { JWTVerifyGetKey } from 'jose'
import type { Outcome } from '../core/refusal.ts'
import { Refusal } from '../core/refusal.ts'
import type { SchemeBoot, SchemeMistake } from '../core/scheme.ts'
import { invalid, readClaims } from './jwt-claims.ts'
import type { JwsAlgorithm } from './jws-key.ts'
import type { Jws } from './jws.ts'
import { loadJose } from './load-jose.ts'
import type { VerifiedToken } from './token-format.ts'

/** Another server whose tokens this app takes. */
export interface ForeignIssuer {
  /** Its name in `iss`, exactly. */
  readonly issuer: string
  /** Where its public keys are (RFC 7517); https, or a loopback address outside production. */
  readonly jwksUrl: string
  /** This app's name in `aud`. */
  readonly audience: string
  /** The algorithms that it signs by. */
  readonly algorithms: readonly Exclude<JwsAlgorithm, 'HS256'>[]
  /** Values of `typ`; `at+jwt` and `jwt` (also absent) by default. */
  readonly types?: readonly string[]
  /** The user of this app that a token stands for, null for nobody: its `sub` is not one of our logins. */
  readonly user: (claims: Readonly<Record<string, unknown>>) => string | null
  /** Fetches the keys; the global `fetch` by default. */
  readonly fetch?: typeof fetch
}

type Jose = Awaited<ReturnType<typeof loadJose>>

const TIMEOUT_MS = 5_000
/** At most one request for keys within this time, whatever kids come. */
const COOLDOWN_MS = 30_000
/** How long the keys of an issuer are remembered, and what they have signed. */
export const KEYS_MS = 600_000
const KEY_SET_BYTES_MAX = 256 * 1024

/** The tokens of other issuers, verified by their own published keys; both are remembered for ten minutes. */
export class ForeignIssuers {
  readonly #issuers = new Map<string, KnownIssuer>()
  readonly #all: readonly ForeignIssuer[]

  constructor(issuers: readonly ForeignIssuer[]) {
    this.#all = issuers
  }

  prepare(boot: SchemeBoot): readonly SchemeMistake[] {
    const mistakes = this.#all.flatMap((options) => mistakesOf(options, boot))
    if (mistakes.length > 0) return mistakes
    for (const options of this.#all) this.#issuers.set(options.issuer, { options, keys: null })
    return []
  }

  /** True when the token says that it comes from one of them; nothing of it is trusted yet. */
  has({ payload }: Jws): boolean {
    return typeof payload['iss'] === 'string' && this.#issuers.has(payload['iss'])
  }

  async verify({ header, payload }: Jws, text: string): Promise<Outcome<VerifiedToken>> {
    const found = this.#issuers.get(String(payload['iss']))
    if (found === undefined) return invalid('the issuer is another')
    const { options } = found
    const type = header['typ'] ?? 'jwt'
    const types = options.types ?? ['at+jwt', 'jwt']
    if (typeof type !== 'string' || !types.includes(type.toLowerCase().replace(/^application\//, ''))) {
      return invalid('a token of another kind')
    }
    const jose = await loadJose()
    // One set of keys for each issuer, so that two tokens at once ask for them once.
    const keys = (found.keys ??= createKeys(jose, options))
    try {
      await jose.compactVerify(text, keys, { algorithms: [...options.algorithms] })
    } catch (error) {
      return refusalOf(error, jose)
    }
    return readForeign(options, payload, text)
  }
}

interface KnownIssuer {
  readonly options: ForeignIssuer
  /** Null before the first token. */
  keys: JWTVerifyGetKey | null
}

function createKeys({ createRemoteJWKSet, customFetch }: Jose, options: ForeignIssuer): JWTVerifyGetKey {
  return createRemoteJWKSet(new URL(options.jwksUrl), {
    timeoutDuration: TIMEOUT_MS,
    cooldownDuration: COOLDOWN_MS,
    cacheMaxAge: KEYS_MS,
    [customFetch]: boundedFetch(options.fetch ?? fetch),
  })
}

function readForeign(options: ForeignIssuer, payload: Jws['payload'], text: string): Outcome<VerifiedToken> {
  const token = readClaims(payload, options.issuer, true)
  if (token instanceof Refusal) return token
  if (!token.audiences.includes(options.audience)) {
    return new Refusal('AUTHN_TOKEN_AUDIENCE', { reason: 'made for another audience' })
  }
  const user = options.user(token.identity.claims)
  if (user === null || user === '') return invalid('the token stands for no user of this app')
  // A token without an id is known by its hash, so that it can be revoked here too.
  const id = token.identity.credentialId ?? createHash('sha256').update(text).digest('base64url')
  return { ...token, identity: { ...token.identity, user, credentialId: `${options.issuer}#${id}` } }
}

/** Keys that cannot be fetched are our trouble, not the caller's. */
function refusalOf(error: unknown, { errors }: Jose): Refusal {
  const isBad =
    error instanceof errors.JWSSignatureVerificationFailed ||
    error instanceof errors.JWKSNoMatchingKey ||
    error instanceof errors.JWKSMultipleMatchingKeys ||
    error instanceof errors.JOSEAlgNotAllowed ||
    error instanceof errors.JOSENotSupported ||
    error instanceof errors.JWSInvalid
  if (isBad) return invalid(error.message)
  const reason = `the keys of the issuer: ${error instanceof Error ? error.message : 'unknown'}`
  return new Refusal('AUTHN_UNAVAILABLE', { reason, headers: ['retry-after', '5'] })
}

function mistakesOf({ issuer, jwksUrl, algorithms }: ForeignIssuer, { isProduction }: SchemeBoot): SchemeMistake[] {
  const url = URL.canParse(jwksUrl) ? new URL(jwksUrl) : null
  const isLoopback = url !== null && /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(url.hostname)
  const mistakes: SchemeMistake[] = []
  if (url?.protocol !== 'https:' && !(url?.protocol === 'http:' && isLoopback && !isProduction)) {
    mistakes.push({
      problem: `the keys of issuer "${issuer}" are not fetched by TLS`,
      current: jwksUrl,
      wanted: 'https',
    })
  }
  if (algorithms.length === 0) mistakes.push({ problem: `issuer "${issuer}" has no algorithm`, wanted: "['RS256']" })
  return mistakes
}

/** No issuer makes us hold more than a key set is large, nor sends us elsewhere. */
function boundedFetch(fetchKeys: typeof fetch): (url: string, init: RequestInit) => Promise<Response> {
  return async (url, init) => {
    const response = await fetchKeys(url, { ...init, redirect: 'error' })
    const chunks: Uint8Array[] = []
    let size = 0
    const body: AsyncIterable<Uint8Array> | null = response.body
    for await (const chunk of body ?? []) {
      size += chunk.length
      if (size > KEY_SET_BYTES_MAX) throw new Error(`the key set is larger than ${KEY_SET_BYTES_MAX} bytes`)
      chunks.push(chunk)
    }
    return new Response(Buffer.concat(chunks), { status: response.status, headers: response.headers })
  }
}
