import { Refusal, type Outcome } from '../core/refusal.ts'
import type { Services } from '../core/services.ts'
import type { Store } from '../core/store.ts'
import { StoreUnavailable } from '../core/store-unavailable.ts'
import { createMemoryStore } from '../store/memory-store.ts'

const own = new WeakMap<Services, Store>()

/** The store of an app; where it has none, one of this process, the same for all of its schemes. */
export function storeOf(services: Services): Store {
  if (services.store !== undefined) return services.store
  let store = own.get(services)
  if (store === undefined) {
    store = createMemoryStore({ clock: services.clock })
    own.set(services, store)
  }
  return store
}

/** What `task` gives; 503 when the store is away: what was revoked must not pass because nobody could ask. */
export async function orUnavailable<Value>(task: () => Promise<Value>): Promise<Outcome<Value>> {
  try {
    return await task()
  } catch (error) {
    if (!(error instanceof StoreUnavailable)) throw error
    return new Refusal('AUTHN_UNAVAILABLE', { reason: error.message, headers: ['retry-after', '2'] })
  }
}
