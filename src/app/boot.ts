import { join } from 'node:path'
import type { AuditSink } from '../audit/record.ts'
import { createPasswords } from '../authn/passwords.ts'
import { type Clock, systemClock } from '../core/clock.ts'
import { ConfigError, type ConfigMistake } from '../core/config-error.ts'
import { type Ids, createIds } from '../core/ids.ts'
import { createOverloadGuard, type OverloadGuard } from '../guard/overload.ts'
import { createKeyring } from '../core/keyring.ts'
import { type Limits, defaultLimits } from '../core/limits.ts'
import { enterBoot, leaveBoot } from '../core/live-boots.ts'
import type { SchemeBoot } from '../core/scheme.ts'
import type { Log, Services } from '../core/services.ts'
import type { Store } from '../core/store.ts'
import type { Team } from '../core/team.ts'
import type { TokenIssuer } from '../pipeline/app-runtime.ts'
import type { AppView } from '../pipeline/app-view.ts'
import type { CompiledRoute } from '../pipeline/compiled-route.ts'
import type { ChannelHub } from '../pipeline/channel-hub.ts'
import { type Pipeline, createPipeline } from '../pipeline/pipeline.ts'
import type { Database } from '../sql/database.ts'
import { createMemoryStore } from '../store/memory-store.ts'
import { type RouteBook, compileRoutes } from './compile-routes.ts'
import { forgetChannels, rememberChannels } from './declare-channel.ts'
import { openIdempotencyTable } from './idempotency-table.ts'
import { limitMistakes } from './limit-mistakes.ts'
import { openAudit } from './open-audit.ts'
import { type OpenDriver, openDatabase } from './open-database.ts'
import type { SocketPlan } from './compile-sockets.ts'
import type { OpenSockets } from './open-sockets.ts'
import { processEnvironment } from './environment.ts'
import type { AppDefinition } from './guichet.ts'
import { createLog } from './log.ts'
import { type OwnSetting, readOwnConfig } from './own-config.ts'
import { Runtime } from './runtime.ts'
import { readSecrets } from './secret.ts'
import { type Settings, type SettingSources, readSettings } from './settings.ts'

/** What a boot may be told from outside; all of it has a default. */
export interface BootOptions {
  readonly environment?: Readonly<Record<string, string | undefined>>
  /** Values of a configuration file. */
  readonly file?: Readonly<Record<string, string | undefined>>
  readonly clock?: Clock
  readonly ids?: Ids
  readonly log?: Log
  readonly audit?: AuditSink
  /** Opens the database; by default the one that `DATABASE_URL` names. */
  readonly openDriver?: OpenDriver
  /** Shared short-lived state; by default that of `REDIS_URL`, else the memory of the process. */
  readonly store?: Store
  /** Mean delay of the event loop since it was read last; of this process by default. */
  readonly readLoopDelayMs?: () => number
  /** The processes that serve the app together, where there are several. */
  readonly team?: Team | null
}

/** An app that is ready to answer; no socket is open yet. */
export interface BootedApp {
  readonly definition: AppDefinition
  readonly settings: Settings
  readonly services: Services
  readonly pipeline: Pipeline
  /** Null where the app declares no channel. */
  readonly channels: ChannelHub | null
  /** What the app declares beside HTTP. */
  readonly sockets: readonly SocketPlan[]
  /** Opens those sockets, in this order; `isAnyPort`: at ports that the system chooses. */
  openSockets(options?: { readonly isAnyPort?: boolean }): Promise<OpenSockets>
  readonly routes: readonly CompiledRoute[]
  readonly database: Database<unknown> | null
  readonly tokenIssuer: TokenIssuer | null
  /** Drops what is remembered about these users, and all decisions of rules: for who changed the database from outside. */
  forget(users: Iterable<string>): void
  /** From now on `/readyz` says no. */
  startDraining(): void
  /** Closes the database and writes what the audit still holds. Listeners are closed first. */
  close(): Promise<void>
}

/** An app whose declarations and configuration were checked; nothing is open. */
export interface CheckedApp {
  readonly settings: Settings
  /** The app's own values, for `guichet config`. */
  readonly own: readonly OwnSetting[]
  readonly routes: readonly CompiledRoute[]
  readonly sockets: readonly SocketPlan[]
  /** For what documents the app. */
  readonly view: AppView
}

/** Checks all that an app declares and its configuration. Throws a `ConfigError` with every mistake. */
export function checkApp(definition: AppDefinition, options: BootOptions = {}): CheckedApp {
  const { settings, own, book, mistakes } = prepare(definition, options)
  if (mistakes.length > 0) throw new ConfigError(mistakes)
  return { settings, own, routes: book.routes, sockets: book.sockets, view: viewOf(definition, settings, book) }
}

/** Checks everything, then opens the database and the audit. Throws a `ConfigError` with every mistake. */
export async function bootApp(definition: AppDefinition, options: BootOptions = {}): Promise<BootedApp> {
  const store = options.store ?? (await openStore(definition, options))
  const prepared = prepare(definition, { ...options, store })
  try {
    if (prepared.mistakes.length > 0) throw new ConfigError(prepared.mistakes)
    return await open({ definition, store, ...prepared }, options)
  } catch (error) {
    await store.close()
    throw error
  }
}

