import type { Clock } from '../core/clock.ts'
import { Refusal } from '../core/refusal.ts'
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
  async check({ identity, family, issuedAtMs, isForeign }: VerifiedToken): Promise<Refusal | null> {
    if (this.#sinceMs !== null && issuedAtMs !== null && issuedAtMs < this.#sinceMs && !isForeign) {
      const reason =
        'made before this start of the server, whose memory does not say whether it was revoked (REDIS_URL)'
      return new Refusal('AUTHN_TOKEN_REVOKED', { reason })
    }
    const ended = await orUnavailable(() =>
      Promise.all([
        this.#store.get(tokenKey(family ?? identity.credentialId ?? '')),
        this.#store.get(userKey(identity.user)),
      ]),
    )
    if (ended instanceof Refusal) return ended
    const [token, user] = ended
    if (token !== null) return new Refusal('AUTHN_TOKEN_REVOKED', { reason: 'the token was revoked' })
    if (user === null || (issuedAtMs !== null && issuedAtMs >= Number(user))) return null
    return new Refusal('AUTHN_TOKEN_REVOKED', { reason: 'all earlier tokens of the user were revoked' })
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

const tokenKey = (id: string): string => `authn:revoked:${id}`
const userKey = (user: string): string => `authn:since:${user}`
