import type { MaybePromise } from '../core/refusal.ts'
import { Refusal } from '../core/refusal.ts'

/** Takes a call of one type and gives a call of the next, or the reason why it ends here. */
export type Stage<in In, out Out> = (call: In) => MaybePromise<Out | Refusal>

/** A stage where there is nothing to do. `pipe` leaves it out. */
export const pass = <Call>(call: Call): Call => call

/** One stage after another: what the second takes must be what the first gives, or it does not compile. */
export function pipe<In, Between, Out>(first: Stage<In, Between>, second: Stage<Between, Out>): Stage<In, Out> {
  if (isPass(first)) return second as Stage<In & Between, Out> as Stage<In, Out> // it gives what it takes
  if (isPass(second)) return first as Stage<In, unknown> as Stage<In, Out> // as said above
  const go = (between: Between | Refusal): MaybePromise<Out | Refusal> =>
    between instanceof Refusal ? between : second(between)
  return (call) => {
    const between = first(call)
    return between instanceof Promise ? between.then(go) : go(between)
  }
}

function isPass(stage: unknown): boolean {
  return stage === pass
}
