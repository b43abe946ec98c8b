import { dirname } from 'node:path'
import type { z } from 'zod'
import type { PasswordSettings } from '../authn/passwords.ts'
import type { CookieGate } from '../core/cookie-gate.ts'
import type { ErrorPage } from '../core/error-page.ts'
import type { Limits } from '../core/limits.ts'
import type { RouteDeclaration } from '../core/route-spec.ts'
import type { Scheme } from '../core/scheme.ts'
import type { ChannelDeclaration } from '../pipeline/channel-declaration.ts'
import type { SocketDeclaration } from '../pipeline/socket-declaration.ts'
import type { PageSources } from '../guard/page-policy.ts'
import type { ErrorFormat } from '../reply/refusal-reply.ts'
import type { CallObserver } from '../pipeline/call-observer.ts'
import type { Queries } from '../sql/queries.ts'
import { callerPlace } from './caller.ts'
import {
  type HostDeclaration,
  type HostOptions,
  type Module,
  RouteRecorder,
  type Routes,
  type ScopeGuard,
} from './declare.ts'
import type { AuditOptions } from './open-audit.ts'
import { declareSocket } from './declare-socket.ts'
import type { DeclareSocket } from './socket.ts'
import type { OwnConfigSchema } from './own-config.ts'
import type { AppTls } from './tls-files.ts'

export interface DatabaseOptions<Sql> {
  /** The statements: `queries` of the generated `queries.sql.ts`. */
  readonly queries: Queries<Sql>
  /** Where the database is; `DATABASE_URL` wins. By default an embedded PostgreSQL under `.guichet/` beside the app. */
  readonly url?: string
  /** Folder of numbered migrations, from the app's own folder; `migrations` by default. */
  readonly migrations?: string
  /**
   * A `.sql` file run once, outside production, when the migrations have made a new schema; by the next start where the
   * process ended before, or where the file had a mistake.
   */
  readonly data?: string
}

export interface AppOptions<Sql, Schema extends OwnConfigSchema> {
  /** Short name: the realm of credentials and the prefix of shared state. */
  readonly name: string
  /** How callers say who they are, in the order in which they are tried. */
  readonly authn?: readonly Scheme<{ readonly sql: NoInfer<Sql>; readonly config: NoInfer<z.output<Schema>> }>[]
  /** Realm of credentials; the name by default. */
  readonly realm?: string
  readonly database?: DatabaseOptions<Sql>
  /** The app's own configuration values: `maxItems` is read from `MAX_ITEMS` and found in `call.config.maxItems`. */
  readonly config?: Schema
  /** How refusals read: problem details (RFC 9457) by default. */
  readonly errors?: ErrorFormat
  /** Pages for refusals, shown to those who ask for HTML: `errorPage()` of `guichet/sites`. */
  readonly errorPages?: ErrorPage
  /** The cookies that may be set: what `defineConsent()` of `guichet/sites` gives. All when absent. */
  readonly cookies?: CookieGate
  /** Other origins that pages may load from or send to; none by default. Scripts and styles inside a page need its nonce. */
  readonly pages?: PageSources
  readonly passwords?: PasswordSettings
  readonly limits?: Partial<Limits>
  /** Limits, CORS and deadline of all routes; a route's own CORS and deadline win, limits add up. */
  readonly limit?: ScopeGuard['limit']
  readonly cors?: ScopeGuard['cors']
  readonly timeout?: ScopeGuard['timeout']
  /** `HOST` wins. */
  readonly host?: string
  /** `PORT` wins. */
  readonly port?: number
  /** `GUICHET_PREFIX` wins. */
  readonly prefix?: string
  /** Addresses or networks whose forwarding headers count; `GUICHET_TRUSTED_PROXIES` wins. */
  readonly trustedProxies?: readonly string[]
  /**
   * Serves HTTPS and HTTP/2: `'local'` with the certificate of `guichet cert`, or with files; read again when they
   * change. `GUICHET_TLS` wins.
   */
  readonly tls?: AppTls
  /** HTTP/2 for peers on TLS that choose it; `false` leaves it to a proxy in front. */
  readonly http2?: boolean
  /** A second port whose plain HTTP is sent to HTTPS; `GUICHET_REDIRECT_PORT` wins. */
  readonly redirectPort?: number
  /** The one header that the trusted proxies set; `x-forwarded-for` by default, the other is never believed. */
  readonly forwardingHeader?: 'forwarded' | 'x-forwarded-for'
  /** Connections begin with a PROXY protocol v2 head, from trusted proxies only; not with `listener: 'node'`. */
  readonly proxyProtocol?: boolean
  /** The HTTP/1.1 engine: our own, or that of `node:http`. */
  readonly listener?: 'http1' | 'node'
  /** Records every call: `true` for lines in `.guichet/audit.jsonl`; `GUICHET_AUDIT` wins. */
  readonly audit?: boolean | AuditOptions
  /** Lines printed when a development server has started; `{url}`, `{scheme}` and `{port}` are put in. */
  readonly welcome?: readonly string[]
}

