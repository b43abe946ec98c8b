import { type BootedApp, type BootOptions, bootApp } from '../app/boot.ts'
import { processEnvironment } from '../app/environment.ts'
import type { App } from '../app/guichet.ts'
import { serveApp, type RunningApp } from '../app/serve.ts'
import type { Clock } from '../core/clock.ts'
import type { Ids } from '../core/ids.ts'
import { TestClient, type Credentials } from './client.ts'
import { Snapshots } from './snapshots.ts'
import { openMemoryTransport, openSocketTransport, type TestTransport } from './transport.ts'

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
}

/** Any app, whatever its statements and values. */
export type AnyApp = Pick<App<never>, '~definition'>

/** An app under test. `close()` it at the end, or say `await using`. */
export interface TestApp extends AsyncDisposable {
  readonly client: TestClient
  /** The app itself; null where only its URL is known. */
  readonly app: BootedApp | null
  close(): Promise<void>
}

/** Opens an app for a test file: on a database of its own, in memory, over a socket, or at a URL. */
export async function openTestApp(app: AnyApp, options: TestAppOptions = {}): Promise<TestApp> {
  const url = options.url ?? processEnvironment()['GUICHET_TEST_URL']
  const opened = url === undefined ? await openOwn(app, options) : openRemote(url)
  const client: TestClient = new TestClient({
    transport: opened.transport,
    credentialsOf: (login) => credentialsFor(login, { opened, options, nobody: () => client }),
  })
  let closing: Promise<void> | null = null
  const close = (): Promise<void> => (closing ??= closeAll(opened))
  return { client, app: opened.app, close, [Symbol.asyncDispose]: close }
}

interface Opened {
  readonly transport: TestTransport
  readonly app: BootedApp | null
  readonly end: () => Promise<void>
}

function openRemote(url: string): Opened {
  return { transport: openSocketTransport(url), app: null, end: () => Promise.resolve() }
}

async function openOwn(app: AnyApp, options: TestAppOptions): Promise<Opened> {
  const definition = app['~definition']
  const boot: BootOptions = {
    environment: {
      NODE_ENV: 'test',
      DATABASE_URL: 'pglite:memory:',
      GUICHET_AUDIT: 'off',
      LOG_LEVEL: 'error',
      PORT: '0',
      ...options.environment,
    },
    ...(options.clock === undefined ? {} : { clock: options.clock }),
    ...(options.ids === undefined ? {} : { ids: options.ids }),
  }
  // A test that names its own database gets it; the others get a new one in memory.
  const isOwn = options.environment?.['DATABASE_URL'] !== undefined || definition.options.database === undefined
  const snapshots = isOwn ? null : new Snapshots(definition)
  const withDriver = snapshots === null ? boot : { ...boot, openDriver: snapshots.open }
  if (options.transport === 'socket') {
    const running: RunningApp = await serveApp(definition, withDriver)
    await snapshots?.keep()
    return { transport: openSocketTransport(running.url), app: running, end: () => running.stop() }
  }
  const booted = await bootApp(definition, withDriver)
  await snapshots?.keep()
  const transport = await openMemoryTransport(booted.pipeline.answer, booted.services.limits)
  return { transport, app: booted, end: () => booted.close() }
}

async function closeAll({ transport, end }: Opened): Promise<void> {
  await transport.close()
  await end()
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
