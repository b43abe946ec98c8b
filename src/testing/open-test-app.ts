import { type BootedApp, type BootOptions, bootApp } from '../app/boot.ts'
import { processEnvironment } from '../app/environment.ts'
import type { App, AppDefinition } from '../app/guichet.ts'
import { serveApp, trustOf } from '../app/serve.ts'
import type { Clock } from '../core/clock.ts'
import type { Ids } from '../core/ids.ts'
import { createTrustedProxies } from '../listen/trusted-proxies.ts'
import { openDriver } from '../sql/open-driver.ts'
import { TestClient, type Credentials } from './client.ts'
import { type FirstState, readFirstState } from './first-state.ts'
import { Snapshots } from './snapshots.ts'
import { SocketPlaces } from './socket-places.ts'
import { CallCounter, openMemoryTransport, openSocketTransport, type TestTransport } from './transport.ts'
import { type OpenWork, watchDriver } from './watch-driver.ts'

export interface TestAppOptions {
  /** `memory` calls the app in this process, `socket` through a port of its own. */
  readonly transport?: 'memory' | 'socket'
  /** A server that runs already; `GUICHET_TEST_URL` says the same. */
  readonly url?: string
  /** Passwords by login, for `client.as(login)`. */
  readonly users?: Readonly<Record<string, string>>
  /** How `client.as(login)` shows who it is: with its password, or with a token. `password` by default. */
  readonly by?: 'password' | 'token'
  /** Takes a token for a login, where the app is only known by its URL or makes tokens its own way. */
  readonly login?: (client: TestClient, login: string) => Promise<string>
  /** Configuration by the names of the environment; the database is a new one in memory by default. */
  readonly environment?: Readonly<Record<string, string>>
  readonly clock?: Clock
  readonly ids?: Ids
  /** Delay of the event loop as the overload guard sees it: none by default, so that a busy machine refuses nothing. */
  readonly readLoopDelayMs?: () => number
}

/** Any app, whatever its statements and values. */
export type AnyApp = Pick<App<never>, '~definition'>

/** An app under test. `close()` it at the end, or say `await using`. */
export interface TestApp<Sql = unknown> extends AsyncDisposable {
  readonly client: TestClient
  /**
   * The statements of the app, outside of any call: for rows that a test needs and no route makes. Throws where the app
   * has no database, or only its URL is known.
   */
  readonly sql: Sql
  /** The app itself; null where only its URL is known. */
  readonly app: BootedApp | null
  /**
   * Where the sockets beside HTTP are (`tcp://127.0.0.1:7000`), in the order of their declarations. In memory they are
   * opened when they are asked for, at free ports.
   */
  socketUrls(): Promise<readonly string[]>
  /**
   * Puts the database back to its first state: the rows of the migrations and of the first data, and nothing else; what
   * the app remembers of users is dropped. Throws where only the URL of the app is known.
   */
  reset(): Promise<void>
  /** Ends the app. Throws where it still has something open: a call without answer, a transaction, a stream of rows. */
  close(): Promise<void>
}

/** Opens an app for a test file: on a database of its own, in memory, over a socket, or at a URL. */
export async function openTestApp<Sql, Config>(
  app: App<{ readonly sql: Sql; readonly config: Config }>,
  options?: TestAppOptions,
): Promise<TestApp<Sql>>
export async function openTestApp(app: AnyApp, options?: TestAppOptions): Promise<TestApp>
export async function openTestApp(app: AnyApp, options: TestAppOptions = {}): Promise<TestApp> {
  const url = options.url ?? processEnvironment()['GUICHET_TEST_URL']
  const opened = url === undefined ? await openOwn(app, options) : openRemote(url)
  const logins = new Set(Object.keys(options.users ?? {}))
  const client: TestClient = new TestClient({
    transport: opened.transport,
    credentialsOf: (login) => credentialsFor(login, { opened, options, nobody: () => client }),
    onLogin: (login) => logins.add(login),
    places: opened.places,
  })
  let closing: Promise<void> | null = null
  const close = (): Promise<void> => (closing ??= closeAll(opened))
  const reset = async (): Promise<void> => {
    if (opened.app === null) throw new RangeError('Cannot reset: only the URL of the app is known')
    await opened.firstState?.restore()
    opened.app.forget(logins)
  }
  const socketUrls = (): Promise<readonly string[]> => opened.places?.urls() ?? Promise.resolve([])
  return {
    client,
    get sql() {
      const database = opened.app?.database
      if (database === undefined || database === null) throw new RangeError(NO_SQL)
      return database.sql
    },
    app: opened.app,
    socketUrls,
    reset,
    close,
    [Symbol.asyncDispose]: close,
  }
}

