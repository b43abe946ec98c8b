import { ConfigError } from '../core/config-error.ts'
import { checkApp } from '../app/boot.ts'
import type { AppDefinition } from '../app/guichet.ts'
import { databaseUrl, migrationFolder } from '../app/open-database.ts'
import { defaultLimits } from '../core/limits.ts'
import type { Driver } from '../sql/driver.ts'
import { openDriver } from '../sql/open-driver.ts'
import { CommandError } from './command.ts'
import type { ConfigSources } from './read-config-file.ts'

/** The database that an app would open, and its migrations. */
export interface AppDatabase {
  readonly url: string
  /** Folder of migrations; null where there is none. */
  readonly migrations: string | null
  open(): Promise<Driver>
}

/** Finds the database of an app from its declaration and configuration; nothing is opened yet. */
export function appDatabase(definition: AppDefinition, sources: ConfigSources): AppDatabase {
  if (definition.options.database === undefined) throw new CommandError('The app declares no database')
  const { settings } = checkApp(definition, sources)
  const url = databaseUrl(definition, settings)
  return {
    url,
    migrations: migrationFolder(definition),
    open: () => openDriver(url, { limits: { ...defaultLimits, ...definition.options.limits } }),
  }
}

/** Runs with an open database and closes it in any case. */
export async function withDriver<Value>(
  database: AppDatabase,
  run: (driver: Driver) => Promise<Value>,
): Promise<Value> {
  const driver = await database.open()
  try {
    return await run(driver)
  } catch (error) {
    if (error instanceof ConfigError) throw new CommandError(error.message)
    throw error
  } finally {
    await driver.close()
  }
}
