import { Fault } from '../core/fault.ts'
import type { MaybePromise } from '../core/refusal.ts'
import { Refusal } from '../core/refusal.ts'

/** Runs code that may throw: a thrown refusal is its value, anything else is what `explain` makes of it. */
export function attempt<Value>(
  run: () => MaybePromise<Value>,
  explain: (error: unknown) => Refusal | null,
): MaybePromise<Value | Refusal | Fault> {
  const caught = (error: unknown): Refusal | Fault =>
    error instanceof Refusal ? error : (explain(error) ?? new Fault(error))
  try {
    const value = run()
    return value instanceof Promise ? value.catch(caught) : value
  } catch (error) {
    return caught(error)
  }
}
