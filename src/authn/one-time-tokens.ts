import { createHash, randomBytes } from 'node:crypto'
import type { Cache } from '../core/call.ts'

export interface OneTimeOptions {
  /** What the token is for, a name: one of another purpose is not taken. */
  readonly purpose: string
  /** An hour by default; less for what changes a password. */
  readonly lifetimeMs?: number
}

const HOUR_MS = 3_600_000

/**
 * Tokens that are sent by mail and serve once: to verify an address, to reset a password. `call.cache` holds their
 * hash, so all processes that share a store know them. A new token of a subject ends the one before. All functions
 * reject with `StoreUnavailable` when the store is away.
 */
export class OneTimeTokens {
  readonly #purpose: string
  readonly #lifetimeMs: number

  constructor(options: OneTimeOptions) {
    this.#purpose = options.purpose
    this.#lifetimeMs = options.lifetimeMs ?? HOUR_MS
    if (!/^[a-z][a-z0-9-]*$/.test(options.purpose)) {
      throw new RangeError(`Cannot make tokens: purpose "${options.purpose}", wanted a name in lower case`)
    }
  }

  /** A token for `subject`: a user, an address. 256 random bits. `await resets.create(call.cache, login)` */
  async create(cache: Cache, subject: string): Promise<string> {
    const token = randomBytes(32).toString('base64url')
    const before = await cache.take(this.#subjectKey(subject))
    if (typeof before === 'string') await cache.delete(this.#tokenKey(before))
    await cache.set(this.#subjectKey(subject), hashOf(token), this.#lifetimeMs)
    await cache.set(this.#tokenKey(hashOf(token)), subject, this.#lifetimeMs)
    return token
  }

  /** The subject of a token, which is used up; null where it is unknown, used or too old. Of two at once, one gets it. */
  async use(cache: Cache, token: string): Promise<string | null> {
    const subject = await cache.take(this.#tokenKey(hashOf(token)))
    if (typeof subject !== 'string') return null
    await cache.delete(this.#subjectKey(subject))
    return subject
  }

  #tokenKey(hash: string): string {
    return `authn:once:${this.#purpose}:${hash}`
  }

  #subjectKey(subject: string): string {
    return `authn:once-for:${this.#purpose}:${hashOf(subject)}`
  }
}

/** Makes the single-use tokens of one purpose: `const resets = oneTimeTokens({ purpose: 'reset' })`. */
export function oneTimeTokens(options: OneTimeOptions): OneTimeTokens {
  return new OneTimeTokens(options)
}

function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('base64url')
}
