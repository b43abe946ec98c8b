/** The longest time in milliseconds that a timer of Node.js can wait, more than 24 days: a longer one fires at once. */
export const TIMER_MS_MAX: number = 2 ** 31 - 1

/** Milliseconds of so many seconds, for options such as `timeout: seconds(5)`. Throws a `RangeError` below zero. */
export function seconds(count: number): number {
  if (!(Number.isFinite(count) && count >= 0)) {
    throw new RangeError(`Cannot make a duration: the count is ${count}, it must be a number that is not negative`)
  }
  return Math.round(count * 1000)
}

/** Milliseconds of so many minutes. */
export function minutes(count: number): number {
  return seconds(count * 60)
}

/** Milliseconds of so many hours. */
export function hours(count: number): number {
  return minutes(count * 60)
}

/** Milliseconds of so many days of 24 hours. */
export function days(count: number): number {
  return hours(count * 24)
}
