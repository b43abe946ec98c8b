import type { Store } from '../core/store.ts'

/**
 * Which refresh token of each login is the one that counts. The store holds its id alone, and exchanges it for the next
 * one in a single step: of two that come with the same token at once, one gets the next.
 */
export class RefreshFamilies {
  readonly #store: Store

  constructor(store: Store) {
    this.#store = store
  }

  async start(family: string, tokenId: string, lifetimeMs: number): Promise<void> {
    await this.#store.set(familyKey(family), tokenId, Math.ceil(lifetimeMs))
  }

  /** The id of the token that counts; null where the family has ended. */
  current(family: string): Promise<string | null> {
    return this.#store.get(familyKey(family))
  }

  /** False when `tokenId` is not the one that counts (any more). */
  exchange(family: string, tokenId: string, next: { readonly id: string; readonly ttlMs: number }): Promise<boolean> {
    return this.#store.replace(familyKey(family), tokenId, { value: next.id, ttlMs: Math.ceil(next.ttlMs) })
  }

  async end(family: string): Promise<void> {
    await this.#store.delete(familyKey(family))
  }
}

const familyKey = (family: string): string => `authn:refresh:${family}`
