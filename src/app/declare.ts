import type { Call } from '../core/call.ts'
import type { Args, ParamShape } from '../core/params.ts'
import type { MaybePromise } from '../core/refusal.ts'
import type { AfterHook, BeforeHook, Handler, Method, RouteDeclaration, RouteOptions } from '../core/route-spec.ts'
import type { Env, Rule } from '../core/rule.ts'
import { callerPlace } from './caller.ts'

type UserOf<R> = R extends { readonly '~user'?: infer User } ? Extract<User, string | null> : string | null

/** What a route declares: who may call, and with which parameters. */
export interface RouteSpecOf<Path extends string, Shape extends ParamShape, R, E extends Env> extends RouteOptions<E> {
  /** Who may call: `OPEN`, `AUTH`, `CLOSED`, a group, a permission, `anyOf(…)`, `allOf(…)`. */
  readonly authorize: R & Rule<Args<Path, Shape>, string | null, E>
  /** The parameters by name, each with its schema. */
  readonly params?: Shape
}

type HandlerOf<Path extends string, Shape extends ParamShape, R, E extends Env> = (
  args: Args<Path, Shape>,
  call: Call<E, UserOf<R>>,
) => MaybePromise<unknown>

/** Declares a route of one method: path, what it declares, and the handler. */
export type DeclareRoute<E extends Env> = <
  const Path extends string,
  R extends Rule<never, string | null, never>,
  Shape extends ParamShape = Record<never, never>,
>(
  path: Path,
  spec: RouteSpecOf<Path, Shape, R, E>,
  handler: HandlerOf<Path, Shape, R, E>,
) => void

/** Routes of one file, to be mounted by an app under a prefix: made by `routes((r) => …)`. */
export interface Module<in E> {
  readonly '~declare': (into: Routes<never>) => void
  readonly '~env'?: ((env: E) => void) | undefined
}

/** Where routes are declared: an app, or a module. */
export interface Routes<E extends Env> {
  readonly get: DeclareRoute<E>
  readonly post: DeclareRoute<E>
  readonly put: DeclareRoute<E>
  readonly patch: DeclareRoute<E>
  readonly delete: DeclareRoute<E>
  /** One handler for several methods. */
  route<
    const Path extends string,
    R extends Rule<never, string | null, never>,
    Shape extends ParamShape = Record<never, never>,
  >(
    methods: readonly Method[],
    ...route: [path: Path, spec: RouteSpecOf<Path, Shape, R, E>, handler: HandlerOf<Path, Shape, R, E>]
  ): void
  /** Adds the routes of a module under a prefix. */
  mount(prefix: string, module: Module<E>): void
  /** Runs after authorization and before each handler declared here; refuses by throwing `refuse(…)`. */
  before(hook: (call: Call<E>) => MaybePromise<void>): void
  /** Runs when the outcome of a call declared here is known. */
  after(hook: (call: Call<E>, outcome: Parameters<AfterHook>[1]) => MaybePromise<void>): void
}

interface Scope {
  readonly prefix: string
  readonly host: string | null
  readonly before: BeforeHook[]
  readonly after: AfterHook[]
  readonly parent: Scope | null
}

interface Declared {
  readonly scope: Scope
  readonly methods: readonly string[]
  readonly path: string
  readonly spec: RouteDeclaration['spec']
  readonly handler: Handler
  readonly where: string
}

/** Collects what an app file declares. Hooks apply to all routes of their app or module, wherever they stand in it. */
export class RouteRecorder {
  readonly #declared: Declared[] = []
  readonly #root: Scope = { prefix: '', host: null, before: [], after: [], parent: null }

  /** The declaring functions for the app itself. */
  get routes(): Routes<never> {
    return this.#open(this.#root)
  }

  /** All routes with their full paths and all hooks that apply: the app's first, then the module's. */
  get declarations(): readonly RouteDeclaration[] {
    return this.#declared.map(({ scope, methods, path, spec, handler, where }) => ({
      methods,
      path: joinPath(scope.prefix, path),
      host: scope.host,
      spec,
      handler,
      where,
      before: hooksOf(scope, 'before'),
      after: hooksOf(scope, 'after').toReversed(),
    }))
  }

  #open(scope: Scope): Routes<never> {
    const declare =
      (method: Method) =>
      (path: string, spec: unknown, handler: unknown): void =>
        this.#add(scope, [method], [path, spec, handler])
    const routes = {
      get: declare('GET'),
      post: declare('POST'),
      put: declare('PUT'),
      patch: declare('PATCH'),
      delete: declare('DELETE'),
      route: (methods: readonly Method[], ...route: readonly unknown[]) => this.#add(scope, methods, route),
      mount: (prefix: string, module: Module<never>) =>
        module['~declare'](
          this.#open({ prefix: joinPath(scope.prefix, prefix), host: scope.host, before: [], after: [], parent: scope }),
        ),
      before: (hook: BeforeHook) => void scope.before.push(hook),
      after: (hook: AfterHook) => void scope.after.push(hook),
    }
    // The public types say more than the collector needs: it keeps declarations, boot checks them.
    return routes as unknown as Routes<never>
  }

  #add(scope: Scope, methods: readonly string[], [path, spec, handler]: readonly unknown[]): void {
    this.#declared.push({
      scope,
      methods,
      path: String(path),
      spec: (spec ?? {}) as RouteDeclaration['spec'], // boot reports a spec without a rule
      handler: handler as Handler, // the public types fit the handler to its route
      where: callerPlace(),
    })
  }
}

function hooksOf<Kind extends 'before' | 'after'>(scope: Scope, kind: Kind): Scope[Kind] {
  const own = scope[kind]
  // A hook is a function of either kind; the key chose which.
  return (scope.parent === null ? own : [...hooksOf(scope.parent, kind), ...own]) as Scope[Kind]
}

/** `/cmp` and `/add` are `/cmp/add`; a prefix and `/` are the prefix itself. */
function joinPath(prefix: string, path: string): string {
  if (path === '/' && prefix !== '') return prefix
  return prefix === '/' ? path : `${prefix}${path}`
}
