import type { ConfigMistake } from '../core/config-error.ts'
import type { RateLimit, RateSubject } from '../core/guard-spec.ts'

export type { RateLimit, RateSubject }

export interface RateLimitOptions {
  /** `user` by default. A limit by address is checked before authentication, so that it also holds off guesses. */
  readonly by?: RateSubject
  /**
   * What happens while the shared store is away: `open` (the default) lets each process count for itself, `closed`
   * refuses with 503.
   */
  readonly whenAway?: 'open' | 'closed'
}

/** At most `calls` calls a second for each user or address. */
export function perSecond(calls: number, options: RateLimitOptions = {}): RateLimit {
  return rateLimit(calls, 1_000, options)
}

/** At most `calls` calls a minute for each user or address. */
export function perMinute(calls: number, options: RateLimitOptions = {}): RateLimit {
  return rateLimit(calls, 60_000, options)
}

/** At most `calls` calls an hour for each user or address. */
export function perHour(calls: number, options: RateLimitOptions = {}): RateLimit {
  return rateLimit(calls, 3_600_000, options)
}

/** At most `calls` calls a day for each user or address. */
export function perDay(calls: number, options: RateLimitOptions = {}): RateLimit {
  return rateLimit(calls, 86_400_000, options)
}

function rateLimit(calls: number, windowMs: number, { by = 'user', whenAway = 'open' }: RateLimitOptions): RateLimit {
  return { calls, windowMs, by, whenAway }
}

/** What is wrong with a declared limit. */
export function rateLimitMistakes(limit: RateLimit, where: string): readonly ConfigMistake[] {
  const mistakes: ConfigMistake[] = []
  if (typeof limit !== 'object' || limit === null)
    return [{ where, problem: 'limit is no limit', current: String(limit), wanted: 'limit: perMinute(60)' }]
  if (!(Number.isSafeInteger(limit.calls) && limit.calls >= 1)) {
    mistakes.push({ where, problem: 'limit counts whole calls', current: String(limit.calls), wanted: '1 or more' })
  }
  if (!(Number.isSafeInteger(limit.windowMs) && limit.windowMs >= 1_000)) {
    const current = `${limit.windowMs} ms`
    mistakes.push({ where, problem: 'limit has a window of whole milliseconds', current, wanted: '1000 ms or more' })
  }
  return mistakes
}
