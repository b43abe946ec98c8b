import type { Clock } from '../core/clock.ts'
import { Refusal, type Outcome } from '../core/refusal.ts'
import { TokenBucket, type Rate } from './token-bucket.ts'

/** The connection whose messages are pumped. */
export interface PumpSource<In> {
  /** The next message that has come whole; undefined when none has. */
  next(): Outcome<In> | undefined
  handle(message: In): unknown
  /** Stops and starts reading from the peer. */
  pause(): void
  resume(): void
  /** All that has come was handled. */
  onEmpty(): void
  /** What is wrong with the next message, or what the handler threw. */
  onFailure(error: unknown): void
}

/**
 * Hands the messages of one connection to its handler, one at a time, no faster than its rate. While the handler runs,
 * or the rate is reached, the peer is not read: its own system holds the rest back.
 */
export class MessagePump<In> {
  readonly #source: PumpSource<In>
  readonly #rate: Rate
  readonly #clock: Clock
  readonly #bucket: TokenBucket
  #isBusy = false
  #isStopped = false
  #wake: NodeJS.Timeout | null = null

  constructor(source: PumpSource<In>, rate: Rate, clock: Clock) {
    this.#source = source
    this.#rate = rate
    this.#clock = clock
    this.#bucket = new TokenBucket(rate, clock.now())
  }

  /** True while a handler runs or the peer has to wait. */
  get isBusy(): boolean {
    return this.#isBusy
  }

  /** Something came: handles messages until a handler waits, the rate is reached or they run out. */
  run(): void {
    while (!this.#isBusy && !this.#isStopped) {
      const message = this.#source.next()
      if (message === undefined) {
        this.#source.onEmpty()
        return
      }
      if (message instanceof Refusal) this.#source.onFailure(message)
      else this.#admit(message)
    }
  }

  /** Runs a task before the next message is handled. */
  perform(task: () => unknown): void {
    try {
      const result = task()
      if (!(result instanceof Promise)) return
      this.#pause()
      result.then(
        () => this.#proceed(),
        (error: unknown) => this.#fail(error),
      )
    } catch (error) {
      this.#fail(error)
    }
  }

  /** Handles nothing more; a handler that runs ends by itself. */
  stop(): void {
    this.#isStopped = true
    if (this.#wake !== null) clearTimeout(this.#wake)
  }

  #admit(message: In): void {
    const waitMs = this.#bucket.take(this.#rate, this.#clock.now())
    if (waitMs === 0) {
      this.perform(() => this.#source.handle(message))
      return
    }
    this.#pause()
    this.#wake = setTimeout(() => {
      this.#isBusy = false
      this.#wake = null
      this.#admit(message)
      if (!this.#isBusy) this.#proceed()
    }, waitMs)
  }

  #pause(): void {
    this.#isBusy = true
    this.#source.pause()
  }

  #proceed(): void {
    this.#isBusy = false
    this.run()
    if (!this.#isBusy && !this.#isStopped) this.#source.resume()
  }

  #fail(error: unknown): void {
    this.#isBusy = false
    if (!this.#isStopped) this.#source.onFailure(error)
  }
}
