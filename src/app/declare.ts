import type { Call } from '../core/call.ts'
import type { CookieGate } from '../core/cookie-gate.ts'
import type { ErrorPage } from '../core/error-page.ts'
import { type GuardSpec, listLimits, type SharedLimits } from '../core/guard-spec.ts'
import type { Args, ParamShape } from '../core/params.ts'
import type { MaybePromise } from '../core/refusal.ts'
import type { AfterHook, BeforeHook, Handler, Method, RouteDeclaration, RouteOptions } from '../core/route-spec.ts'
import type { Env, Rule } from '../core/rule.ts'
import type { CertificateFiles } from '../listen/tls-contexts.ts'
import type { ChannelDeclaration, ChannelHandlers, ChannelSpec } from '../pipeline/channel-declaration.ts'
import type { PageSources } from '../guard/page-policy.ts'
import type { CallObserver } from '../pipeline/call-observer.ts'
import { callerPlace } from './caller.ts'
import type { Channel, DeclareChannel } from './channel.ts'
import { channelRoutes, createChannel } from './declare-channel.ts'
import { prepareStatic, type StaticOptions } from './static-route.ts'

type UserOf<R> = R extends { readonly '~user'?: infer User } ? Extract<User, string | null> : string | null

/** What a route declares: who may call, and with which parameters. */
export interface RouteSpecOf<Path extends string, Shape extends ParamShape, R, E extends Env> extends RouteOptions<E> {
  /** Who may call: `OPEN`, `AUTH`, `CLOSED`, a group, a permission, `anyOf(…)`, `allOf(…)`. */
  readonly authorize: R & Rule<Args<Path, NoInfer<Shape>>, string | null, E>
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
  /**
   * Declares a channel: rooms whose members hear each other, over WebSocket, server-sent events, TCP and UDP. Joining
   * runs the rule, and each message is a call like any other.
   */
  readonly channel: DeclareChannel<E>
  /** Adds the routes of a module under a prefix, with a guard of their own where it is given. */
  mount(prefix: string, module: Module<E>, guard?: ScopeGuard): void
  /**
   * Serves the files of a folder, from the app's own, under a prefix: `app.static('/', 'public', { authorize: OPEN })`.
   * Its rule is needed like that of any route, and every file that is asked for is in the audit.
   */
  static<R extends Rule<never, string | null, never>>(
    prefix: string,
    folder: string,
    spec: StaticOptions<E> & { readonly authorize: R & Rule<Record<never, never>, string | null, E> },
  ): void
  /** Looks at all calls of the app; for modules that come with the framework. */
  readonly '~observe': (observer: CallObserver) => void
  /** Runs after authorization and before each handler declared here; refuses by throwing `refuse(…)`. */
  before(hook: (call: Call<E>) => MaybePromise<void>): void
  /** Runs when the outcome of a call declared here is known. */
  after(hook: (call: Call<E>, outcome: Parameters<AfterHook>[1]) => MaybePromise<void>): void
}

/** What an app or a module may say for all its routes. */
export type ScopeGuard = Omit<GuardSpec, 'idempotent' | 'essential'>

interface Scope {
  readonly prefix: string
  readonly host: string | null
  /** Schemes of routes that name none. */
  readonly authn: RouteOptions['authn']
  /** Guard of all routes below; a route's own CORS and deadline win, limits add up. */
  readonly guard: ScopeGuard
  readonly before: BeforeHook[]
  readonly after: AfterHook[]
  readonly parent: Scope | null
}

interface DeclaredChannel {
  readonly scope: Scope
  readonly key: Channel
  readonly path: string
  readonly spec: ChannelSpec
  readonly handlers: ChannelHandlers
  readonly where: string
}

interface Declared {
  readonly scope: Scope
  readonly methods: readonly string[]
  readonly path: string
  readonly spec: RouteDeclaration['spec']
  readonly handler: Handler
  readonly prepare?: RouteDeclaration['prepare']
  readonly where: string
}

/** What a host says for all its routes: its schemes, its certificate, its pages, and limits, CORS and deadline as `mount` takes them. */
export interface HostOptions<E extends Env> extends ScopeGuard {
  /** The schemes that its routes accept, where they name none; all of the app's when absent. */
  readonly authn?: RouteOptions<E>['authn']
  /** Its own pages for refusals; those of the app when absent. */
  readonly errorPages?: ErrorPage
  /** The cookies that it may set: what `defineConsent()` gives. Those of the app when absent. */
  readonly cookies?: CookieGate
  /** Other origins that its pages may use; those of the app when absent. */
  readonly pages?: PageSources
  /**
   * What peers are shown that ask for this host over TLS; the certificate of the app when absent. Files from the app's
   * folder, read again when they change. Not used with `tls: 'local'`, whose certificate is for all hosts.
   */
  readonly certificate?: CertificateFiles
}

/** One declared virtual host. */
export interface HostDeclaration {
  readonly pattern: string
  readonly errorPages: ErrorPage | null
  readonly cookies?: CookieGate | undefined
  readonly pages?: PageSources | undefined
  readonly certificate?: CertificateFiles | undefined
  readonly where: string
}

/** Collects what an app file declares. Hooks apply to all routes of their app or module, wherever they stand in it. */
export class RouteRecorder {
  readonly #declared: Declared[] = []
  readonly #channels: DeclaredChannel[] = []
  readonly #hosts: HostDeclaration[] = []
  readonly #observers: CallObserver[] = []
  readonly #root: Scope

