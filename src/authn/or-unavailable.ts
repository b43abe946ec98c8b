import { type MaybePromise, type Outcome, Refusal } from '../core/refusal.ts'
import { StoreUnavailable } from '../core/store-unavailable.ts'

/** What `task` gives; 503 when the store is away: what was revoked must not pass because nobody could ask. */
export function orUnavailable<Value>(task: () => MaybePromise<Value>): MaybePromise<Outcome<Value>> {
  try {
    const value = task()
    return value instanceof Promise ? value.catch(refuse) : value
  } catch (error) {
    return refuse(error)
  }
}

function refuse(error: unknown): Refusal {
  if (!(error instanceof StoreUnavailable)) throw error
  return new Refusal('AUTHN_UNAVAILABLE', { reason: error.message, headers: ['retry-after', '2'] })
}
