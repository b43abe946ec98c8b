import type { Clock } from '../core/clock.ts'
import { type MaybePromise, type Outcome, Refusal } from '../core/refusal.ts'
import type { Store } from '../core/store.ts'
import { orUnavailable } from './or-unavailable.ts'
import type { VerifiedToken } from './token-format.ts'

/**
 * Tokens that ended before their time, remembered in the store until that time. Effective on the next request of every
 * process that shares the store; where the store is away, tokens that can be revoked are refused (503).
 */
export class Revocations {
  readonly #store: Store
  readonly #clock: Clock
  /**
   * What was ended before is not known; in whole seconds, as tokens say it. Null where the store outlives the process,
   * and in development, where each change of a file is a new start.
   */
  readonly #sinceMs: number | null

  constructor(store: Store, clock: Clock, isProduction: boolean) {
    this.#store = store
    this.#clock = clock
    this.#sinceMs = store.isShared || !isProduction ? null : Math.floor(clock.now() / 1000) * 1000
  }

  /** Null where the token is still good. */
  check({ identity, family, issuedAtMs, isForeign }: VerifiedToken): MaybePromise<Refusal | null> {
    if (this.#sinceMs !== null && issuedAtMs !== null && issuedAtMs < this.#sinceMs && !isForeign) {
      const reason =
        'made before this start of the server, whose memory does not say whether it was revoked (REDIS_URL)'
      return new Refusal('AUTHN_TOKEN_REVOKED', { reason })
    }
    const conclude = (ended: Outcome<Ended>): Refusal | null =>
      ended instanceof Refusal ? ended : refusalOf(ended, issuedAtMs)
    const ended = orUnavailable(() =>
      this.#find(tokenKey(family ?? identity.credentialId ?? ''), userKey(identity.user)),
    )
    return ended instanceof Promise ? ended.then(conclude) : conclude(ended)
  }

  /** Nearly every call asks: where the entries are at hand, none waits for them. */
  #find(token: string, user: string): MaybePromise<Ended> {
    const store = this.#store
    return store.getNow === undefined
      ? Promise.all([store.get(token), store.get(user)])
      : [store.getNow(token), store.getNow(user)]
  }

  /** Ends a token or a family, by its id, until `untilMs`, when it has ended by itself. */
  async revoke(id: string, untilMs: number): Promise<void> {
    const ttlMs = Math.ceil(untilMs - this.#clock.now())
    if (ttlMs > 0) await this.#store.set(tokenKey(id), '1', ttlMs)
  }

  /** Ends all tokens of a user that were made until now; `lifetimeMaxMs` is the longest that one of them may live. */
  async revokeUser(user: string, lifetimeMaxMs: number): Promise<void> {
    await this.#store.set(userKey(user), String(this.#clock.now()), lifetimeMaxMs)
  }
}

/** What the store has about a token, and since when it takes those of its user. */
type Ended = readonly [token: string | null, user: string | null]

function refusalOf([token, user]: Ended, issuedAtMs: number | null): Refusal | null {
  if (token !== null) return new Refusal('AUTHN_TOKEN_REVOKED', { reason: 'the token was revoked' })
  if (user === null || (issuedAtMs !== null && issuedAtMs >= Number(user))) return null
  return new Refusal('AUTHN_TOKEN_REVOKED', { reason: 'all earlier tokens of the user were revoked' })
}

const tokenKey = (id: string): string => `authn:revoked:${id}`
const userKey = (user: string): string => `authn:since:${user}`
