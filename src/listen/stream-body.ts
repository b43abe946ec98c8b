import type { Readable } from 'node:stream'
import type { Limits } from '../core/limits.ts'
import { Refusal } from '../core/refusal.ts'
import type { Outcome } from '../core/refusal.ts'

/** A body that comes as a stream of Node's (`node:http`, HTTP/2, memory), read once and within limits. */
export class StreamBody {
  readonly #source: Readable
  readonly #limits: Limits
  readonly #onStart: () => void
  #wake: () => void = ignore
  #error: unknown = null
  #isTaken = false

  /** `onStart` runs before the first byte is asked for (`100 Continue`). */
  constructor(source: Readable, limits: Limits, onStart: () => void) {
    this.#source = source
    this.#limits = limits
    this.#onStart = onStart
  }

  async readAll(bytesMax: number): Promise<Outcome<Uint8Array>> {
    const pieces: Uint8Array[] = []
    try {
      for await (const piece of this.stream(bytesMax)) pieces.push(piece)
    } catch (error) {
      if (error instanceof Refusal) return error
      throw error
    }
    return Buffer.concat(pieces)
  }

  async *stream(bytesMax: number): AsyncGenerator<Uint8Array> {
    if (this.#isTaken) throw new Error('Cannot read the body: it was read before, and it can be read once')
    this.#isTaken = true
    this.#onStart()
    const meter = new RateMeter(this.#limits, () => this.#wake())
    const listeners = this.#listen()
    let length = 0
    try {
      for (;;) {
        const piece = await this.#next(meter)
        if (piece === null) return
        length += piece.length
        if (length > bytesMax) throw tooLarge(bytesMax)
        meter.pause(length)
        yield piece
        meter.resume()
      }
    } finally {
      meter.stop()
      for (const [event, listener] of listeners) this.#source.off(event, listener)
    }
  }

  #listen(): readonly (readonly [string, (...args: unknown[]) => void])[] {
    const wake = (): void => this.#wake()
    const fail = (error: unknown): void => {
      this.#error = error
      this.#wake()
    }
    const listeners = [
      ['readable', wake],
      ['end', wake],
      ['close', wake],
      ['error', fail],
    ] as const
    for (const [event, listener] of listeners) this.#source.on(event, listener)
    return listeners
  }

  async #next(meter: RateMeter): Promise<Uint8Array | null> {
    for (;;) {
      const piece: unknown = this.#source.read()
      if (piece instanceof Uint8Array) return piece
      if (this.#source.readableEnded) return null
      if (this.#error !== null || this.#source.destroyed) throw cutShort(this.#error)
      if (meter.isTooSlow) throw new Refusal('LISTEN_BODY_TOO_SLOW')
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
    }
  }
}

/** The refusal of a body beyond `bytesMax`. */
export function tooLarge(bytesMax: number): Refusal {
  return new Refusal('LISTEN_BODY_TOO_LARGE', { message: `the body is too large: at most ${bytesMax} bytes are read` })
}

/** The refusal of a body whose peer went away, or that broke the protocol, before its end. */
export function cutShort(error: unknown): Refusal {
  const reason = error instanceof Error ? error.message : 'the connection closed'
  return new Refusal('LISTEN_BAD_REQUEST', { message: 'the body ended early', reason })
}

function ignore(): void {}

// Time counts only while the peer has the word: a slow consumer of ours does not make the peer slow.
class RateMeter {
  readonly #limits: Limits
  readonly #onSlow: () => void
  readonly #timer: NodeJS.Timeout
  #length = 0
  #waitedMs = 0
  #since = performance.now()
  isTooSlow = false

  constructor(limits: Limits, onSlow: () => void) {
    this.#limits = limits
    this.#onSlow = onSlow
    this.#timer = setInterval(() => this.#check(), Math.max(10, Math.min(1000, limits.bodyRateGraceMs / 2)))
    this.#timer.unref()
  }

  pause(length: number): void {
    this.#length = length
    this.#waitedMs += performance.now() - this.#since
    this.#since = Number.POSITIVE_INFINITY
  }

  resume(): void {
    this.#since = performance.now()
  }

  stop(): void {
    clearInterval(this.#timer)
  }

  #check(): void {
    const waitedMs = this.#waitedMs + Math.max(0, performance.now() - this.#since)
    if (!isTooSlow(this.#limits, this.#length, waitedMs)) return
    this.isTooSlow = true
    this.stop()
    this.#onSlow()
  }
}

/** True when `length` bytes in `waitedMs` are below the least rate, once the grace is over. */
export function isTooSlow(limits: Limits, length: number, waitedMs: number): boolean {
  const { bodyRateBytesMin, bodyRateGraceMs } = limits
  return waitedMs > bodyRateGraceMs && length * 1000 < bodyRateBytesMin * (waitedMs - bodyRateGraceMs)
}
