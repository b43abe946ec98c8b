/** Where time comes from, so that a test can move it. */
export interface Clock {
  /** Milliseconds since 1970-01-01T00:00:00Z. */
  now(): number
  /** Milliseconds, with fractions, of a clock that nobody sets: for durations. Where absent, `now` is used. */
  monotonic?(): number
}

export const systemClock: Clock = { now: () => Date.now(), monotonic: () => performance.now() }

/** Milliseconds of the clock for durations. */
export function readMonotonic(clock: Clock): number {
  return clock.monotonic === undefined ? clock.now() : clock.monotonic()
}
