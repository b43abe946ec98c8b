import type { Refusal } from '../core/refusal.ts'
import { HEARTBEAT } from '../wire/event-stream.ts'
import type { Encoding } from './encoding.ts'
import type { Outlet } from './outlet.ts'

/** The body of a reply that never ends by itself: a stream of server-sent events. It can be read once. */
export class EventStreamOutlet implements Outlet, AsyncIterableIterator<Uint8Array> {
  readonly encoding: Encoding
  onDrain: (() => void) | null = null
  readonly #onGone: () => void
  #waiting: Uint8Array[] = []
  #waitingBytes = 0
  #isEnding = false
  #isGone = false
  #take: ((result: IteratorResult<Uint8Array>) => void) | null = null
  readonly #heart: NodeJS.Timeout

  /** `onGone` is called once, when nobody reads any more. */
  constructor(encoding: Encoding, heartbeatIntervalMs: number, onGone: () => void) {
    this.encoding = encoding
    this.#onGone = onGone
    // A beat shows a broken connection to the system, and keeps proxies from cutting a quiet one.
    this.#heart = setInterval(() => {
      if (this.#waitingBytes === 0) this.write(HEARTBEAT)
    }, heartbeatIntervalMs)
    this.#heart.unref()
  }

  get bufferedBytes(): number {
    return this.#waitingBytes
  }

  write(bytes: Uint8Array): void {
    if (this.#isEnding || this.#isGone) return
    if (this.#take !== null) {
      const take = this.#take
      this.#take = null
      take({ value: bytes, done: false })
      return
    }
    this.#waiting.push(bytes)
    this.#waitingBytes += bytes.length
  }

  end(refusal: Refusal): void {
    // A browser that comes back after this is refused with a status, and stops.
    const bytes = this.encoding.encode({ kind: 'refused', id: null, refusal }, '')
    if (bytes !== null && refusal.code !== 'ROOMS_TOO_SLOW') this.write(bytes)
    this.#isEnding = true
    if (this.#waitingBytes === 0) this.#finish()
  }

  /** The peer is gone. */
  cut(): void {
    this.#finish()
  }

  next(): Promise<IteratorResult<Uint8Array>> {
    if (this.#waiting.length > 0) return Promise.resolve({ value: this.#takeAll(), done: false })
    if (this.#isEnding || this.#isGone) {
      this.#finish()
      return Promise.resolve(DONE)
    }
    return new Promise((resolve) => (this.#take = resolve))
  }

  return(): Promise<IteratorResult<Uint8Array>> {
    this.#finish()
    return Promise.resolve(DONE)
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  #takeAll(): Uint8Array {
    const [first] = this.#waiting
    const bytes = this.#waiting.length === 1 && first !== undefined ? first : Buffer.concat(this.#waiting)
    this.#waiting = []
    this.#waitingBytes = 0
    // After this turn: who is told may write again, while `next` has not yet given what it took.
    queueMicrotask(() => this.onDrain?.())
    return bytes
  }

  #finish(): void {
    if (this.#isGone) return
    this.#isGone = true
    clearInterval(this.#heart)
    this.#waiting = []
    this.#waitingBytes = 0
    this.#take?.(DONE)
    this.#take = null
    this.#onGone()
  }
}

const DONE: IteratorResult<Uint8Array> = { value: undefined, done: true }
