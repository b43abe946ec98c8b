import type { Call } from '../core/call.ts'
import { createIds } from '../core/ids.ts'
import { createKeyring } from '../core/keyring.ts'
import { defaultLimits, type Limits } from '../core/limits.ts'
import type { Peer } from '../core/received.ts'
import { Refusal } from '../core/refusal.ts'
import type { Identity, Recognition, SchemeBoot } from '../core/scheme.ts'
import type { Log, PasswordService } from '../core/services.ts'
import { createMemoryStore } from '../store/memory-store.ts'
import { createPasswords } from './passwords.ts'

/** A clock that a test moves. */
export interface TestClock {
  nowMs: number
  now(): number
}

export interface TestBoot extends SchemeBoot {
  readonly clock: TestClock
}

export interface TestBootOptions {
  readonly realm?: string
  readonly isProduction?: boolean
  readonly secrets?: readonly string[]
  readonly limits?: Partial<Limits>
  readonly passwords?: PasswordService
  readonly sql?: unknown
}

const ignore = (): void => undefined
export const silent: Log = { debug: ignore, info: ignore, warn: ignore, error: ignore }

export function testBoot(options: TestBootOptions = {}): TestBoot {
  const clock: TestClock = {
    nowMs: Date.UTC(2026, 0, 2, 3, 4, 5),
    now() {
      return this.nowMs
    },
  }
  const limits = { ...defaultLimits, ...options.limits }
  const isProduction = options.isProduction ?? false
  return {
    clock,
    realm: options.realm ?? 'stuff',
    isProduction,
    sql: options.sql ?? null,
    config: null,
    services: {
      clock,
      ids: createIds(),
      limits,
      keyring: createKeyring(options.secrets ?? ['a secret of the tests that is long enough']),
      passwords: options.passwords ?? createPasswords({ limits, lengthMin: 4, blocklist: false }),
      log: silent,
      isProduction,
      hasSecureCookies: isProduction,
      store: createMemoryStore({ clock }),
    },
  }
}

export interface TestCall {
  readonly clock?: TestClock
  readonly headers?: Readonly<Record<string, string>>
  readonly cookies?: Readonly<Record<string, string>>
  readonly body?: Readonly<Record<string, unknown>>
  readonly method?: string
  readonly path?: string
  readonly query?: string
  readonly identity?: Identity
  readonly host?: string
  readonly realm?: string
  readonly peer?: Partial<Peer>
  /** True by default: as over TLS. */
  readonly hasSecureCookies?: boolean
}

/** As much of a call as schemes read. */
export function testCall(
  options: TestCall = {},
): Call & { readonly addedHeaders: readonly (readonly [string, string])[] } {
  const peer = { address: '127.0.0.1', port: 40_000, isSecure: false, isDirectLoopback: true, ...options.peer }
  const addedHeaders: (readonly [string, string])[] = []
  const call = {
    addedHeaders,
    identity: options.identity ?? null,
    addHeader: (name: string, value: string) => void addedHeaders.push([name, value]),
    now: () => new Date(options.clock?.now() ?? 0),
    method: options.method ?? 'GET',
    hasSecureCookies: options.hasSecureCookies ?? true,
    peer,
    realm: options.realm ?? 'stuff',
    received: { host: options.host ?? 'localhost:3000', path: options.path ?? '/', query: options.query ?? '', peer },
    log: silent,
    header: (name: string) => options.headers?.[name],
    cookie: (name: string) => options.cookies?.[name],
    bodyField: (name: string) => options.body?.[name],
  }
  // Schemes read nothing else of a call, so that the missing fields are never reached.
  return call as unknown as ReturnType<typeof testCall>
}

/** A hash of `password`, without the checks of new ones. */
export async function hashed(service: PasswordService, password: string): Promise<string> {
  const hash = await service.rehash(password)
  if (typeof hash !== 'string') throw new Error(`Cannot hash: ${hash.code}`)
  return hash
}

/** The code of a refusal; fails where there is none. */
export function codeOf(found: unknown): string {
  if (!(found instanceof Refusal)) throw new TypeError(`Cannot read a code: ${JSON.stringify(found)} is no refusal`)
  return found.code
}

/** The identity that a scheme found; fails on anything else. */
export function identityIn(found: Recognition): Identity {
  if (found === null || found instanceof Refusal) throw new TypeError(`Nobody was recognised: ${JSON.stringify(found)}`)
  return found
}
