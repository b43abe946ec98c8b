import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import { createPasswords } from '../authn/passwords.ts'
import { defaultLimits } from '../core/limits.ts'
import { Refusal } from '../core/refusal.ts'
import type { Driver } from '../sql/driver.ts'
import { type AppDatabase, appDatabase, withDriver } from './app-database.ts'
import { type Command, CommandError, UsageError } from './command.ts'
import { loadApp } from './load-app.ts'
import { readConfig } from './read-config-file.ts'

const help = `guichet users import FILE [--app APP --table TABLE [--login COLUMN] [--password COLUMN]] [--config FILE] [--unchecked]

Reads lines "login password …" (separated by spaces; further words are kept as they are) and hashes the passwords.
Prints CSV lines "login,hash,…", or writes into a table of an app's database: all lines or none.

  --app APP         the app whose database is written
  --table TABLE     the table; its columns are "login" and "password" unless named
  --config FILE     configuration of that app, a file of KEY=value lines
  --unchecked       also take passwords that are too short or too common (for classrooms)

Example:
  guichet users import class.txt --app app.ts --table account --password pass`

interface Line {
  readonly login: string
  readonly password: string
  readonly rest: readonly string[]
}

/** `guichet users import`: many accounts at once. */
export const usersCommand: Command = {
  name: 'users',
  help,
  run: async (args, io) => {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        app: { type: 'string' },
        config: { type: 'string' },
        table: { type: 'string' },
        login: { type: 'string', default: 'login' },
        password: { type: 'string', default: 'password' },
        unchecked: { type: 'boolean', default: false },
      },
    })
    const [action, file] = positionals
    if (action !== 'import' || file === undefined) throw new UsageError('guichet users takes "import" and a file')
    if (!existsSync(file)) throw new CommandError(`Cannot read ${file}: there is no such file`)
    const lines = parseLines(await readFile(file, 'utf8'), file)
    const hashes = await hashAll(lines, values.unchecked)
    if (values.app === undefined) {
      io.stdout.write(lines.map(({ login, rest }, i) => formatCsv([login, hashes[i] ?? '', ...rest])).join(''))
      return 0
    }
    if (values.table === undefined) throw new UsageError('--app needs --table')
    const { table, login, password } = { ...values, table: values.table }
    const rows = lines.map((line, i): readonly [string, string] => [line.login, hashes[i] ?? ''])
    const database = appDatabase(await loadApp(values.app), await readConfig(io, values.config))
    const count = await insertAll(database, { table, columns: [login, password], rows })
    io.stdout.write(`${count} accounts imported\n`)
    return 0
  },
}

function parseLines(text: string, file: string): readonly Line[] {
  const lines = text.split(/\r?\n/).map((line, index) => ({ words: line.trim().split(/\s+/), number: index + 1, line }))
  return lines
    .filter(({ line }) => line.trim() !== '' && !line.startsWith('#'))
    .map(({ words: [login, password, ...rest], number }) => {
      if (login === undefined || password === undefined) {
        throw new CommandError(`Cannot read ${file}:${number}: wanted "login password"`)
      }
      return { login, password, rest }
    })
}

/** One after the other, as many as the machine hashes at once; a weak one stops before anything is written. */
async function hashAll(lines: readonly Line[], isUnchecked: boolean): Promise<readonly string[]> {
  const rules = isUnchecked ? { lengthMin: 1, blocklist: false } : {}
  const passwords = createPasswords({ ...rules, limits: { ...defaultLimits, hashQueueMax: lines.length } })
  const hashes = await Promise.all(lines.map(({ password }) => passwords.hash(password)))
  return hashes.map((hash, i) => {
    if (hash instanceof Refusal) throw new CommandError(`Cannot import ${lines[i]?.login}: ${hash.message}`)
    return hash
  })
}

function formatCsv(cells: readonly string[]): string {
  return `${cells.map((cell) => (/[",\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell)).join(',')}\n`
}

interface Insertion {
  readonly table: string
  readonly columns: readonly [string, string]
  readonly rows: readonly (readonly [string, string])[]
}

function insertAll(database: AppDatabase, { table, columns, rows }: Insertion): Promise<number> {
  const text = `INSERT INTO ${quoteName(table)} (${columns.map(quoteName).join(', ')}) VALUES ($1, $2)`
  return withDriver(database, (driver: Driver) => driver.runMany(text, rows))
}

/** A name of a table or column, perhaps with its schema; quoted, since a name cannot be bound like a value. */
function quoteName(name: string): string {
  return name
    .split('.')
    .map((part) => `"${part.replaceAll('"', '""')}"`)
    .join('.')
}
