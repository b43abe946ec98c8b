import type { JsonWebKey } from 'node:crypto'
import type { Clock } from '../core/clock.ts'
import type { MaybePromise, Outcome } from '../core/refusal.ts'
import type { SchemeBoot, SchemeMistake } from '../core/scheme.ts'
import { ForeignIssuers, type ForeignIssuer } from './foreign-issuers.ts'
import { invalid, readClaims, REGISTERED_CLAIMS } from './jwt-claims.ts'
import { createHs256Key, importJwsKey, kidOf, type JwsKey, type JwsKeyOptions } from './jws-key.ts'
import { parseJws, type Jws } from './jws.ts'
import { createTokenId } from './token-id.ts'
import type { TokenFormat, TokenRequest, VerifiedToken } from './token-format.ts'

export interface JwtOptions {
  /** Who makes the tokens (`iss`); the app's realm by default. */
  readonly issuer?: string
  /** Whom they are for (`aud`); the app's realm by default. A route with a realm of its own takes that. */
  readonly audience?: string
  /**
   * The keys: the first that can sign does, all verify, so that old ones stay until their tokens have ended. By default
   * HS256 with keys derived from the secrets of the app.
   */
  readonly keys?: readonly JwsKeyOptions[]
  /** Other servers whose tokens this app takes too. */
  readonly issuers?: readonly ForeignIssuer[]
}

const MINUTE_MS = 60_000
const PURPOSE = 'jwt-hs256/1'

/** Format `jwt` with what further kinds of token need of it. */
export interface JwtFormat extends TokenFormat {
  /** The public keys (RFC 7517), for others to verify; secrets are not among them. */
  jwks(): { readonly keys: readonly JsonWebKey[] }
}

/** Types in the header: an access token (RFC 9068) and ours to renew it, so that neither passes for the other. */
export const ACCESS_TYPE = 'at+jwt'
export const REFRESH_TYPE = 'guichet-refresh+jwt'

/** JSON Web Tokens (RFC 7519) in the compact form of RFC 7515, as RFC 8725 advises. */
export function createJwtFormat(options: JwtOptions = {}, type: string = ACCESS_TYPE): JwtFormat {
  // Nobody else's tokens renew ours.
  const foreign = new ForeignIssuers(type === ACCESS_TYPE ? (options.issuers ?? []) : [])
  let prepared: Prepared | null = null
  const ready = (): Prepared => {
    if (prepared === null) throw new Error('Cannot use a token: its scheme is not one of an app')
    return prepared
  }
  return {
    lifetimeMs: 15 * MINUTE_MS,
    bearerFormat: 'JWT',
    audienceOf: (realm) => (realm === ready().realm ? (options.audience ?? realm) : realm),
    prepare: (boot) => {
      const made = prepareKeys(options, boot)
      prepared = {
        clock: boot.services.clock,
        realm: boot.realm,
        issuer: options.issuer ?? boot.realm,
        keys: new Map(made.keys.map((key) => [key.kid, key])),
        type,
        foreign,
      }
      return [...made.mistakes, ...foreign.prepare(boot), ...issuerMistakes(options, prepared.issuer)]
    },
    sign: (request) => signJwt(ready(), request),
    verify: (text) => verifyJwt(ready(), text),
    jwks: () => ({ keys: [...ready().keys.values()].map(({ publicJwk }) => publicJwk).filter((jwk) => jwk !== null) }),
  }
}

interface Prepared {
  readonly clock: Clock
  readonly realm: string
  readonly issuer: string
  /** By kid, in the order of the options. */
  readonly keys: ReadonlyMap<string, JwsKey>
  readonly type: string
  readonly foreign: ForeignIssuers
}

function prepareKeys(options: JwtOptions, boot: SchemeBoot): { keys: JwsKey[]; mistakes: SchemeMistake[] } {
  if (options.keys === undefined) {
    const keys = boot.services.keyring.all(PURPOSE).map((key) => createHs256Key(kidOf(key), key))
    return { keys, mistakes: [] }
  }
  const keys: JwsKey[] = []
  const mistakes: SchemeMistake[] = []
  for (const key of options.keys.map(importJwsKey)) {
    if ('problem' in key) mistakes.push(key)
    else if (keys.some(({ kid }) => kid === key.kid)) mistakes.push({ problem: `two keys have the kid "${key.kid}"` })
    else keys.push(key)
  }
  if (options.keys.length === 0) mistakes.push({ problem: 'the list of keys is empty', wanted: 'one key at least' })
  return { keys, mistakes }
}

function signJwt({ clock, issuer, keys, type }: Prepared, request: TokenRequest): MaybePromise<string> {
  const key = [...keys.values()].find(({ canSign }) => canSign)
  if (key === undefined) throw new Error('Cannot make a token: no key of the app can sign')
  for (const name of Object.keys(request.claims ?? {})) {
    if (REGISTERED_CLAIMS.has(name)) throw new TypeError(`Cannot make a token: claim "${name}" is not the app's to set`)
  }
  const nowMs = clock.now()
  const { scopes, authenticatedAtMs = null } = request
  const payload = {
    ...request.claims,
    iss: issuer,
    sub: request.user,
    aud: request.realm,
    jti: createTokenId(nowMs),
    iat: Math.floor(nowMs / 1000),
    nbf: Math.floor(nowMs / 1000),
    // Rounded up to a second, so that a token lives as long as it was asked to.
    exp: Math.ceil((nowMs + request.lifetimeMs) / 1000),
    ...(scopes === undefined ? {} : { scope: scopes.join(' ') }),
    ...(authenticatedAtMs === null ? {} : { auth_time: Math.floor(authenticatedAtMs / 1000) }),
    ...request.registered,
  }
  return key.sign({ alg: key.algorithm, typ: type, kid: key.kid }, payload)
}

function verifyJwt(prepared: Prepared, text: string): MaybePromise<Outcome<VerifiedToken>> {
  const jws = parseJws(text)
  if (jws === null) return invalid('the token does not have its form')
  if (prepared.foreign.has(jws)) return prepared.foreign.verify(jws, text)
  const key = keyOf(prepared, jws)
  if (key === null) return invalid('no key of ours, or not by its algorithm')
  if (!isType(jws.header['typ'], prepared.type)) return invalid('a token of another kind')
  // An extension that must be understood and is not (RFC 7515 section 4.1.11).
  if (jws.header['crit'] !== undefined || jws.header['b64'] !== undefined) return invalid('a critical extension')
  const read = (isGood: boolean): Outcome<VerifiedToken> =>
    isGood ? readClaims(jws.payload, prepared.issuer) : invalid('the signature is wrong')
  const isGood = key.verify(jws, text)
  return isGood instanceof Promise ? isGood.then(read) : read(isGood)
}

/** Two issuers of one name would let the one speak for the other. */
function issuerMistakes({ issuers = [] }: JwtOptions, own: string): readonly SchemeMistake[] {
  const names = [own, ...issuers.map(({ issuer }) => issuer)]
  return names
    .filter((name, index) => names.indexOf(name) !== index)
    .map((name) => ({ problem: `two issuers have the name "${name}"` }))
}

/** The kid only picks among our keys; the algorithm is the key's, the token's must agree (RFC 8725 section 3.1). */
function keyOf({ keys }: Prepared, { header }: Jws): JwsKey | null {
  const { kid, alg } = header
  const key = typeof kid === 'string' ? keys.get(kid) : undefined
  return key !== undefined && key.algorithm === alg ? key : null
}

function isType(typ: unknown, wanted: string): boolean {
  return typeof typ === 'string' && typ.toLowerCase().replace(/^application\//, '') === wanted
}
