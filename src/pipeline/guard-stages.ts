import type { ConfigMistake } from '../core/config-error.ts'
import { type RateLimit, type SharedLimits, listLimits } from '../core/guard-spec.ts'
import type { MaybePromise, Refusal } from '../core/refusal.ts'
import type { RouteDeclaration } from '../core/route-spec.ts'
import { type Cors, compileCors, corsMistakes } from '../guard/cors.ts'
import { rateLimitMistakes } from '../guard/rate-limit.ts'
import { type RateDecision, type RateLimiter, compileRateLimiter } from '../guard/rate-limiter.ts'
import { subjectOfAddress } from '../guard/rate-subject.ts'
import type { Binder } from '../params/binder.ts'
import type { AppRuntime } from './app-runtime.ts'
import type { CallState, Known, Routed } from './call-state.ts'
import { type Stage, pass } from './stage.ts'

/** The guard of one route: what runs before authentication, and what runs after it. */
export interface RouteGuard {
  readonly before: Stage<Routed, Routed>
  readonly after: Stage<Known, Known>
  /** Null where no page of another origin may read the replies. */
  readonly cors: Cors | null
  readonly mistakes: readonly ConfigMistake[]
}

export interface GuardPlan {
  readonly declaration: RouteDeclaration
  readonly binder: Binder
  readonly runtime: AppRuntime
  /** Limiters that several routes share, by their name; filled here. */
  readonly shared: Map<string, readonly RateLimiter[]>
  readonly where: string
}

export function compileGuard({ declaration, binder, runtime, shared, where }: GuardPlan): RouteGuard {
  const { spec, methods, limits: around } = declaration
  const own = { name: `${methods.join('|')} ${declaration.host ?? ''}${declaration.path}`, limits: listLimits(spec) }
  const all = [...around, own]
  const mistakes = [
    ...all.flatMap(({ limits }) => limits.flatMap((limit) => rateLimitMistakes(limit, where))),
    ...(spec.cors === undefined ? [] : corsMistakes(spec.cors, where)),
  ]
  if (mistakes.length > 0) return { before: pass, after: pass, cors: null, mistakes }
  const limiters = all.flatMap((one) => limitersOf(one, runtime, shared))
  const byAddress = limiters.filter(({ by }) => by === 'address')
  const byUser = limiters.filter(({ by }) => by === 'user')
  const headers = binder.params.filter(({ place }) => place === 'header').map(({ wireName }) => wireName)
  const facts = {
    methods: methods.includes('GET') ? [...methods, 'HEAD'] : methods,
    headers: ['authorization', 'x-csrf-token', ...headers],
  }
  const cors = spec.cors === undefined ? null : compileCors(spec.cors, facts)
  return {
    before: compileBefore(cors, byAddress),
    after: byUser.length === 0 ? pass : (call) => takeAll(call, byUser, subjectOfUser(call)),
    cors,
    mistakes,
  }
}

function limitersOf(
  { name, limits }: SharedLimits,
  runtime: AppRuntime,
  shared: GuardPlan['shared'],
): readonly RateLimiter[] {
  let limiters = shared.get(name)
  if (limiters === undefined) shared.set(name, (limiters = limits.map((limit) => createLimiter(limit, runtime, name))))
  return limiters
}

function createLimiter(limit: RateLimit, { services }: AppRuntime, name: string): RateLimiter {
  const { clock, store, log, limits } = services
  return compileRateLimiter(limit, {
    name,
    clock,
    subjectsMax: limits.rateSubjectsMax,
    ...(store.isShared ? { store } : {}),
    onAway: (error) => log.warn({ error: error.message }, 'a rate limit counts in this process alone'),
  })
}

function compileBefore(cors: Cors | null, byAddress: readonly RateLimiter[]): Stage<Routed, Routed> {
  if (cors === null && byAddress.length === 0) return pass
  return (call) => {
    if (cors !== null) {
      addHeaders(call, cors.fixedHeaders)
      addHeaders(call, cors.replyHeaders(call.received.header('origin')))
    }
    return takeAll(call, byAddress, subjectOfAddress(call.peer.address))
  }
}

function subjectOfUser(call: Known): string {
  // A user and an address never share a counter, whatever they are called.
  return call.user === null ? `address ${subjectOfAddress(call.peer.address)}` : `user ${call.user}`
}

function takeAll<C extends CallState>(
  call: C,
  limiters: readonly RateLimiter[],
  subject: string,
): MaybePromise<C | Refusal> {
  const take = (from: number): MaybePromise<C | Refusal> => {
    for (let i = from; i < limiters.length; i++) {
      const decision = limiters[i]?.take(subject)
      if (decision instanceof Promise) return decision.then((late) => conclude(late) ?? take(i + 1))
      const refusal = decision === undefined ? null : conclude(decision)
      if (refusal !== null) return refusal
    }
    return call
  }
  const conclude = (decision: RateDecision): Refusal | null => {
    if (decision.refusal === null) addHeaders(call, decision.headers)
    return decision.refusal
  }
  return take(0)
}

function addHeaders(call: CallState, pairs: readonly string[]): void {
  if (pairs.length > 0) call.headers = call.headers === null ? [...pairs] : [...call.headers, ...pairs]
}
