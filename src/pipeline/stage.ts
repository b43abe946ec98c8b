import type { MaybePromise } from '../core/refusal.ts'
import { Refusal } from '../core/refusal.ts'

/** Takes a call of one type and gives a call of the next, or the reason why it ends here. */
export type Stage<in In, out Out> = (call: In) => MaybePromise<Out | Refusal>

/** One stage after another: what the second takes must be what the first gives, or it does not compile. */
export function pipe<In, Between, Out>(first: Stage<In, Between>, second: Stage<Between, Out>): Stage<In, Out> {
  const go = (between: Between | Refusal): MaybePromise<Out | Refusal> =>
    between instanceof Refusal ? between : second(between)
  return (call) => {
    const between = first(call)
    return between instanceof Promise ? between.then(go) : go(between)
  }
}
