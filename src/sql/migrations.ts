import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { ConfigError } from '../core/config-error.ts'
import type { ConfigMistake } from '../core/config-error.ts'
import type { Connection, Driver, Transaction } from './driver.ts'
import { SqlError } from './sql-error.ts'

/** One numbered file. */
export interface MigrationFile {
  readonly number: number
  /** `0001-create-stuff.sql` */
  readonly name: string
}

/** What `migrate` did. */
export interface MigrationReport {
  /** Files run now, in order. */
  readonly applied: readonly MigrationFile[]
  /** Files run at some time. */
  readonly total: number
  /** True where the first data were loaded now. */
  readonly isFilled: boolean
}

/** A file of rows for a new database. */
export interface FirstData {
  readonly name: string
  readonly text: string
}

export interface AppliedMigration extends MigrationFile {
  /** When, as PostgreSQL writes it, in UTC. */
  readonly at: string
}

export interface MigrationStatus {
  readonly applied: readonly AppliedMigration[]
  readonly pending: readonly MigrationFile[]
  /** Files that were changed, removed, or added before the last applied one; `migrate` refuses to go on. */
  readonly mistakes: readonly ConfigMistake[]
}

interface Migration extends MigrationFile {
  readonly text: string
  readonly checksum: string
}

interface Applied extends AppliedMigration {
  readonly checksum: string
}

const FILE = /^(\d{4,9})-[A-Za-z0-9][A-Za-z0-9_-]*\.sql$/
const WANTED_FILE = 'a name as 0001-create-stuff.sql'

// Any number does, as long as all who migrate this database use the same.
const LOCK = 'SET LOCAL lock_timeout = 0; SELECT pg_catalog.pg_advisory_xact_lock(1735747427, 1)'
const TABLE = `
CREATE TABLE IF NOT EXISTS guichet_migration (
  number INTEGER PRIMARY KEY,
  file TEXT NOT NULL,
  checksum TEXT NOT NULL,
  applied_at TIMESTAMPTZ NOT NULL DEFAULT now()
)`

/** The row of the first data: owed since the transaction of the first migration, paid in that of the data. */
const DATA_NUMBER = '0'
const OWED = 'owed'

/**
 * Runs the files `NNNN-name.sql` of a directory that were not run yet, each in its own transaction, and remembers them
 * in the table `guichet_migration`. A database that was empty gets the first data then; where the process ends before, the
 * next one loads them. Processes that start together wait for each other. Throws a `ConfigError` when a file that was run
 * is changed or gone, and a `SqlError` with file and line when one fails; those before it stay.
 */
export async function migrate(
  driver: Driver,
  directory: string,
  firstData: FirstData | null = null,
): Promise<MigrationReport> {
  const migrations = readMigrations(directory)
  const before = await inLockedTransaction(driver, async (transaction) => {
    await transaction.script(TABLE)
    return readApplied(transaction)
  })
  const mistakes = compare(migrations, before, directory)
  if (mistakes.length > 0) throw new ConfigError(mistakes)
  const applied: MigrationFile[] = []
  for (const migration of migrations.slice(before.length)) {
    const owes = migration === migrations[0] ? firstData : null
    if (await apply(driver, { directory, migration, owes })) applied.push(toFile(migration))
  }
  const isFilled = firstData !== null && (await fill(driver, firstData))
  return { applied, total: migrations.length, isFilled }
}

function toFile({ number, name }: MigrationFile): MigrationFile {
  return { number, name }
}

/** Tells what `migrate` would do; changes nothing. */
export async function migrationStatus(driver: Driver, directory: string): Promise<MigrationStatus> {
  const migrations = readMigrations(directory)
  const { rows } = await driver.run("SELECT pg_catalog.to_regclass('guichet_migration') IS NOT NULL", [])
  const applied = rows[0]?.[0] === 't' ? await readApplied(driver) : []
  const done = new Set(applied.map(({ number }) => number))
  return {
    applied: applied.map(({ number, name, at }) => ({ number, name, at })),
    pending: migrations.filter(({ number }) => !done.has(number)).map(toFile),
    mistakes: compare(migrations, applied, directory),
  }
}

/** The name of the next file: `0003-add-price.sql`. */
export function nextMigrationFile(directory: string, title: string): string {
  const next = (readMigrations(directory).at(-1)?.number ?? 0) + 1
  const slug = title
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
  return `${String(next).padStart(4, '0')}-${slug || 'change'}.sql`
}

