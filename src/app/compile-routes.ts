import { ConfigError, type ConfigMistake } from '../core/config-error.ts'
import type { CookieGate } from '../core/cookie-gate.ts'
import { Refusal } from '../core/refusal.ts'
import type { RouteDeclaration } from '../core/route-spec.ts'
import type { Scheme } from '../core/scheme.ts'
import { compilePagePolicy, type PagePolicy, type PageSources } from '../guard/page-policy.ts'
import { apiHeaders, pageHeaders } from '../guard/security-headers.ts'
import type { AppRuntime } from '../pipeline/app-runtime.ts'
import { compileRoute } from '../pipeline/compile-route.ts'
import type { CallState } from '../pipeline/call-state.ts'
import { compileChannel, type CompiledChannel } from '../pipeline/compile-channel.ts'
import type { CompiledRoute } from '../pipeline/compiled-route.ts'
import { currentCall } from '../pipeline/current-call.ts'
import type { FindSite } from '../pipeline/pipeline.ts'
import type { Site } from '../pipeline/site.ts'
import type { FixedHeaders } from '../reply/encode.ts'
import { HostTable } from '../route/hosts.ts'
import { RouteTable } from '../route/route-table.ts'
import { compileSockets, type SocketPlan } from './compile-sockets.ts'
import type { AppDefinition } from './guichet.ts'

/** All routes of an app, compiled, and where they are found. */
export interface RouteBook {
  readonly routes: readonly CompiledRoute[]
  readonly channels: readonly CompiledChannel[]
  readonly sockets: readonly SocketPlan[]
  readonly find: FindSite
  /** Headers of what is refused before its route is known. */
  readonly fixedHeaders: FixedHeaders
  readonly mistakes: readonly ConfigMistake[]
}

export interface RouteBookOptions {
  readonly runtime: AppRuntime & { readonly schemes: readonly Scheme[] }
  /** Public prefix of all paths; empty when there is none. */
  readonly prefix: string
}

export function compileRoutes(definition: AppDefinition, { runtime, prefix }: RouteBookOptions): RouteBook {
  const mistakes: ConfigMistake[] = []
  const headersOf = headersBy(runtime.services.isProduction)
  const hasChannels = definition.channels.length > 0
  const context = { runtime, schemes: runtime.schemes, limiters: new Map(), headersOf }
  const routes = definition.declarations.map((declared) => {
    const { declaration: prepared, mistakes: early } = prepareHandler(declared, definition, runtime)
    const declaration = hasChannels || isAsync(prepared) ? withCurrentCall(prepared) : prepared
    const { route, mistakes: own } = compileRoute({ ...declaration, path: prefix + declaration.path }, context)
    mistakes.push(...early, ...own)
    return route
  })
  const channels = definition.channels.flatMap((channel) => {
    const path = prefix + channel.path
    const join = routes.find(({ declaration }) => isJoin(declaration, path, channel.host))
    if (join === undefined) return []
    const compiled = compileChannel({ ...channel, path }, join, context)
    mistakes.push(...compiled.mistakes)
    return [compiled.channel]
  })
  const sockets = compileSockets(definition.sockets, { routes: context, channels })
  mistakes.push(...sockets.mistakes)
  const { find, mistakes: clashes } = findIn(definition, routes)
  return {
    routes,
    channels,
    sockets: sockets.plans,
    mistakes: [...mistakes, ...clashes],
    find,
    fixedHeaders: headersOf(false),
  }
}

function isJoin({ methods, path, host }: RouteDeclaration, channelPath: string, channelHost: string | null): boolean {
  return methods.includes('GET') && path === channelPath && host === channelHost
}

const AsyncFunction = (async () => undefined).constructor

/** What it starts may outlive it, and the log has to know whose it was. Others pay nothing for that. */
function isAsync({ handler }: RouteDeclaration): boolean {
  return handler instanceof AsyncFunction
}

/**
 * Handlers of an app with channels can publish: what they say waits for their commit. Errors of what a handler started
 * and did not wait for are logged with its call.
 */
function withCurrentCall(declaration: RouteDeclaration): RouteDeclaration {
  const { handler } = declaration
  return {
    ...declaration,
    written: handler,
    handler: (args, call) => currentCall.run(call as CallState, () => handler(args, call)), // the pipeline makes all calls
  }
}

/** HSTS is for servers that people reach: a browser that saw it once would refuse plain HTTP on this name for years. */
function headersBy(isSecure: boolean): (isOpen: boolean) => FixedHeaders {
  const make = (isOpen: boolean): FixedHeaders => {
    const facts = { isSecure, isOpen, isCrossOrigin: false }
    // A page shows who looks at it (a basket, a language): a cache that others share must not give it to them.
    const open = isOpen ? ['cache-control', 'private, no-cache'] : []
    return { api: apiHeaders(facts), page: [...pageHeaders(facts), ...open] }
  }
  const [open, closed] = [make(true), make(false)]
  return (isOpen) => (isOpen ? open : closed)
}

