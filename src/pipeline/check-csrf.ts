import type { MaybePromise, Refusal } from '../core/refusal.ts'
import type { Scheme } from '../core/scheme.ts'
import type { Cors } from '../guard/cors.ts'
import { checkCrossSite } from '../guard/cross-site.ts'
import type { ReadBodyOptions } from '../params/read-body.ts'
import { readBodyOf } from './bind.ts'
import type { Allowed } from './call-state.ts'
import { type Stage, pass } from './stage.ts'

export interface CsrfPlan {
  readonly schemes: readonly Scheme[]
  readonly methods: readonly string[]
  readonly body: ReadBodyOptions
  /** Origins whose pages may call. */
  readonly cors: Cors | null
}

/**
 * A writing call whose credentials the browser sends by itself must come from our own pages. Its token may be a field of
 * the form, so the body is read here. A password that the browser remembers has no token: there the call must not say
 * that it comes from another site.
 */
export function compileCheckCsrf(plan: CsrfPlan): Stage<Allowed, Allowed> {
  if (!plan.methods.some((method) => method !== 'GET')) return pass
  const ambient = compileAmbient(plan)
  const remembered = new Set(plan.schemes.filter(({ isRemembered }) => isRemembered).map(({ name }) => name))
  if (remembered.size === 0) return ambient
  return (call) => (remembered.has(call.scheme ?? '') ? checkRemembered(call, plan.cors) : ambient(call))
}

function checkRemembered(call: Allowed, cors: Cors | null): Allowed | Refusal {
  const { received } = call
  // A program says neither. Browsers say the origin of each writing call, forms included.
  const isOfPage = received.header('origin') !== undefined || received.header('sec-fetch-site') !== undefined
  if (!isOfPage || isSafe(call.method)) return call
  return checkCrossSite(received, cors === null ? null : (origin) => cors.isAllowed(origin)) ?? call
}

function compileAmbient({ schemes, body }: CsrfPlan): Stage<Allowed, Allowed> {
  const ambient = new Map(schemes.filter(({ isAmbient }) => isAmbient).map((scheme) => [scheme.name, scheme]))
  if (ambient.size === 0) return pass

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
