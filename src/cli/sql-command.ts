import { existsSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { basename, dirname, join, relative, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { defaultLimits } from '../core/limits.ts'
import type { Driver } from '../sql/driver.ts'
import { generateQueries, queriesOutputPath } from '../sql/generate.ts'
import { migrate } from '../sql/migrations.ts'
import { openDriver } from '../sql/open-driver.ts'
import { type Command, type CommandIo, CommandError } from './command.ts'

const help = `guichet sql [PATH …] [--migrations DIR] [--url URL] [--check]

Writes queries.sql.ts beside each queries.sql (or folder of .sql files): a typed function for each statement. The types
come from a database: a fresh embedded one with the migrations applied, or the one that --url names.

  PATH              queries.sql by default, or the folder queries
  --migrations DIR  migrations/ beside the file by default
  --url URL         a database that has the schema already
  --check           write nothing; exit 1 when a file is not up to date

Example:
  guichet sql examples/comics/queries.sql`

/** `guichet sql`: typed functions for statements. */
export const sqlCommand: Command = {
  name: 'sql',
  help,
  run: async (args, io) => {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: { check: { type: 'boolean' }, migrations: { type: 'string' }, url: { type: 'string' } },
    })
    const paths = positionals.length > 0 ? positionals : [usualPath()]
    let stale = 0
    for (const path of paths) {
      if (!existsSync(path)) throw new CommandError(`Cannot read ${path}: there is no such file or folder`)
      const folder = values.migrations ?? join(dirname(resolve(path)), 'migrations')
      const driver = await openSchema(values.url, folder)
      try {
        stale += await generate({ path, driver, isCheck: values.check === true }, io)
      } finally {
        await driver.close()
      }
    }
    return stale > 0 ? 1 : 0
  },
}

/** One file, or a folder of them. */
function usualPath(): string {
  return !existsSync('queries.sql') && existsSync('queries') ? 'queries' : 'queries.sql'
}

async function openSchema(url: string | undefined, folder: string): Promise<Driver> {
  const driver = await openDriver(url ?? 'pglite:memory:', { limits: defaultLimits })
  if (url === undefined && existsSync(folder)) await migrate(driver, folder)
  return driver
}

interface Generation {
  readonly path: string
  readonly driver: Driver
  readonly isCheck: boolean
}

/** Gives 1 when the file was not up to date and only a check was wanted. */
async function generate({ path, driver, isCheck }: Generation, io: CommandIo): Promise<number> {
  const outputPath = queriesOutputPath(path)
  const text = await generateQueries({ path, driver, outputPath })
  const before = existsSync(outputPath) ? await readFile(outputPath, 'utf8') : null
  const name = relative('.', outputPath) || basename(outputPath)
  if (before === text) {
    io.stdout.write(`${name} is up to date\n`)
    return 0
  }
  if (isCheck) {
    io.stdout.write(`${name} is not up to date: run "guichet sql ${path}"\n`)
    return 1
  }
  await writeFile(outputPath, text)
  io.stdout.write(`${name} written\n`)
  return 0
}
