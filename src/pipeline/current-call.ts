import { AsyncLocalStorage } from 'node:async_hooks'
import type { CallState } from './call-state.ts'

/** The call whose handler runs, for what is declared apart from it (channels). Entered only in apps that need it. */
export const currentCall: AsyncLocalStorage<CallState> = new AsyncLocalStorage()
