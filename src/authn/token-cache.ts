import type { VerifiedToken } from './token-format.ts'

/** Remembers which tokens were found good, up to a number of them; the oldest goes first. */
export class TokenCache {
  readonly #tokensMax: number
  readonly #tokens = new Map<string, VerifiedToken>()

  constructor(tokensMax: number) {
    this.#tokensMax = tokensMax
  }

  get(text: string): VerifiedToken | undefined {
    return this.#tokens.get(text)
  }

  set(text: string, token: VerifiedToken): void {
    if (this.#tokensMax < 1) return
    if (this.#tokens.size >= this.#tokensMax) {
      const oldest = this.#tokens.keys().next()
      if (!oldest.done) this.#tokens.delete(oldest.value)
    }
    this.#tokens.set(text, token)
  }
}
