import type { Call, TokenOptions } from '../core/call.ts'
import type { MaybePromise } from '../core/refusal.ts'
import { Refusal } from '../core/refusal.ts'
import type { Recognition, Scheme, SchemeBoot, SchemeMistake } from '../core/scheme.ts'
import { bearer } from './carriers.ts'
import { bearerChallenge } from './challenge.ts'
import { createJwtFormat, REFRESH_TYPE, type JwtFormat, type JwtOptions } from './jwt-format.ts'
import { REGISTERED_CLAIMS } from './jwt-claims.ts'
import { RefreshFamilies } from './refresh-families.ts'
import type { Revocations } from './revocations.ts'
import { orUnavailable } from './or-unavailable.ts'
import type { VerifiedToken } from './token-format.ts'
import { createTokenId } from './token-id.ts'
import { TokenReader } from './token-reader.ts'
import type { TokenPair } from './token.ts'

export interface RefreshOptions {
  readonly name: string
  readonly jwt: JwtOptions
  readonly graceMs: number
  /** From the login to the end of the last token of its family. */
  readonly lifetimeMs: number
  readonly createAccess: (user: string, options: TokenOptions & { readonly family: string }) => MaybePromise<string>
}

interface Prepared {
  readonly boot: SchemeBoot
  readonly families: RefreshFamilies
  readonly revocations: Revocations | null
}

/** One link of a family: what the token says and when the family ends. */
interface Link {
  readonly user: string
  readonly family: string
  readonly expiresAtMs: number
  readonly options: TokenOptions
}

/** Refresh tokens: each serves once, for the next pair; a second use ends the family (RFC 9700 section 4.14.2). */
export class RefreshTokens implements Scheme<unknown> {
  readonly name: string
  readonly reads = 'head'
  readonly sharedState = 'families of refresh tokens'
  readonly isAmbient = false
  readonly isOptIn = true
  readonly lifetimeMs: number
  readonly #options: RefreshOptions
  readonly #format: JwtFormat
  readonly #reader: TokenReader
  #prepared: Prepared | null = null

  constructor(options: RefreshOptions) {
    this.#options = options
    this.#format = createJwtFormat(options.jwt, REFRESH_TYPE)
    this.#reader = new TokenReader({ carriers: [bearer()], format: this.#format, graceMs: options.graceMs })
    this.name = options.name
    this.lifetimeMs = options.lifetimeMs
  }

  challenge(realm: string, refusal?: Refusal): string {
    return bearerChallenge(realm, refusal)
  }

  /** Nothing to do: the scheme of the access tokens prepares both. */
  prepare(): readonly SchemeMistake[] {
    return []
  }

  /** The mistakes of the keys were told by the scheme of the access tokens. */
  attach(boot: SchemeBoot, revocations: Revocations | null): readonly SchemeMistake[] {
    this.#prepared = { boot, families: new RefreshFamilies(boot.services.store), revocations }
    this.#reader.prepare(boot)
    if (this.lifetimeMs > 0 && Number.isFinite(this.lifetimeMs)) return []
    return [{ problem: 'refreshLifetimeMs is not a lifetime', current: `${this.lifetimeMs}`, wanted: 'above 0' }]
  }

