import type { MaybePromise, Refusal } from '../core/refusal.ts'
import type { Scheme } from '../core/scheme.ts'
import type { ReadBodyOptions } from '../params/read-body.ts'
import { readBodyOf } from './bind.ts'
import type { Allowed } from './call-state.ts'
import type { Stage } from './stage.ts'

export interface CsrfPlan {
  readonly schemes: readonly Scheme[]
  readonly methods: readonly string[]
  readonly body: ReadBodyOptions
}

/**
 * A writing call whose credentials the browser sends by itself must come from our own pages. Its token may be a field of
 * the form, so the body is read here.
 */
export function compileCheckCsrf({ schemes, methods, body }: CsrfPlan): Stage<Allowed, Allowed> {
  const ambient = new Map(schemes.filter(({ isAmbient }) => isAmbient).map((scheme) => [scheme.name, scheme]))
  const mayWrite = methods.some((method) => method !== 'GET')
  if (!mayWrite || ambient.size === 0) return (call) => call

  const check = (call: Allowed): Allowed | Refusal => {
    const { identity, scheme } = call
    if (identity === null || scheme === null) return call
    return ambient.get(scheme)?.checkCsrf?.(call, identity) ?? call
  }
  return (call): MaybePromise<Allowed | Refusal> => {
    if (call.identity === null || !call.identity.isAmbient || isSafe(call.method)) return call
    if (call.body !== null || !call.received.hasBody) return check(call)
    const read = readBodyOf(call, body)
    return read instanceof Promise ? read.then((refusal) => refusal ?? check(call)) : (read ?? check(call))
  }
}

/** Methods that change nothing (RFC 9110 section 9.2.1). */
function isSafe(method: string): boolean {
  return method === 'GET' || method === 'HEAD'
}
