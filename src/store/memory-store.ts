import { type Clock, systemClock } from '../core/clock.ts'
import { defaultLimits } from '../core/limits.ts'
import { StoreUnavailable } from '../core/store-unavailable.ts'
import { ExpiringMap } from './expiring-map.ts'
import { LocalChannels } from './local-channels.ts'
import { assertTtl, type Counter, type Replacement, type Store, type Subscriber, type Unsubscribe } from './store.ts'

export interface MemoryStoreOptions {
  readonly clock?: Clock
  /** Entries and members of sets; 100,000 by default. A full store refuses new ones. */
  readonly entriesMax?: number
  /** Characters of all keys, values and members; 64 Mi by default. */
  readonly charactersMax?: number
  /** Told what a subscriber throws; a process warning by default. */
  readonly onFault?: (fault: unknown) => void
}

/** Makes the store of one process: nothing outside it sees the entries, and they end with it. */
export function createMemoryStore(options: MemoryStoreOptions = {}): Store {
  return new MemoryStore(options)
}

class MemoryStore implements Store {
  readonly name = 'memory'
  readonly isShared = false
  readonly #clock: Clock
  readonly #texts: ExpiringMap
  /** Names of the members of each set; their TTLs are entries among the texts. */
  readonly #sets = new Map<string, Set<string>>()
  readonly #channels: LocalChannels
  #isClosed = false

  constructor(options: MemoryStoreOptions) {
    this.#clock = options.clock ?? systemClock
    this.#texts = new ExpiringMap({
      clock: this.#clock,
      entriesMax: options.entriesMax ?? defaultLimits.storeEntriesMax,
      charactersMax: options.charactersMax ?? defaultLimits.storeCharactersMax,
      onExpire: (key) => this.#forgetMember(key),
    })
    this.#channels = new LocalChannels(options.onFault)
  }

  async get(key: string): Promise<string | null> {
    return this.#open().get(textKey(key))
  }

  async set(key: string, value: string, ttlMs: number): Promise<void> {
    this.#write(textKey(key), value, ttlMs)
  }

  async setIfAbsent(key: string, value: string, ttlMs: number): Promise<boolean> {
    assertTtl(ttlMs)
    if (this.#open().get(textKey(key)) !== null) return false
    this.#write(textKey(key), value, ttlMs)
    return true
  }

  async replace(key: string, expected: string, change: Replacement): Promise<boolean> {
    assertTtl(change.ttlMs)
    if (this.#open().get(textKey(key)) !== expected) return false
    this.#write(textKey(key), change.value, change.ttlMs)
    return true
  }

  async touch(key: string, ttlMs: number): Promise<boolean> {
    assertTtl(ttlMs)
    return this.#open().touch(textKey(key), this.#clock.now() + ttlMs)
  }

  async getAndDelete(key: string): Promise<string | null> {
    const value = this.#open().get(textKey(key))
    this.#texts.delete(textKey(key))
    return value
  }

  async delete(key: string): Promise<boolean> {
    const hadText = this.#open().delete(textKey(key))
    const hadSet = this.#liveMembers(key).length > 0
    for (const member of this.#sets.get(key) ?? []) this.#texts.delete(memberKey(key, member))
    this.#sets.delete(key)
    return hadText || hadSet
  }

  async increment(key: string, by: number, ttlMs: number): Promise<Counter> {
    assertTtl(ttlMs)
    const before = this.#open().entry(textKey(key))
    const count = addToCounter(before?.value ?? '0', by)
    const expiresAt = before?.expiresAt ?? this.#clock.now() + ttlMs
    this.#put(textKey(key), String(count), expiresAt)
    return { count, ttlMs: expiresAt - this.#clock.now() }
  }

  async addMember(key: string, member: string, ttlMs: number): Promise<void> {
    this.#write(memberKey(key, member), '', ttlMs)
    const members = this.#sets.get(key)
    if (members === undefined) this.#sets.set(key, new Set([member]))
    else members.add(member)
  }

  async removeMember(key: string, member: string): Promise<boolean> {
    const isRemoved = this.#open().delete(memberKey(key, member))
    this.#forgetMember(memberKey(key, member))
    return isRemoved
  }

  async members(key: string): Promise<readonly string[]> {
    this.#open()
    return this.#liveMembers(key)
  }

  async publish(channel: string, message: string): Promise<void> {
    this.#open()
    this.#channels.deliver(channel, message)
  }

  async subscribe(channel: string, subscriber: Subscriber): Promise<Unsubscribe> {
    this.#open()
    const remove = this.#channels.add(channel, subscriber)
    return async () => {
      remove()
    }
  }

  async close(): Promise<void> {
    this.#isClosed = true
    this.#texts.clear()
    this.#sets.clear()
    this.#channels.clear()
  }

  #open(): ExpiringMap {
    if (this.#isClosed) throw new StoreUnavailable(this.name, 'it is closed')
    return this.#texts
  }

  #write(key: string, value: string, ttlMs: number): void {
    assertTtl(ttlMs)
    this.#put(key, value, this.#clock.now() + ttlMs)
  }

  #put(key: string, value: string, expiresAt: number): void {
    if (!this.#open().set(key, { value, expiresAt })) throw new StoreUnavailable(this.name, 'it is full')
  }

  #liveMembers(key: string): string[] {
    const members = this.#sets.get(key)
    return members === undefined
      ? []
      : [...members].filter((member) => this.#texts.get(memberKey(key, member)) !== null)
  }

  #forgetMember(storedKey: string): void {
    if (!storedKey.startsWith('m')) return
    const { key, member } = parseMemberKey(storedKey)
    const members = this.#sets.get(key)
    if (members?.delete(member) === true && members.size === 0) this.#sets.delete(key)
  }
}

function textKey(key: string): string {
  return `t${key}`
}

// The length in front makes the pair unambiguous, whatever characters key and member hold.
function memberKey(key: string, member: string): string {
  return `m${key.length}:${key}${member}`
}

function parseMemberKey(storedKey: string): { readonly key: string; readonly member: string } {
  const colon = storedKey.indexOf(':')
  const end = colon + 1 + Number(storedKey.slice(1, colon))
  return { key: storedKey.slice(colon + 1, end), member: storedKey.slice(end) }
}

function addToCounter(text: string, by: number): number {
  const count = /^-?\d+$/.test(text) ? Number(text) + by : Number.NaN
  if (!Number.isSafeInteger(count) || !Number.isSafeInteger(by)) {
    throw new RangeError(`Cannot increment: the entry or the step ${by} is not a safe integer`)
  }
  return count
}
