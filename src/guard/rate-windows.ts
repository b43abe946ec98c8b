import type { Clock } from '../core/clock.ts'

/** A counter and the time when it ends. */
export interface RateWindow {
  count: number
  readonly endsAtMs: number
}

/** Windows looked at by each call that opens one. */
const SWEEP = 4

/**
 * The counters of one limit in the memory of this process. Bounded: beyond `subjectsMax` the oldest window makes room,
 * so that whoever comes from very many addresses can at most shorten the windows of others, not use up memory.
 */
export class RateWindows {
  readonly #windows = new Map<string, RateWindow>()
  readonly #clock: Clock
  readonly #windowMs: number
  readonly #subjectsMax: number
  #cursor: MapIterator<[string, RateWindow]> = this.#windows.entries()

  constructor(options: { readonly clock: Clock; readonly windowMs: number; readonly subjectsMax: number }) {
    this.#clock = options.clock
    this.#windowMs = options.windowMs
    this.#subjectsMax = options.subjectsMax
  }

  /** Counts one call; the window stays the same object until it ends. */
  count(subject: string): RateWindow {
    const now = this.#clock.now()
    const window = this.#windows.get(subject)
    if (window !== undefined && window.endsAtMs > now) {
      window.count++
      return window
    }
    return this.#open(subject, now)
  }

  get size(): number {
    return this.#windows.size
  }

  #open(subject: string, now: number): RateWindow {
    // Deleted first, so that the order of the map is the order in which windows opened.
    this.#windows.delete(subject)
    this.#sweep(now)
    if (this.#windows.size >= this.#subjectsMax) this.#dropOldest()
    const window: RateWindow = { count: 1, endsAtMs: now + this.#windowMs }
    this.#windows.set(subject, window)
    return window
  }

  #sweep(now: number): void {
    for (let step = 0; step < SWEEP; step++) {
      const next = this.#cursor.next()
      if (next.done === true) {
        this.#cursor = this.#windows.entries()
        return
      }
      const [subject, window] = next.value
      if (window.endsAtMs <= now) this.#windows.delete(subject)
    }
  }

  #dropOldest(): void {
    const oldest = this.#windows.keys().next()
    if (oldest.done !== true) this.#windows.delete(oldest.value)
  }
}
