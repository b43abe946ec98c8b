import type { Call } from './call.ts'
import type { GuardSpec, SharedLimits } from './guard-spec.ts'
import type { ParamShape, Schema } from './params.ts'
import type { MaybePromise, RefusalCode } from './refusal.ts'
import type { Rule } from './rule.ts'
import type { Scheme } from './scheme.ts'
import type { Services } from './services.ts'

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'

/** What a route says beside its rule and its parameters. */
export interface RouteOptions<E = never> extends GuardSpec {
  /** The schemes that this route accepts; all of the app's when absent. An empty list accepts nobody's credentials. */
  readonly authn?: readonly Scheme<E>[]
  /** Realm of this route; the app's when absent. */
  readonly realm?: string
  /** The user must have proved who they are within so many milliseconds: `fresh: minutes(5)` (RFC 9470). */
  readonly fresh?: number
  /** One line for documentation. */
  readonly summary?: string
  readonly description?: string
  readonly tags?: readonly string[]
  /** What a successful reply holds, for documentation. */
  readonly reply?: Schema
  /** Status of a successful reply in documentation; what the handler sends decides. */
  readonly status?: number
  /**
   * Further refusals of its handler, for documents, by code or by status: `['DIAL_FAILED', 409]`. Those of the stages
   * are known, and so are those that the handler names itself: `refuse(409, …)`, `found(…)`.
   */
  readonly refuses?: readonly (RefusalCode | number)[]
  /** True: documents say that it should no longer be used. */
  readonly deprecated?: boolean
  /**
   * Tags replies with a hash of their bytes, and answers 304 to those who have them already (RFC 9110 section 13). A
   * handler may say its own version instead: `reply(value, { headers: { etag: '"7"' } })`.
   */
  readonly etag?: boolean
  /** Runs permission and handler again, up to so many times, after a serialization failure. */
  readonly retry?: number
  /** One read-only transaction for a reading call: a consistent view of several statements. */
  readonly readonly?: boolean
  /** Isolation `SERIALIZABLE` (PostgreSQL). */
  readonly serializable?: boolean
  /** Bytes of the body; the app's limit when absent. */
  readonly bodyBytesMax?: number
}

export interface RouteSpec<
  Shape extends ParamShape = ParamShape,
  R extends Rule = Rule,
  E = never,
> extends RouteOptions<E> {
  /** Who may call. Without it the route does not compile, and the server does not start. */
  readonly authorize: R
  readonly params?: Shape
}

/** Erased form of a handler: the compiler has checked arguments and call at the declaration. */
export type Handler = (args: Readonly<Record<string, unknown>>, call: Call) => MaybePromise<unknown>

/** What became of a call, for hooks and the audit. */
export interface CallOutcome {
  readonly status: number
  /** Code of the refusal, null for success. */
  readonly code: string | null
}

/** Runs after authorization, before the handler; may refuse by throwing, cannot open what a rule closes. */
export type BeforeHook = (call: Call) => MaybePromise<void>
/** Runs when the outcome is known, after the commit or the rollback. */
export type AfterHook = (call: Call, outcome: CallOutcome) => MaybePromise<void>

/** What a route is given at boot, where its handler is made only then. */
export interface RouteBoot {
  readonly services: Services
  /** Folder of the app file: other paths start there. */
  readonly directory: string
  /** Headers of every reply of the route: name, value, name, value. */
  readonly headers: readonly string[]
}

/** One declared route, as `app.get(…)` records it. */
export interface RouteDeclaration {
  readonly methods: readonly string[]
  /** Full pattern, prefixes included: `/a/:b/*c`. */
  readonly path: string
  /** Virtual host pattern; null: any. */
  readonly host: string | null
  readonly spec: RouteSpec
  readonly handler: Handler
  /** The handler as the app wrote it, where boot put another around it. */
  readonly written?: Handler | undefined
  /** Makes the handler at boot, in the place of `handler`. Throws a `ConfigError` for what cannot work. */
  readonly prepare?: ((boot: RouteBoot) => Handler) | undefined
  /** True where query and body are nobody's business: a static tree takes any query, and reads no body. */
  readonly takesAny?: boolean | undefined
  /** Limits of the app and of modules around the route, from outside in. */
  readonly limits: readonly SharedLimits[]
  readonly before: readonly BeforeHook[]
  readonly after: readonly AfterHook[]
  /** `file:line` of the declaration. */
  readonly where: string
}
