/** How much may come: so many a second in the long run, so many at once after a pause. */
export interface Rate {
  readonly perSecond: number
  readonly burst: number
}

/** Counts what comes against a rate, without a timer. */
export class TokenBucket {
  #tokens: number
  #atMs: number

  constructor(rate: Rate, nowMs: number) {
    this.#tokens = rate.burst
    this.#atMs = nowMs
  }

  /** Milliseconds until one more may come; 0: it may come now, and was counted. */
  take(rate: Rate, nowMs: number): number {
    const elapsedMs = Math.max(0, nowMs - this.#atMs)
    this.#atMs = nowMs
    this.#tokens = Math.min(rate.burst, this.#tokens + (elapsedMs * rate.perSecond) / 1000)
    if (this.#tokens >= 1) {
      this.#tokens -= 1
      return 0
    }
    return Math.ceil(((1 - this.#tokens) * 1000) / rate.perSecond)
  }

  /** True when as much may come as after a long pause: nothing would be lost by forgetting the bucket. */
  isFull(rate: Rate, nowMs: number): boolean {
    return this.#tokens + ((nowMs - this.#atMs) * rate.perSecond) / 1000 >= rate.burst
  }
}
