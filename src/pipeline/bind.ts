import type { MaybePromise } from '../core/refusal.ts'
import { Refusal } from '../core/refusal.ts'
import type { Binder, ParsedBody } from '../params/binder.ts'
import { type ReadBodyOptions, readParsedBody } from '../params/read-body.ts'
import type { Allowed, Bound, Routed } from './call-state.ts'
import type { Stage } from './stage.ts'

export interface BindPlan {
  readonly binder: Binder
  readonly body: ReadBodyOptions
}

/** What they sent, as typed arguments. The body is read here, unless a scheme needed it earlier. */
export function compileBind({ binder, body }: BindPlan): Stage<Allowed, Bound> {
  const conclude = (call: Allowed, args: Readonly<Record<string, unknown>> | Refusal): Bound | Refusal => {
    if (args instanceof Refusal) return args
    call.args = args
    return call as Bound // its arguments were just set
  }
  const bind = (call: Allowed): MaybePromise<Bound | Refusal> => {
    const args = binder.bind(call)
    return args instanceof Promise ? args.then((late) => conclude(call, late)) : conclude(call, args)
  }
  return (call) => {
    if (call.body !== null || !call.received.hasBody) return bind(call)
    const read = readBodyOf(call, body)
    if (read instanceof Promise) return read.then((refusal) => refusal ?? bind(call))
    return read ?? bind(call)
  }
}

const NO_ARGS: Readonly<Record<string, unknown>> = Object.freeze({})

/** For routes to which query and body mean nothing. */
export function bindNothing(call: Allowed): Bound {
  call.args = NO_ARGS
  return call as Bound // its arguments were just set
}

/** Reads and parses the body into `call.body`; gives the refusal where that fails. */
export function readBodyOf(call: Routed, plan: ReadBodyOptions): MaybePromise<Refusal | null> {
  const conclude = (parsed: ParsedBody | Refusal): Refusal | null => {
    if (parsed instanceof Refusal) return parsed
    call.body = parsed
    return null
  }
  const parsed = readParsedBody(call.received, plan)
  return parsed instanceof Promise ? parsed.then(conclude) : conclude(parsed)
}
