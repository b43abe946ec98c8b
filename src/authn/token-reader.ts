import type { Call } from '../core/call.ts'
import type { MaybePromise, Outcome } from '../core/refusal.ts'
import { Refusal } from '../core/refusal.ts'
import type { SchemeBoot, SchemeMistake } from '../core/scheme.ts'
import type { Carrier } from './carriers.ts'
import { TokenCache } from './token-cache.ts'
import type { TokenFormat, VerifiedToken } from './token-format.ts'

export interface TokenReaderOptions {
  readonly carriers: readonly Carrier[]
  readonly format: TokenFormat
  readonly graceMs: number
}

/** What a call carried, and where. */
export interface Reading {
  readonly carrier: Carrier
  readonly outcome: Outcome<VerifiedToken>
}

/** Characters of a token: more is refused before any work. */
const TOKEN_LENGTH_MAX = 8192

/** Finds the token of a call and checks its form, its signature, its realm and its times. */
export class TokenReader {
  readonly #options: TokenReaderOptions
  readonly #carriers: readonly Carrier[]
  #prepared: { readonly boot: SchemeBoot; readonly cache: TokenCache } | null = null

  constructor(options: TokenReaderOptions) {
    this.#options = options
    // An old cookie must not stand in the way of credentials that the caller sent on purpose.
    this.#carriers = options.carriers.toSorted((a, b) => Number(a.kind === 'cookie') - Number(b.kind === 'cookie'))
  }

  prepare(boot: SchemeBoot): readonly SchemeMistake[] {
    const { clock, limits } = boot.services
    this.#prepared = { boot, cache: new TokenCache(clock, limits.credentialCacheMax) }
    return this.#options.format.prepare(boot)
  }

  /** Null where no carrier holds anything; the first that does decides. */
  read(call: Call): MaybePromise<Reading | null> {
    for (const carrier of this.#carriers) {
      const text = carrier.read(call)
      if (text === null) continue
      const found = this.#verify(text)
      if (!(found instanceof Promise)) return { carrier, outcome: this.#checkUse(call, found) }
      return found.then((outcome) => ({ carrier, outcome: this.#checkUse(call, outcome) }))
    }
    return null
  }

  #verify(text: string): MaybePromise<Outcome<VerifiedToken>> {
    if (text === '' || text.length > TOKEN_LENGTH_MAX) {
      return new Refusal('AUTHN_TOKEN_INVALID', { reason: `the token has ${text.length} characters` })
    }
    const { cache } = this.#ready()
    const known = cache.get(text)
    if (known !== undefined) return known
    const found = this.#options.format.verify(text)
    const remember = (outcome: Outcome<VerifiedToken>): Outcome<VerifiedToken> => {
      if (outcome instanceof Refusal) return outcome
      const expiresAtMs = outcome.expiresAtMs + this.#options.graceMs
      const token = { ...outcome, identity: { ...outcome.identity, expiresAtMs } }
      cache.set(text, token)
      return token
    }
    return found instanceof Promise ? found.then(remember) : remember(found)
  }

  /**
   * What a signature does not say. A token of another issuer had its own audience checked with its signature: it is for
   * the app as a whole, not for a route with a realm of its own (a second step, administrators).
   */
  #checkUse(call: Call, token: Outcome<VerifiedToken>): Outcome<VerifiedToken> {
    if (token instanceof Refusal) return token
    const { format, graceMs } = this.#options
    const { realm, services } = this.#ready().boot
    const nowMs = services.clock.now()
    const isForRoute = token.isForeign ? call.realm === realm : token.audiences.includes(format.audienceOf(call.realm))
    if (!isForRoute) {
      return new Refusal('AUTHN_TOKEN_AUDIENCE', { reason: 'made for another realm' })
    }
    if (nowMs >= token.expiresAtMs + graceMs) return new Refusal('AUTHN_TOKEN_EXPIRED', { reason: 'expired' })
    if (nowMs < token.notBeforeMs - graceMs) return new Refusal('AUTHN_TOKEN_NOT_YET', { reason: 'not yet valid' })
    return token
  }

  #ready(): { readonly boot: SchemeBoot; readonly cache: TokenCache } {
    if (this.#prepared === null) throw new Error('Cannot read a token: its scheme is not one of an app')
    return this.#prepared
  }
}

/** Tells the pipeline when wrong credentials came in a cookie: they must not lock a visitor out of an open route. */
export function refusedBy(carrier: Carrier, call: Call, refusal: Refusal): Refusal {
  const clearCookie = carrier.clear(call)
  if (clearCookie === null || refusal.status !== 401) return refusal
  return new Refusal(refusal.code, { reason: refusal.reason, clearCookie })
}
