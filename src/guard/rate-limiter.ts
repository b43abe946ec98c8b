import type { Clock } from '../core/clock.ts'
import { defaultLimits } from '../core/limits.ts'
import { type MaybePromise, Refusal } from '../core/refusal.ts'
import { StoreUnavailable } from '../core/store-unavailable.ts'
import type { Store } from '../store/store.ts'
import type { RateLimit, RateSubject } from './rate-limit.ts'
import { RateWindows } from './rate-windows.ts'

export interface RateLimiterOptions {
  /** What the limit counts, the same in all processes and different for each limit: `GET /stuff`, `app`. */
  readonly name: string
  readonly clock: Clock
  /** Where counters are shared by processes. Without it this process counts in its own memory, synchronously. */
  readonly store?: Store
  readonly subjectsMax?: number
  /** Told when the store could not be asked. */
  readonly onAway?: (error: StoreUnavailable) => void
}

/** One limit as the pipeline runs it. */
export interface RateLimiter {
  readonly by: RateSubject
  /** Counts one call of a user or of `subjectOfAddress(…)`. At once where it counts in memory. */
  take(subject: string): MaybePromise<RateDecision>
}

export interface RateDecision {
  /** 429 with `Retry-After`, or 503 where the store is away and the limit is closed then. Has the headers below too. */
  readonly refusal: Refusal | null
  /** `RateLimit-Policy` and `RateLimit` for the reply (draft-ietf-httpapi-ratelimit-headers-10). */
  readonly headers: readonly string[]
}

/** Compiles a limit. */
export function compileRateLimiter(limit: RateLimit, options: RateLimiterOptions): RateLimiter {
  const { name, clock, store, onAway } = options
  const windows = new RateWindows({
    clock,
    windowMs: limit.windowMs,
    subjectsMax: options.subjectsMax ?? defaultLimits.rateSubjectsMax,
  })
  const decide = compileDecision(limit)
  const takeHere = (subject: string): RateDecision => {
    const { count, endsAtMs } = windows.count(subject)
    return decide(count, endsAtMs - clock.now())
  }
  if (store === undefined) return { by: limit.by, take: takeHere }

  const key = `rate:${name}:${limit.by}:${limit.windowMs}:`
  const take = async (subject: string): Promise<RateDecision> => {
    try {
      const { count, ttlMs } = await store.increment(key + subject, 1, limit.windowMs)
      return decide(count, ttlMs)
    } catch (error) {
      if (!(error instanceof StoreUnavailable)) throw error
      onAway?.(error)
      return limit.whenAway === 'open' ? takeHere(subject) : AWAY
    }
  }
  return { by: limit.by, take }
}

const AWAY: RateDecision = {
  refusal: new Refusal('GUARD_UNAVAILABLE', {
    reason: 'the store of rate limits is away',
    headers: ['retry-after', '1'],
  }),
  headers: [],
}

/** The texts that never change are made at boot; a call that passes makes one short text and one list. */
function compileDecision(limit: RateLimit): (count: number, leftMs: number) => RateDecision {
  // A reply may tell several limits with one window: those of the app, of a module and of the route.
  const name = `"${limit.by}-${limit.calls}-in-${limit.windowMs / 1000}s"`
  const policy = `${name};q=${limit.calls};w=${Math.ceil(limit.windowMs / 1000)}`
  return (count, leftMs) => {
    const seconds = Math.max(1, Math.ceil(leftMs / 1000))
    const left = Math.max(0, limit.calls - count)
    const headers = ['ratelimit-policy', policy, 'ratelimit', `${name};r=${left};t=${seconds}`]
    if (count <= limit.calls) return { refusal: null, headers }
    return { refusal: new Refusal('GUARD_RATE', { headers: ['retry-after', String(seconds), ...headers] }), headers }
  }
}