/** Handlers that are made at boot: what cannot work is told with all other mistakes. */
function prepareHandler(
  declaration: RouteDeclaration,
  { directory }: AppDefinition,
  { services }: AppRuntime,
): { readonly declaration: RouteDeclaration; readonly mistakes: readonly ConfigMistake[] } {
  const { prepare } = declaration
  if (prepare === undefined) return { declaration, mistakes: [] }
  try {
    const handler = prepare({ services, directory, headers: treeHeaders(services.isProduction) })
    return { declaration: { ...declaration, handler }, mistakes: [] }
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    return { declaration, mistakes: error.mistakes.map((mistake) => ({ ...mistake, where: placeOf(declaration) })) }
  }
}

/** A tree says itself how long its files may be kept. */
function treeHeaders(isSecure: boolean): readonly string[] {
  return pageHeaders({ isSecure, isOpen: true, isCrossOrigin: false })
}

interface Found {
  readonly find: FindSite
  readonly mistakes: readonly ConfigMistake[]
}

/** One table for all hosts, or one for each declared host: then no other host is served. */
function findIn({ hosts, options }: AppDefinition, routes: readonly CompiledRoute[]): Found {
  const appPages = options.errorPages ?? null
  const appCookies = options.cookies ?? null
  const early: ConfigMistake[] = []
  const appPolicy = policyOf(options.pages, early)
  if (hosts.length === 0) {
    const { table, mistakes } = createTable(routes)
    const site: Site = { table, errorPages: appPages, cookies: appCookies, pagePolicy: appPolicy }
    const cookieMistakes = findCookieMistakes(appCookies, routes, 'guichet({ cookies })')
    return { find: () => site, mistakes: [...early, ...mistakes, ...cookieMistakes] }
  }
  const sites = new HostTable<Site>()
  const mistakes = early
  for (const { pattern, errorPages, pages, cookies, certificate, where } of hosts) {
    const ownRoutes = routes.filter(({ declaration: { host } }) => host === null || host === pattern)
    const own = createTable(ownRoutes)
    const pagePolicy = pages === undefined ? appPolicy : policyOf(pages, mistakes)
    const site = { table: own.table, errorPages: errorPages ?? appPages, cookies: cookies ?? appCookies, pagePolicy }
    const problem = sites.add(pattern, site) ?? (certificate === undefined ? null : findNameMistake(pattern))
    if (problem !== null) mistakes.push({ where: `host ${pattern} (${where})`, problem })
    mistakes.push(...own.mistakes, ...findCookieMistakes(site.cookies, ownRoutes, `host ${pattern} (${where})`))
  }
  return { find: ({ host }) => sites.find(host) ?? UNKNOWN_HOST, mistakes }
}

/** Where a site declares its cookies, a login whose cookie is not among them would be forgotten at once. */
function findCookieMistakes(
  gate: CookieGate | null,
  routes: readonly CompiledRoute[],
  where: string,
): readonly ConfigMistake[] {
  if (gate === null) return []
  const names = new Set(routes.flatMap(({ schemes, realm }) => schemes.flatMap((scheme) => cookiesOf(scheme, realm))))
  return [...names]
    .filter((name) => !gate.isNecessary(name))
    .map((name) => {
      const bare = name.replace(/^__Host-/, '')
      const wanted = `defineConsent({ cookies: { ${JSON.stringify(bare)}: { purpose: 'necessary', … } } })`
      return { where, problem: `the cookie of a login, ${bare}, is not declared as necessary`, wanted }
    })
}

function cookiesOf(scheme: Scheme, realm: string): readonly string[] {
  return Object.values(scheme.describe(realm)).flatMap(({ type, in: place, name }) =>
    type === 'apiKey' && place === 'cookie' && typeof name === 'string' ? [name] : [],
  )
}

/** A certificate is chosen by the name that the peer sends, which is never an address (RFC 6066 section 3). */
function findNameMistake(pattern: string): string | null {
  if (pattern === '*') return 'all other hosts share the certificate of the app: tls'
  const isAddress = pattern.startsWith('[') || /^[\d.]+$/.test(pattern)
  return isAddress ? 'an address has the certificate of the app: tls' : null
}

function policyOf(sources: PageSources | undefined, mistakes: ConfigMistake[]): PagePolicy {
  try {
    return compilePagePolicy(sources)
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    mistakes.push(...error.mistakes)
    return compilePagePolicy()
  }
}

const UNKNOWN_HOST = new Refusal('ROUTE_UNKNOWN_HOST')

function createTable(routes: readonly CompiledRoute[]): {
  readonly table: RouteTable<CompiledRoute>
  readonly mistakes: readonly ConfigMistake[]
} {
  const table = new RouteTable<CompiledRoute>()
  const mistakes = routes.flatMap((route) => {
    const { methods, path } = route.declaration
    return table.add(methods, path, route).map(({ problem, other }) => ({
      where: placeOf(route.declaration),
      problem,
      ...(other === undefined ? {} : clashOf(route.declaration, other.declaration)),
    }))
  })
  return { table, mistakes }
}

/** Where the first of two routes is, and why they meet where one of them is a host's. */
function clashOf(second: RouteDeclaration, first: RouteDeclaration): Omit<ConfigMistake, 'where' | 'problem'> {
  const current = `first at ${first.where}${first.host === null ? '' : `, for the host ${first.host}`}`
  if (first.host === second.host) return { current }
  return { current, wanted: 'one of them: routes of the app itself are served on every host' }
}

function placeOf({ methods, path, where }: RouteDeclaration): string {
  return `${methods.join('|')} ${path} (${where})`
}
