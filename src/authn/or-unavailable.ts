import { Refusal, type Outcome } from '../core/refusal.ts'
import { StoreUnavailable } from '../core/store-unavailable.ts'

/** What `task` gives; 503 when the store is away: what was revoked must not pass because nobody could ask. */
export async function orUnavailable<Value>(task: () => Promise<Value>): Promise<Outcome<Value>> {
  try {
    return await task()
  } catch (error) {
    if (!(error instanceof StoreUnavailable)) throw error
    return new Refusal('AUTHN_UNAVAILABLE', { reason: error.message, headers: ['retry-after', '2'] })
  }
}
