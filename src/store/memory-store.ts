import { type Clock, systemClock } from '../core/clock.ts'
import { defaultLimits } from '../core/limits.ts'
import { StoreUnavailable } from '../core/store-unavailable.ts'
import { type ExpiringEntry, ExpiringMap } from './expiring-map.ts'
import { LocalChannels } from './local-channels.ts'
import { assertTtl, type Counter, type Replacement, type Store, type Subscriber, type Unsubscribe } from './store.ts'

export interface MemoryStoreOptions {
  readonly clock?: Clock
  /** Entries and members of sets, for each kind of keys; 100,000 by default. A kind that is full refuses new ones. */
  readonly entriesMax?: number | undefined
  /** Characters of all keys, values and members of one kind; 64 Mi by default. */
  readonly charactersMax?: number | undefined
  /** Told what a subscriber throws; a process warning by default. */
  readonly onFault?: (fault: unknown) => void
}

/** More than there are uses of the store; further ones share their room. */
const KINDS_MAX = 32

/**
 * Makes the store of one process: nothing outside it sees the entries, and they end with it. Each kind of keys (`cache:`,
 * `authn:session:`) has its own room, so that what strangers can fill, such as failed logins, leaves sessions alone.
 */
export function createMemoryStore(options: MemoryStoreOptions = {}): Store {
  return new MemoryStore(options)
}

class MemoryStore implements Store {
  readonly name = 'memory'
  readonly isShared = false
  readonly #clock: Clock
  readonly #options: MemoryStoreOptions
  readonly #kinds = new Map<string, ExpiringMap>()
  /** Names of the members of each set; their TTLs are entries among the texts. */
  readonly #sets = new Map<string, Set<string>>()
  readonly #channels: LocalChannels
  #isClosed = false

  constructor(options: MemoryStoreOptions) {
    this.#clock = options.clock ?? systemClock
    this.#options = options
    this.#channels = new LocalChannels(options.onFault)
  }

  async get(key: string): Promise<string | null> {
    return this.getNow(key)
  }

  getNow(key: string): string | null {
    return this.#texts(key).get(textKey(key))
  }

  async set(key: string, value: string, ttlMs: number): Promise<void> {
    this.#write(key, value, ttlMs)
  }

  async setIfAbsent(key: string, value: string, ttlMs: number): Promise<boolean> {
    assertTtl(ttlMs)
    if (this.#texts(key).get(textKey(key)) !== null) return false
    this.#write(key, value, ttlMs)
    return true
  }

  async replace(key: string, expected: string, change: Replacement): Promise<boolean> {
    assertTtl(change.ttlMs)
    if (this.#texts(key).get(textKey(key)) !== expected) return false
    this.#write(key, change.value, change.ttlMs)
    return true
  }

  async touch(key: string, ttlMs: number): Promise<boolean> {
    assertTtl(ttlMs)
    return this.#texts(key).touch(textKey(key), this.#clock.now() + ttlMs)
  }

  async getAndDelete(key: string): Promise<string | null> {
    const texts = this.#texts(key)
    const value = texts.get(textKey(key))
    texts.delete(textKey(key))
    return value
  }

  async delete(key: string): Promise<boolean> {
    const texts = this.#texts(key)
    const hadText = texts.delete(textKey(key))
    const hadSet = this.#liveMembers(key).length > 0
    for (const member of this.#sets.get(key) ?? []) texts.delete(memberKey(key, member))
    this.#sets.delete(key)
    return hadText || hadSet
  }

  async increment(key: string, by: number, ttlMs: number): Promise<Counter> {
    assertTtl(ttlMs)
    const texts = this.#texts(key)
    const before = texts.entry(textKey(key))
    const count = addToCounter(before?.value ?? '0', by)
    const expiresAt = before?.expiresAt ?? this.#clock.now() + ttlMs
    this.#put(texts, textKey(key), { value: String(count), expiresAt })
    return { count, ttlMs: expiresAt - this.#clock.now() }
  }

  async addMember(key: string, member: string, ttlMs: number): Promise<void> {
    assertTtl(ttlMs)
    this.#put(this.#texts(key), memberKey(key, member), { value: '', expiresAt: this.#clock.now() + ttlMs })
    const members = this.#sets.get(key)
    if (members === undefined) this.#sets.set(key, new Set([member]))
    else members.add(member)
  }

  async removeMember(key: string, member: string): Promise<boolean> {
    const isRemoved = this.#texts(key).delete(memberKey(key, member))
    this.#forgetMember(memberKey(key, member))
    return isRemoved
  }

  async members(key: string): Promise<readonly string[]> {
    return this.#liveMembers(key)
  }

  async publish(channel: string, message: string): Promise<void> {
    this.#assertOpen()
    this.#channels.deliver(channel, message)
  }

  async subscribe(channel: string, subscriber: Subscriber): Promise<Unsubscribe> {
    this.#assertOpen()
    const remove = this.#channels.add(channel, subscriber)
    return async () => {
      remove()
    }
  }

  async close(): Promise<void> {
    this.#isClosed = true
    this.#kinds.clear()
    this.#sets.clear()
    this.#channels.clear()
  }

  #assertOpen(): void {
    if (this.#isClosed) throw new StoreUnavailable(this.name, 'it is closed')
  }

  /** The entries of the kind of this key. */
  #texts(key: string): ExpiringMap {
    this.#assertOpen()
    const kind = kindOf(key)
    const known = this.#kinds.get(kind) ?? (this.#kinds.size >= KINDS_MAX ? this.#kinds.get('') : undefined)
    if (known !== undefined) return known
    const texts = new ExpiringMap({
      clock: this.#clock,
      entriesMax: this.#options.entriesMax ?? defaultLimits.storeEntriesMax,
      charactersMax: this.#options.charactersMax ?? defaultLimits.storeCharactersMax,
      onExpire: (stored) => this.#forgetMember(stored),
    })
    this.#kinds.set(this.#kinds.size >= KINDS_MAX ? '' : kind, texts)
    return texts
  }

  #write(key: string, value: string, ttlMs: number): void {
    assertTtl(ttlMs)
    this.#put(this.#texts(key), textKey(key), { value, expiresAt: this.#clock.now() + ttlMs })
  }

  #put(texts: ExpiringMap, storedKey: string, entry: ExpiringEntry): void {
    if (!texts.set(storedKey, entry)) throw new StoreUnavailable(this.name, 'it is full')
  }

  #liveMembers(key: string): string[] {
    const texts = this.#texts(key)
    const members = this.#sets.get(key)
    return members === undefined ? [] : [...members].filter((member) => texts.get(memberKey(key, member)) !== null)
  }

  #forgetMember(storedKey: string): void {
    if (!storedKey.startsWith('m')) return
    const { key, member } = parseMemberKey(storedKey)
    const members = this.#sets.get(key)
    if (members?.delete(member) === true && members.size === 0) this.#sets.delete(key)
  }
}

/** What stands before the first colon, and the second one for the several kinds of authentication. */
function kindOf(key: string): string {
  const first = key.indexOf(':')
  const end = key.startsWith('authn:') ? key.indexOf(':', first + 1) : first
  return end < 0 ? '' : key.slice(0, end)
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
