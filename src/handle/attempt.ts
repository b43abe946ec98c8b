import { Fault } from '../core/fault.ts'
import type { MaybePromise } from '../core/refusal.ts'
import { Refusal } from '../core/refusal.ts'

/** Makes a function that never throws of `run`: a thrown refusal is its value, anything else is what `explain` makes of it. */
export function attempt<In, Value>(
  run: (input: In) => MaybePromise<Value>,
  explain: (error: unknown) => Refusal | null,
): (input: In) => MaybePromise<Value | Refusal | Fault> {
  const caught = (error: unknown): Refusal | Fault =>
    error instanceof Refusal ? error : (explain(error) ?? new Fault(error))
  return (input) => {
    try {
      const value = run(input)
      return value instanceof Promise ? value.catch(caught) : value
    } catch (error) {
      return caught(error)
    }
  }
}
