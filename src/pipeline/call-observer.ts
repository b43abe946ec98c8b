import type { AuditRecord } from '../audit/record.ts'
import type { AppRuntime } from './app-runtime.ts'
import type { CallState } from './call-state.ts'

/** Looks at all calls of an app: what measures and traces them. It changes nothing, and must not throw. */
export interface CallObserver {
  /** Told when the app is about to answer its first call. */
  readonly onBoot?: (runtime: AppRuntime) => void
  /** Runs a call, in whatever context the observer needs around it; must give back what `run` gives. */
  readonly around?: <T>(call: CallState, run: () => T) => T
  /** Told the record of each call that ended, also of what a listener refused; `call` is null where no head was read. */
  readonly onEnd?: (record: AuditRecord, call: CallState | null) => void
}

/** Runs a call inside of all observers, the first outermost. */
export function observed<T>(observers: readonly CallObserver[], run: (call: CallState) => T): (call: CallState) => T {
  const outer = observers.flatMap(({ around }) => (around === undefined ? [] : [around]))
  return outer.reduceRight<(call: CallState) => T>((inner, around) => (call) => around(call, () => inner(call)), run)
}
