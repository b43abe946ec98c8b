import type { Clock } from '../core/clock.ts'

export interface ExpiringEntry {
  readonly value: string
  readonly expiresAt: number
}

export interface ExpiringMapOptions {
  readonly clock: Clock
  readonly entriesMax: number
  readonly charactersMax: number
  /** Called for each key that ends by its TTL. */
  readonly onExpire: (key: string) => void
}

/** Entries looked at by each write, and by a write that finds the map full. */
const SWEEP = 4
const SWEEP_WHEN_FULL = 256

/**
 * Text by key until a time. It has no timer, so it never holds the process: each write sweeps a few entries in turn,
 * which keeps what has expired below a quarter of what was written.
 */
export class ExpiringMap {
  readonly #options: ExpiringMapOptions
  readonly #entries = new Map<string, ExpiringEntry>()
  #cursor: MapIterator<[string, ExpiringEntry]> = this.#entries.entries()
  #characters = 0

  constructor(options: ExpiringMapOptions) {
    this.#options = options
  }

  entry(key: string): ExpiringEntry | null {
    // Nothing is remembered of most kinds: then the key need not even be hashed.
    const entry = this.#entries.size === 0 ? undefined : this.#entries.get(key)
    if (entry === undefined) return null
    if (entry.expiresAt > this.#options.clock.now()) return entry
    this.#expire(key)
    return null
  }

  get(key: string): string | null {
    return this.entry(key)?.value ?? null
  }

  /** False when there is no room; nothing has changed then. */
  set(key: string, entry: ExpiringEntry): boolean {
    this.#sweep(SWEEP)
    if (!this.#hasRoom(key, entry.value)) {
      this.#sweep(SWEEP_WHEN_FULL)
      if (!this.#hasRoom(key, entry.value)) return false
    }
    const before = this.#entries.get(key)
    this.#characters +=
      before === undefined ? key.length + entry.value.length : entry.value.length - before.value.length
    this.#entries.set(key, entry)
    return true
  }

  touch(key: string, expiresAt: number): boolean {
    const entry = this.entry(key)
    if (entry === null) return false
    this.#entries.set(key, { value: entry.value, expiresAt })
    return true
  }

  /** False where there was none, or only one whose time had ended. */
  delete(key: string): boolean {
    return this.entry(key) !== null && this.#remove(key)
  }

  clear(): void {
    this.#entries.clear()
    this.#characters = 0
  }

  #hasRoom(key: string, value: string): boolean {
    const before = this.#entries.get(key)
    const entries = before === undefined ? this.#entries.size + 1 : this.#entries.size
    const characters = before === undefined ? key.length + value.length : value.length - before.value.length
    return entries <= this.#options.entriesMax && this.#characters + characters <= this.#options.charactersMax
  }

  #sweep(steps: number): void {
    const now = this.#options.clock.now()
    for (let step = 0; step < steps; step++) {
      const next = this.#cursor.next()
      if (next.done === true) {
        this.#cursor = this.#entries.entries()
        return
      }
      const [key, entry] = next.value
      if (entry.expiresAt <= now) this.#expire(key)
    }
  }

  #expire(key: string): void {
    this.#remove(key)
    this.#options.onExpire(key)
  }

  #remove(key: string): boolean {
    const entry = this.#entries.get(key)
    if (entry === undefined) return false
    this.#characters -= key.length + entry.value.length
    return this.#entries.delete(key)
  }
}