  /** `guard`: what the app says for all its routes. */
  constructor(guard: ScopeGuard = {}) {
    this.#root = { prefix: '', host: null, authn: undefined, guard, before: [], after: [], parent: null }
  }

  /** The declaring functions for the app itself. */
  get routes(): Routes<never> {
    return this.#open(this.#root)
  }

  /** What modules look at all calls of the app with. */
  get observers(): readonly CallObserver[] {
    return this.#observers
  }

  get hosts(): readonly HostDeclaration[] {
    return this.#hosts
  }

  /** Adds what a virtual host serves. */
  addHost(pattern: string, module: Module<never>, options: HostOptions<never> = {}): void {
    const { authn, errorPages = null, pages, cookies, certificate, ...guard } = options
    this.#hosts.push({ pattern, errorPages, pages, cookies, certificate, where: callerPlace() })
    const scope = {
      prefix: '',
      host: pattern,
      authn,
      guard,
      before: [],
      after: [],
      parent: this.#root,
    }
    module['~declare'](this.#open(scope))
  }

  /** All routes with their full paths and all hooks that apply: the app's first, then the module's. */
  get declarations(): readonly RouteDeclaration[] {
    return this.#declared.map(({ scope, methods, path, spec, handler, prepare, where }) => ({
      methods,
      path: joinPath(scope.prefix, path),
      host: scope.host,
      spec: { ...(scope.authn === undefined ? {} : { authn: scope.authn }), ...inherited(scope), ...spec },
      limits: limitsOf(scope),
      handler,
      prepare,
      takesAny: prepare !== undefined,
      where,
      before: hooksOf(scope, 'before'),
      after: hooksOf(scope, 'after').toReversed(),
    }))
  }

  /** All channels; their routes are among the declarations too. */
  get channels(): readonly ChannelDeclaration[] {
    return this.#channels.map(({ scope, key, path, spec, handlers, where }) => ({
      key,
      path: joinPath(scope.prefix, path),
      host: scope.host,
      spec: scope.authn === undefined ? spec : { authn: scope.authn, ...spec },
      handlers,
      before: hooksOf(scope, 'before'),
      after: hooksOf(scope, 'after').toReversed(),
      where,
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
      mount: (prefix: string, module: Module<never>, guard: ScopeGuard = {}) =>
        module['~declare'](
          this.#open({ ...scope, prefix: joinPath(scope.prefix, prefix), guard, before: [], after: [], parent: scope }),
        ),
      channel: (...channel: readonly unknown[]) => this.#addChannel(scope, channel),
      static: (prefix: string, folder: string, spec: StaticOptions) => this.#addTree({ scope, prefix, folder, spec }),
      '~observe': (observer: CallObserver) => void this.#observers.push(observer),
      before: (hook: BeforeHook) => void scope.before.push(hook),
      after: (hook: AfterHook) => void scope.after.push(hook),
    }
    // The public types say more than the collector needs: it keeps declarations, boot checks them.
    return routes as Routes<never>
  }

  #addChannel(scope: Scope, [path, given, handlers = {}]: readonly unknown[]): Channel {
    const key = createChannel()
    const spec = (given ?? {}) as ChannelSpec // boot reports a spec without a rule
    const where = callerPlace()
    // The public types fit the handlers to their messages.
    this.#channels.push({ scope, key, path: String(path), spec, handlers: handlers as ChannelHandlers, where })
    for (const route of channelRoutes(key, String(path), spec)) this.#declared.push({ scope, ...route, where })
    return key
  }

  #addTree({
    scope,
    prefix,
    folder,
    spec,
  }: {
    scope: Scope
    prefix: string
    folder: string
    spec: StaticOptions
  }): void {
    const { authn, realm, fresh, summary, description, tags, refuses, deprecated, ...others } = spec
    const { limit, cors, timeout, essential, ...tree } = others
    const told = { summary, description, tags, refuses, deprecated }
    const route = { authn, realm, fresh, ...told, limit, cors, timeout, essential }
    const given = Object.fromEntries(Object.entries(route).filter(([, value]) => value !== undefined))
    // The rule is checked at boot like that of any route.
    const { authorize, ...files } = tree as typeof tree & { readonly authorize: Rule }
    const base = prefix === '/' ? '' : prefix
    const prepare = prepareStatic(folder, files, authorize?.node?.kind === 'open')
    for (const path of base === '' ? ['/*path'] : [base, `${base}/*path`]) {
      this.#declared.push({
        scope,
        methods: ['GET'],
        path,
        spec: { ...given, authorize },
        handler: notPrepared,
        prepare,
        where: callerPlace(),
      })
    }
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

function notPrepared(): never {
  throw new TypeError('Cannot serve a static tree: it is prepared at boot')
}

/** CORS and deadline of the innermost scope that declares them. */
function inherited({ guard: { cors, timeout }, parent }: Scope): Pick<ScopeGuard, 'cors' | 'timeout'> {
  const own = { ...(cors === undefined ? {} : { cors }), ...(timeout === undefined ? {} : { timeout }) }
  return parent === null ? own : { ...inherited(parent), ...own }
}

function limitsOf({ guard, prefix, host, parent }: Scope): readonly SharedLimits[] {
  const limits = listLimits(guard)
  const name = parent === null ? 'app' : `${host ?? ''}${prefix}`
  const own = limits.length === 0 ? [] : [{ name, limits }]
  return parent === null ? own : [...limitsOf(parent), ...own]
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
