import type { Clock } from '../core/clock.ts'
import { KEYS_MS } from './foreign-issuers.ts'
import type { VerifiedToken } from './token-format.ts'

/** Remembers which tokens were found good, up to a number of them; the oldest goes first. */
export class TokenCache {
  readonly #clock: Clock
  readonly #tokensMax: number
  readonly #tokens = new Map<string, { readonly token: VerifiedToken; readonly untilMs: number }>()

  constructor(clock: Clock, tokensMax: number) {
    this.#clock = clock
    this.#tokensMax = tokensMax
  }

  get(text: string): VerifiedToken | undefined {
    const found = this.#tokens.get(text)
    return found === undefined || found.untilMs <= this.#clock.now() ? undefined : found.token
  }

  set(text: string, token: VerifiedToken): void {
    if (this.#tokensMax < 1) return
    // Deleted first, so that the order of the map is the order of age.
    this.#tokens.delete(text)
    if (this.#tokens.size >= this.#tokensMax) {
      const oldest = this.#tokens.keys().next()
      if (!oldest.done) this.#tokens.delete(oldest.value)
    }
    // What the key of another issuer has signed is good as long as that key is: an issuer may withdraw it.
    const untilMs = token.isForeign ? this.#clock.now() + KEYS_MS : Number.POSITIVE_INFINITY
    this.#tokens.set(text, { token, untilMs })
  }
}
