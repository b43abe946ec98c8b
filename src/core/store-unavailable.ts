/**
 * Thrown by every call of a store that cannot serve it: away, too slow, closed, or full. Each use says what it means:
 * a rate limit lets the call pass or not by choice, a revocation check always refuses.
 */
export class StoreUnavailable extends Error {
  readonly code = 'STORE_UNAVAILABLE'
  /** Name of the store: `memory`, `redis`. */
  readonly store: string

  constructor(store: string, problem: string, options?: ErrorOptions) {
    super(`Cannot use store "${store}": ${problem}`, options)
    this.name = 'StoreUnavailable'
    this.store = store
  }
}
