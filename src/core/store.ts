/** A counter after an increment. */
export interface Counter {
  readonly count: number
  /** How long the counter still lives. */
  readonly ttlMs: number
}

export type Unsubscribe = () => Promise<void>

export interface Subscriber {
  /** Called once for each message of the channel, in the order of publication. */
  readonly onMessage: (message: string) => void
  /** Called when messages may have been missed (the store was away): forget what they would have changed. */
  readonly onGap?: () => void
}

/**
 * Short-lived state with a TTL: sessions, counters, revocations, caches. Text keys, text values. Every call ends within
 * the timeout of the store; where the store is away, slow, full or closed it rejects with `StoreUnavailable`. An entry
 * that was accepted stays until its TTL ends or somebody deletes it: a full store refuses, it does not forget.
 * TTLs are whole milliseconds, at least 1; anything else throws a `RangeError`.
 */
export interface Store {
  /** `memory` or `redis`, for messages. */
  readonly name: string
  /** True when all processes of a deployment see the same entries. */
  readonly isShared: boolean
  get(key: string): Promise<string | null>
  /** The same at once; absent where the entries are not in this process. Throws what `get` rejects with. */
  getNow?(key: string): string | null
  set(key: string, value: string, ttlMs: number): Promise<void>
  /** Sets where nothing is; false and no change where something is. */
  setIfAbsent(key: string, value: string, ttlMs: number): Promise<boolean>
  /** Sets where the value is `expected`; false and no change otherwise. Of two callers at once only one gets true. */
  replace(key: string, expected: string, change: Replacement): Promise<boolean>
  /** Gives an entry a new TTL; false where there is none. */
  touch(key: string, ttlMs: number): Promise<boolean>
  /** Takes an entry away and gives its value: of two callers at once only one gets it. */
  getAndDelete(key: string): Promise<string | null>
  /** Deletes an entry, a counter or a set; false where there was none. */
  delete(key: string): Promise<boolean>
  /** Adds the integer `by`; the TTL counts from the first increment, so that a counter is a fixed window. */
  increment(key: string, by: number, ttlMs: number): Promise<Counter>
  /** Adds a member to a set; each member has a TTL of its own, and adding it again renews it. */
  addMember(key: string, member: string, ttlMs: number): Promise<void>
  removeMember(key: string, member: string): Promise<boolean>
  /** The members whose TTL has not ended, in no order. */
  members(key: string): Promise<readonly string[]>
  /** Sends to the subscribers of all processes, at most once; resolves when the store has taken it. */
  publish(channel: string, message: string): Promise<void>
  /**
   * Resolves when the subscription is in place: messages published later arrive. Where the store is away it resolves
   * at once; the subscription is put in place when the store is back, and `onGap` says so.
   */
  subscribe(channel: string, subscriber: Subscriber): Promise<Unsubscribe>
  close(): Promise<void>
}

export interface Replacement {
  readonly value: string
  readonly ttlMs: number
}

/** Throws a `RangeError` on a TTL that is not a whole number of milliseconds, at least 1. */
export function assertTtl(ttlMs: number): void {
  if (!Number.isSafeInteger(ttlMs) || ttlMs < 1) {
    throw new RangeError(`Cannot store: ttlMs is ${ttlMs}, it must be a whole number of milliseconds, at least 1`)
  }
}
