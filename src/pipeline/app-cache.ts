import type { Cache } from '../core/call.ts'
import type { Store } from '../core/store.ts'

/** The app's own part of a store: its keys never meet those of the framework. */
export function createAppCache(store: Store): Cache {
  return {
    get: async (key) => valueOf(await store.get(`cache:${key}`)),
    set: async (key, value, lifetimeMs) => {
      const text = JSON.stringify(value)
      if (text === undefined) throw new TypeError(`Cannot cache "${key}": a ${typeof value} has no JSON form`)
      await store.set(`cache:${key}`, text, lifetimeMs)
    },
    delete: async (key) => {
      await store.delete(`cache:${key}`)
    },
    take: async (key) => valueOf(await store.getAndDelete(`cache:${key}`)),
  }
}

function valueOf(text: string | null): unknown {
  return text === null ? undefined : (JSON.parse(text) as unknown) // any JSON value
}
