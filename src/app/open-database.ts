import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { ConfigError } from '../core/config-error.ts'
import type { Limits } from '../core/limits.ts'
import type { Log } from '../core/services.ts'
import { connectFiltered } from '../dial/filtered-socket.ts'
import { type Database, createDatabase } from '../sql/database.ts'
import type { Driver } from '../sql/driver.ts'
import { type FirstData, migrate, migrationStatus } from '../sql/migrations.ts'
import { openDriver } from '../sql/open-driver.ts'
import { ownPath } from './own-path.ts'
import type { AppDefinition } from './guichet.ts'
import type { Settings } from './settings.ts'

export interface OpenDatabaseOptions {
  readonly settings: Settings
  readonly limits: Limits
  readonly log: Log
  readonly isProduction: boolean
  /** Opens the driver for a URL; the drivers of the framework by default. */
  readonly openDriver?: OpenDriver
}

/** Large results of a server come through sockets of our own, which leave their rows as they are. */
const openConnected: OpenDriver = (url, options) => openDriver(url, { ...options, connect: connectFiltered })

export type OpenDriver = (url: string, options: { readonly limits: Limits }) => Promise<Driver>

/** Where the database of an app is: what is configured, or an embedded one beside the app. */
export function databaseUrl({ directory }: AppDefinition, settings: Settings): string {
  const configured = settings.values.DATABASE_URL
  return configured === '' ? `pglite:${join(directory, '.guichet', 'database')}` : configured
}

/**
 * Opens the database that the app declares; null where it declares none. Outside production the migrations are applied,
 * and a new schema gets its first data; in production pending migrations are a mistake.
 */
export async function openDatabase(
  definition: AppDefinition,
  options: OpenDatabaseOptions,
): Promise<Database<unknown> | null> {
  const declared = definition.options.database
  if (declared === undefined) return null
  const url = databaseUrl(definition, options.settings)
  refuseEmbedded(url, options)
  const open = options.openDriver ?? openConnected
  const driver = await open(url, { limits: options.limits })
  try {
    if (options.isProduction) await refusePending(driver, definition)
    else await applyMigrations(driver, definition, options.log)
    return createDatabase({ queries: declared.queries, driver })
  } catch (error) {
    await driver.close()
    throw error
  }
}

function refuseEmbedded(url: string, { isProduction, settings }: OpenDatabaseOptions): void {
  if (!isProduction || !url.startsWith('pglite:') || settings.values.GUICHET_EMBEDDED_IN_PRODUCTION === 'yes') return
  throw new ConfigError([
    {
      where: 'DATABASE_URL',
      problem: 'the embedded database does not survive a power cut, so it is not for production',
      current: url,
      wanted: 'postgres://…, or GUICHET_EMBEDDED_IN_PRODUCTION=yes when a lost database is acceptable',
    },
  ])
}

/** Folder of the numbered migrations of an app; null where there is none. */
export function migrationFolder({ options, directory }: AppDefinition): string | null {
  return ownPath(directory, options.database?.migrations ?? 'migrations')
}

async function refusePending(driver: Driver, definition: AppDefinition): Promise<void> {
  const folder = migrationFolder(definition)
  if (folder === null) return
  const { pending, mistakes } = await migrationStatus(driver, folder)
  if (mistakes.length > 0) throw new ConfigError(mistakes)
  if (pending.length === 0) return
  const current = `pending: ${pending.map(({ name }) => name).join(', ')}`
  throw new ConfigError([
    { where: 'migrations', problem: 'the schema is not up to date', current, wanted: 'run: guichet db migrate' },
  ])
}

async function applyMigrations(driver: Driver, definition: AppDefinition, log: Log): Promise<void> {
  const folder = migrationFolder(definition)
  if (folder === null) return
  const { applied, isFilled } = await migrate(driver, folder, await readFirstData(definition))
  if (applied.length > 0) log.info({ migrations: applied.map(({ name }) => name) }, 'the schema was changed')
  if (isFilled) log.info({ data: definition.options.database?.data }, 'the first data were loaded')
}

async function readFirstData({ options, directory }: AppDefinition): Promise<FirstData | null> {
  const data = options.database?.data
  if (data === undefined) return null
  const file = ownPath(directory, data)
  if (file === null)
    throw new ConfigError([{ where: 'database.data', problem: 'there is no such file', current: data }])
  return { name: data, text: await readFile(file, 'utf8') }
}