/** `REDIS_URL` is read first of all: schemes are given the store when they are prepared. */
async function openStore(definition: AppDefinition, options: BootOptions): Promise<Store> {
  const { values, mistakes } = readSettings(sourcesOf(definition, options), [])
  const isWrong = mistakes.some(({ where }) => where.startsWith('REDIS_URL'))
  const limits = { ...defaultLimits, ...definition.options.limits }
  if (values.REDIS_URL === '' || isWrong) {
    const room = { entriesMax: limits.storeEntriesMax, charactersMax: limits.storeCharactersMax }
    return createMemoryStore(options.clock === undefined ? room : { ...room, clock: options.clock })
  }
  const { createRedisStore } = await import('../store/redis-store.ts')
  return createRedisStore({
    url: values.REDIS_URL,
    prefix: definition.options.name,
    timeoutMs: limits.storeTimeoutMs,
    connectTimeoutMs: limits.storeConnectTimeoutMs,
    pendingMax: limits.storePendingMax,
  })
}

async function open(parts: Assembly, options: BootOptions): Promise<BootedApp> {
  const { definition, settings, services, runtime } = parts
  const { limits, log, isProduction } = services
  const driver = options.openDriver === undefined ? {} : { openDriver: options.openDriver }
  runtime.database = await openDatabase(definition, { settings, limits, log, isProduction, ...driver })
  const isRepeatable = parts.book.routes.some(({ declaration }) => (declaration.spec.idempotent ?? false) !== false)
  if (runtime.database !== null && isRepeatable)
    runtime.endIdempotency = await openIdempotencyTable(runtime.database.driver, services)
  runtime.audit = options.audit ?? (await openAudit(definition, { settings, services, database: runtime.database }))
  runtime.load = openGuard(services, options)
  runtime.team = options.team ?? null
  await runtime.listenToOthers()
  if (runtime.schemes.length > 0) await services.passwords.ready()
  for (const { onBoot } of runtime.observers) onBoot?.(runtime)
  return assemble(parts)
}

function openGuard({ limits, log }: Services, { readLoopDelayMs }: BootOptions): OverloadGuard {
  return createOverloadGuard({
    loopDelayMaxMs: limits.loopDelayMaxMs,
    callsMax: limits.callsMax,
    ...(readLoopDelayMs === undefined ? {} : { readLoopDelayMs }),
    onChange: (level, load) => {
      const what = ['all calls are served again', 'reading calls are refused', 'all calls are refused']
      log.warn({ ...load }, `overload: ${what[level]}`)
    },
  })
}

interface Prepared {
  readonly settings: Settings
  readonly own: readonly OwnSetting[]
  readonly services: Services
  readonly runtime: Runtime
  readonly book: RouteBook
  readonly mistakes: readonly ConfigMistake[]
}

function prepare(definition: AppDefinition, options: BootOptions): Prepared {
  const { options: declared } = definition
  const sources = sourcesOf(definition, options)
  const own = readOwnConfig(declared.config, sources)
  const settings = readSettings(sources, own.names)
  const isProduction = settings.values.NODE_ENV === 'production'
  const secrets = readSecrets(settings.values.GUICHET_SECRET, join(definition.directory, '.guichet'), isProduction)
  refuseForeign(declared.authn)
  const services = createServices(definition, { options, settings, secrets: secrets.secrets, isProduction })
  const runtime = new Runtime(definition, services, own.value)
  runtime.trustsProxies = settings.values.GUICHET_TRUSTED_PROXIES !== ''
  const prepared = prepareSchemes(runtime)
  const book = compileRoutes(definition, { runtime, prefix: settings.values.GUICHET_PREFIX })
  runtime.view = viewOf(definition, settings, book)
  const mistakes = [
    ...definition.unknownOptions.map((name) => ({ where: 'guichet({ … })', problem: `there is no option "${name}"` })),
    ...limitMistakes(declared.limits),
    ...settings.mistakes,
    ...secrets.mistakes,
    ...own.mistakes,
    ...prepared,
    ...book.mistakes,
  ]
  return { settings, own: own.list, services, runtime, book, mistakes }
}

/** `authn: [basic]` instead of `[basic()]` passes where types are not checked. Nothing can be prepared with it. */
function refuseForeign(authn: unknown): void {
  const list: readonly unknown[] = Array.isArray(authn) ? authn : authn === undefined ? [] : [authn]
  const mistakes = list.flatMap((one, index) => {
    const isScheme = typeof one === 'object' && one !== null && 'prepare' in one
    if (Array.isArray(authn) && isScheme) return []
    const hint = typeof one === 'function' ? `; ${one.name || 'a function'} has to be called: ${one.name}()` : ''
    return [
      { where: `authn[${index}]`, problem: `it is not a scheme${hint}`, wanted: 'authn: [token(), basic({ … })]' },
    ]
  })
  if (mistakes.length > 0) throw new ConfigError(mistakes)
}