  describe(): Readonly<Record<string, Readonly<Record<string, unknown>>>> {
    return { [this.name]: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT', description: 'Refresh token' } }
  }

  async recognize(call: Call): Promise<Recognition> {
    const reading = await this.#reader.read(call)
    if (reading === null) return null
    const token = reading.outcome
    if (token instanceof Refusal) return token
    const { identity, family } = token
    const { families, revocations } = this.#ready()
    if (family === null) return new Refusal('AUTHN_TOKEN_INVALID', { reason: 'a refresh token without a family' })
    const revoked = (await revocations?.check(token)) ?? null
    if (revoked !== null) return revoked
    const current = await orUnavailable(() => families.current(family))
    if (current instanceof Refusal) return current
    if (current === identity.credentialId) return identity
    if (current === null) return new Refusal('AUTHN_TOKEN_REVOKED', { reason: 'the login has ended' })
    return this.#reused(family)
  }

  /** The first pair of a family. */
  async start(user: string, options: TokenOptions): Promise<TokenPair> {
    const { boot, families } = this.#ready()
    const nowMs = boot.services.clock.now()
    const family = createTokenId(nowMs)
    const id = createTokenId(nowMs)
    const stored = await orUnavailable(() => families.start(family, id, this.lifetimeMs))
    if (stored instanceof Refusal) throw stored
    const proved = { authenticatedAtMs: nowMs, ...options }
    return this.#pair({ user, family, expiresAtMs: nowMs + this.lifetimeMs, options: proved }, id)
  }

  async rotate(call: Call, accessLifetimeMs: number): Promise<TokenPair> {
    const reading = await this.#reader.read(call)
    if (reading === null) throw new Refusal('AUTHN_MISSING', { headers: challengeOf(call) })
    const { outcome } = reading
    if (outcome instanceof Refusal) throw outcome.withHeaders(challengeOf(call, outcome))
    const refusal = await this.#exchange(outcome)
    if (refusal instanceof Refusal) throw refusal.withHeaders(challengeOf(call, refusal))
    const link = linkOf(outcome, accessLifetimeMs, call.realm)
    return this.#pair(link, refusal)
  }

  /** Ends a family: its refresh token and its access tokens. */
  async end(family: string): Promise<void> {
    const { boot, families, revocations } = this.#ready()
    const untilMs = boot.services.clock.now() + this.lifetimeMs + this.#options.graceMs
    await revocations?.revoke(family, untilMs)
    await families.end(family)
  }

  /** The id of the next refresh token, once this one was exchanged for it. */
  async #exchange({ family, identity, expiresAtMs }: VerifiedToken): Promise<string | Refusal> {
    const { boot, families } = this.#ready()
    if (family === null || identity.credentialId === null) return new Refusal('AUTHN_TOKEN_INVALID')
    const nowMs = boot.services.clock.now()
    const id = createTokenId(nowMs)
    const next = { id, ttlMs: Math.max(1, expiresAtMs - nowMs) }
    const isExchanged = await orUnavailable(() => families.exchange(family, identity.credentialId ?? '', next))
    if (isExchanged instanceof Refusal) return isExchanged
    return isExchanged ? id : this.#reused(family)
  }

  async #reused(family: string): Promise<Refusal> {
    const ended = await orUnavailable(() => this.end(family))
    return (
      ended ?? new Refusal('AUTHN_TOKEN_REUSED', { reason: 'a refresh token was used twice: its family has ended' })
    )
  }

  async #pair({ user, family, expiresAtMs, options }: Link, id: string): Promise<TokenPair> {
    const nowMs = this.#ready().boot.services.clock.now()
    const leftMs = Math.max(1, expiresAtMs - nowMs)
    const lifetimeMs = Math.min(options.lifetimeMs ?? leftMs, leftMs)
    const realm = this.#format.audienceOf(options.realm ?? this.#ready().boot.realm)
    return {
      accessToken: await this.#options.createAccess(user, { ...options, lifetimeMs, family }),
      refreshToken: await this.#format.sign({
        ...options,
        user,
        realm,
        lifetimeMs: leftMs,
        registered: { jti: id, family },
      }),
      tokenType: 'Bearer',
      expiresInS: Math.ceil(lifetimeMs / 1000),
    }
  }

  #ready(): Prepared {
    if (this.#prepared === null) throw new Error('Cannot use a refresh token: its scheme is not one of an app')
    return this.#prepared
  }
}

/** The next link says what the last one said. */
function linkOf({ identity, family, expiresAtMs }: VerifiedToken, lifetimeMs: number, realm: string): Link {
  const claims = Object.fromEntries(Object.entries(identity.claims).filter(([name]) => !REGISTERED_CLAIMS.has(name)))
  const { user, authenticatedAtMs } = identity
  return {
    user,
    family: family ?? '',
    expiresAtMs,
    options: {
      lifetimeMs,
      realm,
      authenticatedAtMs,
      claims,
      ...(identity.claims['scope'] === undefined ? {} : { scopes: identity.scopes }),
    },
  }
}

function challengeOf(call: Call, refusal?: Refusal): readonly string[] {
  return ['www-authenticate', bearerChallenge(call.realm, refusal)]
}
