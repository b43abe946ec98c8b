import type { Cell, Driver, Transaction } from '../sql/driver.ts'

interface TableState {
  /** Quoted, with its schema. */
  readonly name: string
  readonly columns: readonly string[]
  readonly rows: readonly (readonly Cell[])[]
}

interface SequenceState {
  readonly name: string
  /** Null where it was not used yet. */
  readonly last: Cell
}

/** The rows with which a test file starts: those of migrations and of the first data. */
export interface FirstState {
  /** Empties all tables and puts these rows back, in one transaction. */
  restore(): Promise<void>
}

const TABLES = `
  SELECT c.oid::regclass::text FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE c.relkind = 'r' AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname NOT LIKE 'pg\\_%'
    AND c.relname <> 'guichet_migration'
  ORDER BY c.oid`
const COLUMNS = `
  SELECT quote_ident(attname) FROM pg_attribute
  WHERE attrelid = $1::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = '' ORDER BY attnum`
const SEQUENCES = `
  SELECT quote_ident(schemaname) || '.' || quote_ident(sequencename), last_value FROM pg_sequences
  WHERE schemaname NOT LIKE 'pg\\_%'`

/** Remembers what is in the tables now. */
export async function readFirstState(driver: Driver): Promise<FirstState> {
  const tables: TableState[] = []
  for (const [name] of (await driver.run(TABLES, [])).rows) {
    if (typeof name === 'string') tables.push(await readTable(driver, name))
  }
  const { rows } = await driver.run(SEQUENCES, [])
  const sequences = rows.map(([name = null, last = null]): SequenceState => ({ name: String(name), last }))
  const restore = async (): Promise<void> => {
    if (tables.length === 0) return
    const transaction = await driver.begin()
    try {
      await restoreTables(transaction, tables)
      for (const { name, last } of sequences) await restoreSequence(transaction, name, last)
      await transaction.commit()
    } finally {
      await transaction.rollback()
    }
  }
  return { restore }
}

async function readTable(driver: Driver, name: string): Promise<TableState> {
  const columns = (await driver.run(COLUMNS, [name])).rows.map(([column]) => String(column))
  if (columns.length === 0) return { name, columns, rows: [] }
  return { name, columns, rows: (await driver.run(`SELECT ${columns.join(', ')} FROM ${name}`, [])).rows }
}

async function restoreTables(transaction: Transaction, tables: readonly TableState[]): Promise<void> {
  await quietTriggers(transaction)
  await transaction.script(`TRUNCATE ${tables.map(({ name }) => name).join(', ')} RESTART IDENTITY CASCADE`)
  // In the order in which they were created, what is referred to comes first.
  for (const { name, columns, rows } of tables) {
    if (rows.length === 0) continue
    const places = columns.map((_, i) => `$${i + 1}`).join(', ')
    await transaction.runMany(
      `INSERT INTO ${name} (${columns.join(', ')}) OVERRIDING SYSTEM VALUE VALUES (${places})`,
      rows,
    )
  }
}

/** Triggers and foreign keys have nothing to say about rows that were there before; who may not ask for it does without. */
async function quietTriggers(transaction: Transaction): Promise<void> {
  await transaction.script('SAVEPOINT quiet')
  try {
    await transaction.script('SET LOCAL session_replication_role = replica')
  } catch {
    await transaction.script('ROLLBACK TO SAVEPOINT quiet') // only a superuser may
  }
}

async function restoreSequence(transaction: Transaction, name: string, last: Cell): Promise<void> {
  if (last !== null) await transaction.run('SELECT setval($1::regclass, $2::bigint)', [name, last])
}
