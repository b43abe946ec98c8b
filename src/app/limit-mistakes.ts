import type { ConfigMistake } from '../core/config-error.ts'
import { TIMER_MS_MAX } from '../core/duration.ts'
import { defaultLimits, type Limits } from '../core/limits.ts'

const TIMER_WANTED = `at most ${TIMER_MS_MAX} ms, which is more than 24 days`

/** What is wrong with limits that are declared in code; `of` is what they are those of, where that is not the app. */
export function limitMistakes(limits: Partial<Limits> = {}, of = ''): readonly ConfigMistake[] {
  return Object.entries(limits).flatMap(([name, value]) => {
    const where = `${of}limits.${name}`
    if (!(name in defaultLimits)) return [{ where, problem: 'there is no such limit' }]
    if (name.startsWith('dial'))
      return [{ where, problem: 'it bounds one fetch, not the app', wanted: 'createGuardedFetch({ … }) takes it' }]
    // What is only compared with a clock may last longer.
    if (name.endsWith('Ms') && !name.endsWith('TtlMs') && value > TIMER_MS_MAX)
      return [{ where, problem: 'a time is one that a timer can wait', current: String(value), wanted: TIMER_WANTED }]
    if (Number.isFinite(value) && value >= 0) return []
    return [{ where, problem: 'a limit is a number', current: String(value), wanted: '0 or more' }]
  })
}
