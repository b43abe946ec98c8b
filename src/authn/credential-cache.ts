import { createHmac, createSecretKey, randomBytes, timingSafeEqual } from 'node:crypto'
import type { Clock } from '../core/clock.ts'

export interface CredentialCacheOptions {
  readonly clock: Clock
  readonly entriesMax: number
  readonly ttlMs: number
}

interface Entry {
  readonly mac: Buffer
  readonly expiresAtMs: number
}

/**
 * Remembers for a short time that a login and a password went with a stored hash. It holds no password: only a keyed
 * hash under a key that this process drew for itself. Another stored hash finds nothing.
 */
export class CredentialCache {
  readonly #options: CredentialCacheOptions
  readonly #key = createSecretKey(randomBytes(32))
  readonly #entries = new Map<string, Entry>()

  constructor(options: CredentialCacheOptions) {
    this.#options = options
  }

  has(login: string, password: string, storedHash: string): boolean {
    const entry = this.#entries.get(login)
    if (entry === undefined) return false
    if (entry.expiresAtMs <= this.#options.clock.now()) {
      this.#entries.delete(login)
      return false
    }
    return timingSafeEqual(entry.mac, this.#mac(login, password, storedHash))
  }

  remember(login: string, password: string, storedHash: string): void {
    const { clock, entriesMax, ttlMs } = this.#options
    if (entriesMax < 1 || ttlMs < 1) return
    // Deleted first, so that the order of the map is the order of age.
    this.#entries.delete(login)
    if (this.#entries.size >= entriesMax) {
      const oldest = this.#entries.keys().next()
      if (!oldest.done) this.#entries.delete(oldest.value)
    }
    this.#entries.set(login, { mac: this.#mac(login, password, storedHash), expiresAtMs: clock.now() + ttlMs })
  }

  forget(login: string): void {
    this.#entries.delete(login)
  }

  /** Each part with its length before it, so that no two triples give the same text. */
  #mac(login: string, password: string, storedHash: string): Buffer {
    const text = `${login.length}:${login}${password.length}:${password}${storedHash}`
    return createHmac('sha256', this.#key).update(text).digest()
  }
}
