import type { Call, TokenOptions } from '../core/call.ts'
import type { MaybePromise, Outcome } from '../core/refusal.ts'
import { Refusal } from '../core/refusal.ts'
import type { Identity, Recognition, Scheme, SchemeBoot, SchemeMistake } from '../core/scheme.ts'
import { bearer, type Carrier } from './carriers.ts'
import { bearerChallenge } from './challenge.ts'
import { createGuichetFormat } from './guichet-format.ts'
import { createJwtFormat, type JwtOptions } from './jwt-format.ts'
import { declared, lookupContext, type DeclaredScheme, type LookupContext } from './lookup.ts'
import { TokenCache } from './token-cache.ts'
import type { TokenFormat, VerifiedToken } from './token-format.ts'

export interface TokenSchemeOptions<in Sql = unknown, in Config = unknown> {
  /** Name of the scheme, where an app has several; `token` by default. */
  readonly name?: string
  /** `guichet` (readable) by default, or `jwt` (RFC 7519). */
  readonly format?: 'guichet' | 'jwt'
  /** Where tokens may be; `[bearer()]` by default. The first that holds something decides, cookies last. */
  readonly carriers?: readonly Carrier[]
  /** Lifetime of a new token: an hour for `guichet`, 15 minutes for `jwt`. */
  readonly lifetimeMs?: number
  /** How long after its end a token is still taken, for clocks that differ; 0 by default. */
  readonly graceMs?: number
  /** Options of the format `jwt`. */
  readonly jwt?: JwtOptions
  /** False ends the tokens of a user at once (blocked, deleted); asked at each call. */
  readonly isActive?: (user: string, context: LookupContext<Sql, Config>) => MaybePromise<boolean>
}

/** A scheme that also makes what it takes. */
export interface TokenScheme<in E = never> extends DeclaredScheme<E> {
  /** Makes a token for `user`. Throws a `RangeError` on an empty user or a lifetime that is not above 0. */
  createToken(user: string, options?: TokenOptions): MaybePromise<string>
}

/** Tokens that this app makes and takes. */
export function token<Sql = unknown, Config = unknown>(
  options: TokenSchemeOptions<Sql, Config> = {},
): TokenScheme<LookupContext<Sql, Config>> {
  return declared(new Tokens(options))
}

interface Prepared<Sql, Config> {
  readonly boot: SchemeBoot
  readonly context: LookupContext<Sql, Config>
  readonly cache: TokenCache
}

const LIFETIME_MAX_MS = 10 * 366 * 24 * 3_600_000
/** Characters of a token: more is refused before any work. */
const TOKEN_LENGTH_MAX = 8192

class Tokens<Sql, Config> implements Scheme<LookupContext<Sql, Config>> {
  readonly name: string
  readonly reads: 'head' | 'body'
  readonly isAmbient: boolean
  readonly bodyFields: readonly string[]
  readonly #options: TokenSchemeOptions<Sql, Config>
  readonly #carriers: readonly Carrier[]
  readonly #format: TokenFormat
  readonly #graceMs: number
  #prepared: Prepared<Sql, Config> | null = null

  constructor(options: TokenSchemeOptions<Sql, Config>) {
    const carriers = options.carriers ?? [bearer()]
    const fields = carriers.filter(({ kind }) => kind === 'param').map(({ name }) => name)
    this.#options = options
    this.#format = options.format === 'jwt' ? createJwtFormat(options.jwt) : createGuichetFormat()
    this.#graceMs = options.graceMs ?? 0
    // An old cookie must not stand in the way of credentials that the caller sent on purpose.
    this.#carriers = carriers.toSorted((a, b) => Number(a.kind === 'cookie') - Number(b.kind === 'cookie'))
    this.name = options.name ?? 'token'
    this.reads = fields.length > 0 ? 'body' : 'head'
    this.isAmbient = carriers.some(({ kind }) => kind === 'cookie')
    this.bodyFields = fields
  }

  challenge(realm: string, refusal?: Refusal): string | null {
    return this.#carriers.some(({ kind }) => kind === 'bearer') ? bearerChallenge(realm, refusal) : null
  }

