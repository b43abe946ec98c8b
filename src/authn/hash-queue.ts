import type { Outcome } from '../core/refusal.ts'
import { Refusal } from '../core/refusal.ts'

export interface HashQueueOptions {
  /** Tasks at once. */
  readonly runningMax: number
  /** Tasks behind them. */
  readonly waitingMax: number
}

/** Runs costly tasks a few at a time; a task beyond the queue is refused at once (503 with `Retry-After`). */
export class HashQueue {
  readonly #options: HashQueueOptions
  readonly #waiting: (() => void)[] = []
  #running = 0

  constructor(options: HashQueueOptions) {
    this.#options = options
  }

  async run<Value>(task: () => Promise<Value>): Promise<Outcome<Value>> {
    if (this.#running >= this.#options.runningMax) {
      if (this.#waiting.length >= this.#options.waitingMax) return busy()
      // The place is handed over by the task that ends: a newcomer cannot slip in between.
      const place = Promise.withResolvers<void>()
      this.#waiting.push(place.resolve)
      await place.promise
    } else {
      this.#running++
    }
    try {
      return await task()
    } finally {
      const next = this.#waiting.shift()
      if (next === undefined) this.#running--
      else next()
    }
  }
}

function busy(): Refusal {
  return new Refusal('AUTHN_BUSY', { reason: 'the queue of password hashes is full', headers: ['retry-after', '2'] })
}