const NO_SQL = 'Cannot run a statement: the app has no database, or only its URL is known'

interface Opened {
  readonly transport: CallCounter
  readonly app: BootedApp | null
  /** Null where only the URL is known. */
  readonly places: SocketPlaces | null
  /** Null where there is no database, or only a URL. */
  readonly firstState: FirstState | null
  readonly work: OpenWork | null
  readonly end: () => Promise<void>
}

function openRemote(url: string): Opened {
  const transport = new CallCounter(openSocketTransport(url))
  return { transport, app: null, places: null, firstState: null, work: null, end: () => Promise.resolve() }
}

async function openOwn(app: AnyApp, options: TestAppOptions): Promise<Opened> {
  const definition = app['~definition']
  // A test that names its own database gets it; the others get a new one in memory.
  const isNamed = options.environment?.['DATABASE_URL'] !== undefined || definition.options.database === undefined
  const snapshots = isNamed ? null : new Snapshots(definition)
  const open = snapshots?.open ?? openDriver
  let work: OpenWork | null = null
  const boot: BootOptions = {
    ...bootOptions(options),
    openDriver: async (url, given) => {
      const watched = watchDriver(await open(url, given))
      work = watched.work
      return watched.driver
    },
  }
  const { booted, transport, places, end } = await start(definition, boot, options.transport ?? 'memory')
  await snapshots?.keep()
  const firstState = booted.database === null ? null : await readFirstState(booted.database.driver)
  return { transport: new CallCounter(transport), app: booted, places, firstState, work, end }
}

function bootOptions({ environment, clock, ids, readLoopDelayMs = () => 0 }: TestAppOptions): BootOptions {
  const defaults = {
    NODE_ENV: 'test',
    DATABASE_URL: 'pglite:memory:',
    GUICHET_AUDIT: 'off',
    LOG_LEVEL: 'error',
    PORT: '0',
  }
  return {
    environment: { ...defaults, ...environment },
    readLoopDelayMs,
    ...(clock === undefined ? {} : { clock }),
    ...(ids === undefined ? {} : { ids }),
  }
}

interface Started {
  readonly booted: BootedApp
  readonly places: SocketPlaces
  readonly transport: TestTransport
  readonly end: () => Promise<void>
}

async function start(definition: AppDefinition, boot: BootOptions, kind: 'memory' | 'socket'): Promise<Started> {
  if (kind === 'socket') {
    const running = await serveApp(definition, boot)
    const places = new SocketPlaces(running, running.socketUrls)
    return { booted: running, transport: openSocketTransport(running.url), places, end: () => running.stop() }
  }
  const booted = await bootApp(definition, boot)
  const { limits } = booted.services
  const proxies = createTrustedProxies(...trustOf(booted))
  const transport = await openMemoryTransport(booted.pipeline.answer, { limits, proxies })
  const places = new SocketPlaces(booted, null)
  const end = async (): Promise<void> => {
    await Promise.all([booted.channels?.close(0), places.close()])
    await booted.close()
  }
  return { booted, transport, places, end }
}

/** What ends a moment later is no leak: the rollback after the last answer. */
const SETTLE_MS = 300

async function closeAll({ transport, work, end }: Opened): Promise<void> {
  const open = (): readonly string[] => [...transport.list(), ...(work?.list() ?? [])]
  const deadline = performance.now() + SETTLE_MS
  while (open().length > 0 && performance.now() < deadline) await new Promise((resolve) => setTimeout(resolve, 5))
  const leaks = open()
  await work?.end()
  await transport.close()
  await end()
  if (leaks.length > 0) throw new Error(`Cannot close the app cleanly, it still has open: ${leaks.join('; ')}`)
}

interface CredentialContext {
  readonly opened: Opened
  readonly options: TestAppOptions
  readonly nobody: () => TestClient
}

function credentialsFor(login: string, { opened, options, nobody }: CredentialContext): Credentials {
  const bearer = (token: string): readonly string[] => ['authorization', `Bearer ${token}`]
  if (options.login !== undefined) {
    const take = options.login
    let token: Promise<string> | null = null
    return async () => bearer(await (token ??= take(nobody(), login)))
  }
  const issuer = opened.app?.tokenIssuer ?? null
  if (options.by === 'token' && issuer !== null) return async () => bearer(await issuer.createToken(login, {}))
  const password = options.users?.[login]
  if (password === undefined)
    throw new RangeError(`Cannot be ${login}: "users" of openTestApp() has no password for it`)
  return () => Promise.resolve(['authorization', `Basic ${Buffer.from(`${login}:${password}`).toString('base64')}`])
}
