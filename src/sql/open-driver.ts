import { ConfigError } from '../core/config-error.ts'
import { defaultLimits } from '../core/limits.ts'
import type { Limits } from '../core/limits.ts'
import type { Driver } from './driver.ts'
import type { Connect } from './postgres-server.ts'

export interface OpenDriverOptions {
  /** Those that differ from `defaultLimits`. */
  readonly limits?: Partial<Limits>
  /** How servers are reached; by the means of each driver's package by default. */
  readonly connect?: Connect
}

const WANTED = 'pglite:DIRECTORY, pglite:memory:, or postgres://user:password@host:port/database'

/**
 * Opens the database that a URL names. The package of a driver is loaded only when it is used. Throws a `ConfigError`
 * on a URL that names none.
 */
export async function openDriver(url: string, { limits: given, connect }: OpenDriverOptions = {}): Promise<Driver> {
  const options = { limits: { ...defaultLimits, ...given }, connect }
  if (url === 'pglite:memory:') return (await import('./pglite-driver.ts')).openPglite(null, options)
  if (url.startsWith('pglite:') && url.length > 'pglite:'.length) {
    return (await import('./pglite-driver.ts')).openPglite(url.slice('pglite:'.length), options)
  }
  if (/^postgres(?:ql)?:\/\//.test(url)) return (await import('./postgres-driver.ts')).openPostgres(url, options)
  throw new ConfigError([
    { where: 'DATABASE_URL', problem: 'no database can be reached so', current: maskDatabaseUrl(url), wanted: WANTED },
  ])
}

/** The URL without its password, for messages and for `guichet config`. */
export function maskDatabaseUrl(url: string): string {
  return url.replace(/(:\/\/[^:/@?#]*):[^@]*@/, '$1:***@').replace(/([?&]password=)[^&]*/i, '$1***')
}
