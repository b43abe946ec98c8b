import { AsyncLocalStorage } from 'node:async_hooks'
import type { CallState } from './call-state.ts'

/**
 * The call whose handler runs, for what is declared apart from it (channels) and for errors that reach
 * nobody. Entered only by apps with channels and by `async` handlers.
 */
export const currentCall: AsyncLocalStorage<CallState> = new AsyncLocalStorage()
