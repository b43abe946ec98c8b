import { busyError, lostError } from './sql-error.ts'

export interface WaitLimits {
  readonly poolWaitMs: number
  readonly poolQueueMax: number
}

interface Waiter<Item> {
  readonly take: (item: Item) => void
  readonly refuse: (error: Error) => void
  readonly timer: NodeJS.Timeout
}

/** Things that are lent one at a time, first come first served, with a bounded queue and a bounded wait. */
export class WaitQueue<Item> {
  readonly #limits: WaitLimits
  readonly #idle: Item[] = []
  readonly #waiters: Waiter<Item>[] = []
  #closed = false

  constructor(limits: WaitLimits) {
    this.#limits = limits
  }

  /** The item that was given back last, whose caches are warm; undefined when none is idle. */
  tryTake(): Item | undefined {
    return this.#closed ? undefined : this.#idle.pop()
  }

  /** Waits for an item. Fails with `SQL_BUSY` after `poolWaitMs`, or at once when too many wait already. */
  take(): Promise<Item> {
    if (this.#closed) return Promise.reject(lostError('the database is closed'))
    const item = this.#idle.pop()
    if (item !== undefined) return Promise.resolve(item)
    const { poolQueueMax, poolWaitMs } = this.#limits
    if (this.#waiters.length >= poolQueueMax) {
      return Promise.reject(busyError(`${poolQueueMax} statements wait for a connection already`))
    }
    return new Promise((take, refuse) => {
      const timer = setTimeout(() => {
        this.#waiters.splice(this.#waiters.indexOf(waiter), 1)
        refuse(busyError(`no connection became free within ${poolWaitMs} ms`))
      }, poolWaitMs)
      const waiter: Waiter<Item> = { take, refuse, timer }
      this.#waiters.push(waiter)
    })
  }

  /** Gives an item back, or a new one in, to the longest waiter. */
  give(item: Item): void {
    const waiter = this.#waiters.shift()
    if (waiter === undefined) {
      this.#idle.push(item)
      return
    }
    clearTimeout(waiter.timer)
    waiter.take(item)
  }

  /** Refuses everyone who waits and everyone who comes. */
  close(): void {
    this.#closed = true
    for (const { refuse, timer } of this.#waiters.splice(0)) {
      clearTimeout(timer)
      refuse(lostError('the database is closing'))
    }
  }
}
