import { existsSync, mkdirSync } from 'node:fs'
import { rm, writeFile } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { parseArgs } from 'node:util'
import { openDatabase } from '../app/open-database.ts'
import { checkApp } from '../app/boot.ts'
import type { AppDefinition } from '../app/guichet.ts'
import { createLog } from '../app/log.ts'
import { defaultLimits } from '../core/limits.ts'
import { migrate, migrationStatus, nextMigrationFile } from '../sql/migrations.ts'
import { maskDatabaseUrl } from '../sql/open-driver.ts'
import { type AppDatabase, appDatabase, withDriver } from './app-database.ts'
import { type Command, type CommandIo, CommandError, UsageError } from './command.ts'
import { loadApp } from './load-app.ts'
import { type ConfigSources, readConfig } from './read-config-file.ts'
import { formatTable } from './table.ts'

const help = `guichet db migrate|status|new|reset|url FILE [arguments] [--config FILE]

  migrate FILE      applies the pending migrations, each in a transaction of its own
  status FILE       lists migrations: applied (when) or pending; exit 1 when some are pending
  new FILE NAME     makes the next numbered file in the folder of migrations
  reset FILE --yes  empties the database and makes it anew, with its first data; never in production
  url FILE          prints where the database is, its password masked
  --config FILE     a file of KEY=value lines, as for guichet run

Example:
  guichet db migrate app.ts --config production.env`

/** `guichet db`: the schema of an app's database. */
export const dbCommand: Command = {
  name: 'db',
  help,
  run: async (args, io) => {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: { yes: { type: 'boolean' }, config: { type: 'string' } },
    })
    const [action, file, name] = positionals
    if (action === undefined || file === undefined) throw new UsageError('guichet db takes an action and a file')
    const definition = await loadApp(file)
    const sources = await readConfig(io, values.config)
    const database = appDatabase(definition, sources)
    switch (action) {
      case 'migrate':
        return applyMigrations(database, io)
      case 'status':
        return showStatus(database, io)
      case 'new':
        return makeMigration(database, definition, { name, io })
      case 'reset':
        return reset(definition, database, { isSure: values.yes === true, sources, io })
      case 'url':
        io.stdout.write(`${maskDatabaseUrl(database.url)}\n`)
        return 0
      default:
        throw new UsageError(`there is no action "${action}"`)
    }
  },
}

function folderOf({ migrations }: AppDatabase): string {
  if (migrations === null) throw new CommandError('There is no folder of migrations: make one with "guichet db new"')
  return migrations
}

async function applyMigrations(database: AppDatabase, io: CommandIo): Promise<number> {
  const { applied, total } = await withDriver(database, (driver) => migrate(driver, folderOf(database)))
  io.stdout.write(
    applied.map(({ name }) => `${name} applied\n`).join('') || `Nothing to do: ${total} applied already\n`,
  )
  return 0
}

async function showStatus(database: AppDatabase, io: CommandIo): Promise<number> {
  const { applied, pending, mistakes } = await withDriver(database, (driver) =>
    migrationStatus(driver, folderOf(database)),
  )
  const rows = [
    ...applied.map(({ name, at }) => [name, `applied ${at}`]),
    ...pending.map(({ name }) => [name, 'pending']),
    ...mistakes.map(({ where, problem }) => [where, problem]),
  ]
  io.stdout.write(formatTable(rows))
  return pending.length + mistakes.length > 0 ? 1 : 0
}

interface NewMigration {
  readonly name: string | undefined
  readonly io: CommandIo
}

async function makeMigration(
  { migrations }: AppDatabase,
  { directory, options }: AppDefinition,
  { name, io }: NewMigration,
): Promise<number> {
  if (name === undefined) throw new UsageError('guichet db new takes a name, such as add-notes')
  const folder = migrations ?? join(directory, options.database?.migrations ?? 'migrations')
  mkdirSync(folder, { recursive: true })
  const file = join(folder, nextMigrationFile(folder, name))
  await writeFile(file, `-- ${name}\n`, { flag: 'wx' })
  io.stdout.write(`${relative('.', file)} made\n`)
  return 0
}

interface Reset {
  readonly isSure: boolean
  readonly sources: ConfigSources
  readonly io: CommandIo
}

async function reset(definition: AppDefinition, database: AppDatabase, how: Reset): Promise<number> {
  const { isSure, sources, io } = how
  const { settings } = checkApp(definition, sources)
  if (settings.values.NODE_ENV === 'production') throw new CommandError('Cannot reset a database in production')
  if (!isSure) throw new CommandError(`This empties ${maskDatabaseUrl(database.url)}: say --yes to do it`)
  await empty(database)
  const log = createLog({ level: 'warn', isReadable: true })
  const opened = await openDatabase(definition, { settings, limits: defaultLimits, log, isProduction: false })
  await opened?.close()
  io.stdout.write('The database is new.\n')
  return 0
}

/** An embedded database is a folder; on a server the schema is dropped, which takes all that stands in it. */
async function empty(database: AppDatabase): Promise<void> {
  const folder = /^pglite:(?!memory:$)(.+)$/.exec(database.url)?.[1]
  if (folder !== undefined && !existsSync(folder)) return
  await withDriver(database, async (driver) => {
    if (folder === undefined) await driver.script('DROP SCHEMA IF EXISTS public CASCADE; CREATE SCHEMA public')
  })
  if (folder !== undefined) await rm(folder, { recursive: true })
}