const OPTION_NAMES = new Set([
  'name',
  'authn',
  'realm',
  'database',
  'config',
  'errors',
  'errorPages',
  'cookies',
  'pages',
  'passwords',
  'limits',
  'host',
  'port',
  'prefix',
  'limit',
  'cors',
  'timeout',
  'trustedProxies',
  'tls',
  'redirectPort',
  'forwardingHeader',
  'proxyProtocol',
  'http2',
  'listener',
  'audit',
  'welcome',
])

/** What boot reads of an app; not for app files. */
export interface AppDefinition {
  readonly options: AppOptions<unknown, OwnConfigSchema>
  readonly declarations: readonly RouteDeclaration[]
  readonly channels: readonly ChannelDeclaration[]
  /** Sockets beside HTTP. */
  readonly sockets: readonly SocketDeclaration[]
  /** Virtual hosts; where there are some, no other host is served. */
  readonly hosts: readonly HostDeclaration[]
  readonly observers: readonly CallObserver[]
  /** Option names that do not exist. */
  readonly unknownOptions: readonly string[]
  /** Folder of the file that called `guichet()`. */
  readonly directory: string
}

/** An app: where routes are declared. Nothing runs before it is started. */
export interface App<E extends { readonly sql: unknown; readonly config: unknown }> extends Routes<E> {
  readonly name: string
  /**
   * Serves a module for one host: a name, `*.example.org`, or `*` for all others. Once there is a host, a call for
   * one that was not declared is refused (421); routes of the app itself are served on every declared host.
   */
  host(pattern: string, module: Module<E>, options?: HostOptions<E>): void
  /** Opens a TCP port: for a channel, or with a handler for a service of its own. */
  readonly tcp: DeclareSocket<E>
  /** Opens a UDP port: for a channel, or with a handler for a service of its own. */
  readonly udp: DeclareSocket<E>
  readonly '~definition': AppDefinition
}

/** Declares an app. Routes are added with `app.get(…)` and its siblings; `guichet run app.ts` serves it. */
export function guichet<Sql = unknown, Schema extends OwnConfigSchema = z.ZodObject<Record<never, never>>>(
  options: AppOptions<Sql, Schema>,
): App<{ readonly sql: Sql; readonly config: z.output<Schema> }> {
  const { limit, cors, timeout } = options
  const recorder = new RouteRecorder({
    ...(limit === undefined ? {} : { limit }),
    ...(cors === undefined ? {} : { cors }),
    ...(timeout === undefined ? {} : { timeout }),
  })
  const place = callerPlace()
  const directory = place === 'unknown' ? '.' : dirname(place.slice(0, place.lastIndexOf(':')))
  const sockets: SocketDeclaration[] = []
  const definition: AppDefinition = {
    // Boot treats all apps alike: it looks at statements and values as unknown.
    options: options as unknown as AppOptions<unknown, OwnConfigSchema>,
    get declarations() {
      return recorder.declarations
    },
    get channels() {
      return recorder.channels
    },
    sockets,
    get hosts() {
      return recorder.hosts
    },
    get observers() {
      return recorder.observers
    },
    unknownOptions: Object.keys(options).filter((name) => !OPTION_NAMES.has(name)),
    directory,
  }
  const own = {
    name: options.name,
    tcp: declareSocket('tcp', sockets),
    udp: declareSocket('udp', sockets),
    host: (pattern: string, module: Module<never>, more?: HostOptions<never>) =>
      recorder.addHost(pattern, module, more),
    '~definition': definition,
  }
  // The recorder's functions take what any app declares; their types are those of this app.
  return Object.assign(recorder.routes, own) as App<{ readonly sql: Sql; readonly config: z.output<Schema> }>
}