function readMigrations(directory: string): Migration[] {
  const mistakes: ConfigMistake[] = []
  const migrations: Migration[] = []
  for (const file of readdirSync(directory)
    .filter((name) => name.endsWith('.sql'))
    .toSorted()) {
    const where = `${basename(directory)}/${file}`
    const number = Number(FILE.exec(file)?.[1])
    const twin = migrations.find((other) => other.number === number)
    if (Number.isNaN(number)) mistakes.push({ where, problem: 'the file is not numbered', wanted: WANTED_FILE })
    else if (twin !== undefined) mistakes.push({ where, problem: 'its number is taken', current: twin.name })
    else migrations.push({ number, name: file, ...readText(join(directory, file)) })
  }
  if (mistakes.length > 0) throw new ConfigError(mistakes)
  return migrations.toSorted((a, b) => a.number - b.number)
}

/** The checksum does not depend on how the checkout ends its lines. */
function readText(path: string): { readonly text: string; readonly checksum: string } {
  const text = readFileSync(path, 'utf8').replaceAll('\r\n', '\n')
  return { text, checksum: createHash('sha256').update(text).digest('hex') }
}

async function readApplied(connection: Connection): Promise<Applied[]> {
  const text = 'SELECT number, file, checksum, applied_at FROM guichet_migration WHERE number > 0 ORDER BY number'
  const { rows } = await connection.run(text, [])
  return rows.map(([number, file, checksum, at]) => ({
    number: Number(number),
    name: file ?? '',
    checksum: checksum ?? '',
    at: at ?? '',
  }))
}

function compare(migrations: readonly Migration[], applied: readonly Applied[], directory: string): ConfigMistake[] {
  const last = applied.at(-1)?.number ?? 0
  const folder = basename(directory)
  const lost = applied.flatMap((done): ConfigMistake[] => {
    const migration = migrations.find(({ number }) => number === done.number)
    if (migration === undefined) {
      return [{ where: `${folder}/${done.name}`, problem: 'the file is gone, and it was applied', current: done.at }]
    }
    if (migration.checksum === done.checksum) return []
    const problem = 'the file changed since it was applied'
    return [
      {
        where: `${folder}/${migration.name}`,
        problem,
        current: done.at,
        wanted: 'a new file with the next number, or guichet db reset where the data may go',
      },
    ]
  })
  const late = migrations.filter(({ number }) => number < last && !applied.some((done) => done.number === number))
  return [
    ...lost,
    ...late.map(({ name }) => ({
      where: `${folder}/${name}`,
      problem: 'the file is new, and one after it was applied already',
      wanted: `a number after ${last}`,
    })),
  ]
}

interface Step {
  readonly directory: string
  readonly migration: Migration
  /** Data that the new database is to get after all migrations. */
  readonly owes: FirstData | null
}

const INSERT = 'INSERT INTO guichet_migration (number, file, checksum) VALUES ($1, $2, $3)'

/** False when another process ran it meanwhile. */
async function apply(driver: Driver, { directory, migration, owes }: Step): Promise<boolean> {
  const { number, name, text, checksum } = migration
  return inLockedTransaction(driver, async (transaction) => {
    const done = await transaction.run('SELECT 1 FROM guichet_migration WHERE number = $1', [String(number)])
    if (done.rows.length > 0) return false
    await runFile(transaction, { name, file: `${basename(directory)}/${name}`, text })
    await transaction.run(INSERT, [String(number), name, checksum])
    if (owes !== null) await transaction.run(INSERT, [DATA_NUMBER, owes.name, OWED])
    return true
  })
}

/** False when nothing is owed: the database was not empty, or another process loaded the data. */
async function fill(driver: Driver, { name, text }: FirstData): Promise<boolean> {
  const find = 'SELECT 1 FROM guichet_migration WHERE number = $1 AND checksum = $2'
  const owed = await driver.run(find, [DATA_NUMBER, OWED])
  if (owed.rows.length === 0) return false
  return inLockedTransaction(driver, async (transaction) => {
    const still = await transaction.run(find, [DATA_NUMBER, OWED])
    if (still.rows.length === 0) return false
    await runFile(transaction, { name, file: name, text })
    const pay = 'UPDATE guichet_migration SET file = $2, checksum = $3, applied_at = now() WHERE number = $1'
    await transaction.run(pay, [DATA_NUMBER, name, createHash('sha256').update(text).digest('hex')])
    return true
  })
}

interface RunFile {
  readonly name: string
  readonly file: string
  readonly text: string
}

async function runFile(transaction: Transaction, { name, file, text }: RunFile): Promise<void> {
  await transaction.script(text).catch((error: unknown) => {
    throw error instanceof SqlError ? error.at({ name, file, textLine: 1, text }) : error
  })
}

async function inLockedTransaction<T>(driver: Driver, run: (transaction: Transaction) => Promise<T>): Promise<T> {
  const transaction = await driver.begin({ statementTimeoutMs: 0 })
  try {
    await transaction.script(LOCK)
    const result = await run(transaction)
    await transaction.commit()
    return result
  } catch (error) {
    await transaction.rollback()
    throw error
  }
}
