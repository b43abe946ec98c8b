import { AsyncLocalStorage } from 'node:async_hooks'
import type { Services } from './services.ts'

/**
 * The boots of this process that are open, the newest last. What app files hold (schemes) is one object for all boots of
 * an app: a function of it that is given no call finds its boot here.
 */
const live: Services[] = []
const inCall = new AsyncLocalStorage<Services>()

/** From now on the boot is open. */
export function enterBoot(services: Services): void {
  live.push(services)
}

/** The boot is closed. */
export function leaveBoot(services: Services): void {
  const index = live.indexOf(services)
  if (index >= 0) live.splice(index, 1)
}

/** Only where several are open must a call remember to which it belongs. */
export function hasSeveralBoots(): boolean {
  return live.length > 1
}

/** Runs a call of a boot. */
export function runInBoot<T>(services: Services, run: () => T): T {
  return inCall.run(services, run)
}

/** The boot of the call that runs, else the newest that is open, of those that `isOwn` knows. */
export function findBoot(isOwn: (services: Services) => boolean): Services | null {
  const now = inCall.getStore()
  if (now !== undefined && isOwn(now)) return now
  return live.findLast(isOwn) ?? null
}