function viewOf({ options, hosts }: AppDefinition, settings: Settings, { routes }: RouteBook): AppView {
  return {
    name: options.name,
    realm: options.realm ?? options.name,
    prefix: settings.values.GUICHET_PREFIX,
    routes,
    errors: options.errors ?? 'problem',
    hasErrorPages: options.errorPages !== undefined || hosts.some(({ errorPages }) => errorPages !== null),
    queries: options.database?.queries ?? null,
  }
}

function sourcesOf(definition: AppDefinition, options: BootOptions): SettingSources {
  return {
    environment: options.environment ?? processEnvironment(),
    file: options.file ?? {},
    code: codeSettings(definition),
  }
}

interface ServiceParts {
  readonly options: BootOptions
  readonly settings: Settings
  readonly secrets: readonly string[]
  readonly isProduction: boolean
}

function createServices({ options: declared }: AppDefinition, parts: ServiceParts): Services {
  const { options, settings, secrets, isProduction } = parts
  const limits: Limits = { ...defaultLimits, ...declared.limits }
  return {
    clock: options.clock ?? systemClock,
    ids: options.ids ?? createIds(),
    limits,
    keyring: createKeyring(secrets),
    passwords: createPasswords({ ...declared.passwords, limits }),
    log: options.log ?? createLog({ level: settings.values.LOG_LEVEL, isReadable: !isProduction }),
    isProduction,
    hasSecureCookies: isProduction && settings.values.GUICHET_PLAIN_HTTP !== 'yes',
    // An app that is only looked at keeps nothing in it.
    store: options.store ?? createMemoryStore(),
  }
}

interface Assembly {
  readonly definition: AppDefinition
  readonly store: Store
  readonly settings: Settings
  readonly services: Services
  readonly runtime: Runtime
  readonly book: RouteBook
}

const NO_SOCKETS: OpenSockets = { urls: [], close: () => Promise.resolve() }

// What only some apps need (WebSocket, Redis, other sockets) is loaded only by them: a start reads fewer files.
async function assemble({ definition, store, settings, services, runtime, book }: Assembly): Promise<BootedApp> {
  const pipeline = createPipeline(book.find, runtime, book.fixedHeaders)
  const channels = await openChannels(book, runtime, pipeline)
  enterBoot(services)
  return {
    definition,
    settings,
    services,
    routes: book.routes,
    database: runtime.database,
    tokenIssuer: runtime.tokenIssuer,
    pipeline,
    channels,
    forget: (users) => {
      for (const user of users) runtime.forget(user)
      runtime.forgetDecisions()
    },
    startDraining: () => {
      runtime.isDraining = true
    },
    sockets: book.sockets,
    openSockets: async ({ isAnyPort = false } = {}) => {
      if (book.sockets.length === 0) return NO_SOCKETS
      const { openSockets } = await import('./open-sockets.ts')
      const plans = isAnyPort ? book.sockets.map((plan) => ({ ...plan, port: 0 })) : book.sockets
      return openSockets(plans, { runtime, pipeline, host: channels, address: settings.values.HOST })
    },
    close: async () => {
      // Whoever leaves may still write.
      await channels?.close(0)
      leaveBoot(services)
      if (channels !== null) forgetChannels(channels)
      runtime.load.close()
      runtime.endIdempotency()
      await runtime.audit?.close()
      await runtime.database?.close()
      await store.close()
    },
  }
}

async function openChannels({ channels }: RouteBook, runtime: Runtime, pipeline: Pipeline): Promise<ChannelHub | null> {
  if (channels.length === 0) return null
  const { ChannelHub } = await import('../pipeline/channel-hub.ts')
  const hub = new ChannelHub(runtime, pipeline, channels)
  runtime.channels = hub
  rememberChannels(hub)
  return hub
}

function prepareSchemes(runtime: Runtime): readonly ConfigMistake[] {
  const boot: SchemeBoot = {
    realm: runtime.realm,
    isProduction: runtime.services.isProduction,
    config: runtime.config,
    services: runtime.services,
    get sql() {
      return runtime.database?.sql
    },
  }
  const names = new Set<string>()
  return runtime.schemes.flatMap((scheme) => {
    const where = `authn: ${scheme.name}`
    const twice = names.has(scheme.name) ? [{ where, problem: 'two schemes have the same name' }] : []
    names.add(scheme.name)
    return [...twice, ...scheme.prepare(boot).map((mistake) => ({ where, ...mistake }))]
  })
}

/** Options given in code, in the form of settings, so that the environment can override them. */
function codeSettings({ options }: AppDefinition): Settings['values'] | Partial<Settings['values']> {
  return {
    ...(options.host === undefined ? {} : { HOST: options.host }),
    ...(options.port === undefined ? {} : { PORT: String(options.port) }),
    ...(options.prefix === undefined ? {} : { GUICHET_PREFIX: options.prefix }),
    ...(options.trustedProxies === undefined ? {} : { GUICHET_TRUSTED_PROXIES: options.trustedProxies.join(',') }),
    ...(options.database?.url === undefined ? {} : { DATABASE_URL: options.database.url }),
  }
}