  prepare(boot: SchemeBoot): readonly SchemeMistake[] {
    const cache = new TokenCache(boot.services.limits.credentialCacheMax)
    this.#prepared = { boot, context: lookupContext<Sql, Config>(boot), cache }
    const mistakes = [...this.#format.prepare(boot)]
    const { lifetimeMs } = this.#options
    if (lifetimeMs !== undefined && !isLifetime(lifetimeMs)) {
      mistakes.push({ problem: 'lifetimeMs is not a lifetime', current: `${lifetimeMs}`, wanted: '1 to ten years' })
    }
    if (this.#graceMs < 0 || !Number.isFinite(this.#graceMs)) {
      mistakes.push({ problem: 'graceMs is not a duration', current: `${this.#graceMs}`, wanted: '0 or more' })
    }
    if (this.#carriers.length === 0) mistakes.push({ problem: 'no carrier', wanted: 'carriers: [bearer()]' })
    return mistakes
  }

  recognize(call: Call): MaybePromise<Recognition> {
    for (const carrier of this.#carriers) {
      const text = carrier.read(call)
      if (text !== null) return this.#recognizeText(call, carrier, text)
    }
    return null
  }

  createToken(user: string, options: TokenOptions = {}): MaybePromise<string> {
    const { boot } = this.#ready()
    const lifetimeMs = options.lifetimeMs ?? this.#options.lifetimeMs ?? this.#format.lifetimeMs
    if (user === '') throw new RangeError('Cannot make a token: the user is empty')
    if (!isLifetime(lifetimeMs)) throw new RangeError(`Cannot make a token: lifetimeMs ${lifetimeMs}, wanted above 0`)
    return this.#format.sign({
      ...options,
      user,
      lifetimeMs,
      realm: this.#format.audienceOf(options.realm ?? boot.realm),
    })
  }

  describe(): Readonly<Record<string, Readonly<Record<string, unknown>>>> {
    const schemes: Record<string, Readonly<Record<string, unknown>>> = {}
    for (const { kind, name } of this.#carriers) {
      if (kind === 'bearer') {
        schemes[this.name] = { type: 'http', scheme: 'bearer', bearerFormat: this.#format.bearerFormat }
      } else if (kind !== 'param') {
        schemes[`${this.name}-${kind}`] = { type: 'apiKey', in: kind, name }
      }
    }
    return schemes
  }

  #recognizeText(call: Call, carrier: Carrier, text: string): MaybePromise<Recognition> {
    const found = this.#verify(text)
    return found instanceof Promise
      ? found.then((outcome) => this.#accept(call, carrier, outcome))
      : this.#accept(call, carrier, found)
  }

  #verify(text: string): MaybePromise<Outcome<VerifiedToken>> {
    if (text === '' || text.length > TOKEN_LENGTH_MAX) {
      return new Refusal('AUTHN_TOKEN_INVALID', { reason: `the token has ${text.length} characters` })
    }
    const { cache } = this.#ready()
    const known = cache.get(text)
    if (known !== undefined) return known
    const found = this.#format.verify(text)
    const remember = (outcome: Outcome<VerifiedToken>): Outcome<VerifiedToken> => {
      if (!(outcome instanceof Refusal)) cache.set(text, outcome)
      return outcome
    }
    return found instanceof Promise ? found.then(remember) : remember(found)
  }

  /** What a signature does not say: time, realm, and whether the user may still come. */
  #accept(call: Call, carrier: Carrier, found: Outcome<VerifiedToken>): MaybePromise<Recognition> {
    if (found instanceof Refusal) return refused(carrier, found)
    const refusal = this.#checkUse(call, found)
    if (refusal !== null) return refused(carrier, refusal)
    const identity = carrier.kind === 'cookie' ? { ...found.identity, isAmbient: true } : found.identity
    const isActive = this.#options.isActive?.(identity.user, this.#ready().context) ?? true
    return isActive instanceof Promise
      ? isActive.then((active) => acceptActive(carrier, identity, active))
      : acceptActive(carrier, identity, isActive)
  }

  #checkUse(call: Call, { audiences, notBeforeMs, expiresAtMs }: VerifiedToken): Refusal | null {
    const nowMs = this.#ready().boot.services.clock.now()
    if (!audiences.includes(this.#format.audienceOf(call.realm)))
      return new Refusal('AUTHN_TOKEN_AUDIENCE', { reason: 'made for another realm' })
    if (nowMs >= expiresAtMs + this.#graceMs) return new Refusal('AUTHN_TOKEN_EXPIRED', { reason: 'expired' })
    if (nowMs < notBeforeMs - this.#graceMs) return new Refusal('AUTHN_TOKEN_NOT_YET', { reason: 'not yet valid' })
    return null
  }

  #ready(): Prepared<Sql, Config> {
    if (this.#prepared === null) throw new Error('Cannot use a token: its scheme is not one of an app')
    return this.#prepared
  }
}

function isLifetime(ms: number): boolean {
  return ms > 0 && ms <= LIFETIME_MAX_MS
}

function acceptActive(carrier: Carrier, identity: Identity, isActive: boolean): Recognition {
  if (isActive) return identity
  return refused(carrier, new Refusal('AUTHN_TOKEN_REVOKED', { reason: 'the user is no longer active' }))
}

/** Tells the pipeline when wrong credentials came in a cookie: they must not lock a visitor out of an open route. */
function refused({ clearCookie }: Carrier, refusal: Refusal): Refusal {
  if (clearCookie === null || refusal.status !== 401) return refusal
  return new Refusal(refusal.code, { reason: refusal.reason, clearCookie })
}
