import type { PackedRows } from './packed-rows.ts'

/** One column of a result, as the server describes it. */
export interface Column {
  readonly name: string
  /** Oid of its type; a domain is already its base type. */
  readonly type: number
  /** Oid of the table that it comes from unchanged, with its number there; both 0 for an expression. */
  readonly table: number
  readonly column: number
}

export type Cell = string | null

/** What a statement gave, still as text. */
export interface RawResult {
  /** The rows as they came, where they are many: `rows` reads them when it is asked for. */
  readonly packed?: PackedRows
  /** The same array for each run of one statement while its shape stays: readers of rows are compiled by it. */
  readonly columns: readonly Column[]
  readonly rows: readonly (readonly Cell[])[]
  /** Rows that the command changed, or gave. */
  readonly affected: number
}

/** The types of a statement that was parsed and not run. */
export interface Description {
  /** Oids of the types of `$1`, `$2`, …; a domain may be one of them. */
  readonly parameters: readonly number[]
  readonly columns: readonly Column[]
}

/**
 * Where statements run: a driver (each on its own) or a transaction. Values are text in PostgreSQL's own form, so that
 * one table of codecs serves every driver. Each method fails with a `SqlError`.
 */
export interface Connection {
  /** Runs one statement with `$1`, `$2`, … */
  run(text: string, values: readonly Cell[]): Promise<RawResult>
  /** Runs one statement once for each list of values, all or nothing; gives the sum of the affected rows. */
  runMany(text: string, lists: readonly (readonly Cell[])[]): Promise<number>
  /** Runs several statements without parameters; gives nothing back. */
  script(text: string): Promise<void>
  /** Parses a statement and tells its types. */
  describe(text: string): Promise<Description>
  /**
   * Reads the rows of one SELECT in batches through a cursor, no faster than the consumer. The rest is left unread when
   * the consumer stops.
   */
  stream(text: string, values: readonly Cell[], batchRows: number): AsyncIterable<RawResult>
}

/** Connections of a pool at one moment. */
export interface PoolUsage {
  readonly busy: number
  readonly idle: number
  /** Statements and transactions that wait for one. */
  readonly waiting: number
}

/** A database that can be reached. PGlite and PostgreSQL are two; an app may bring its own. */
export interface Driver extends Connection {
  /** `pglite`, `postgres`; appears in messages. */
  readonly name: string
  /** Where `signal` aborts, the server is asked to give the statement up, if it can be asked. */
  run(text: string, values: readonly Cell[], signal?: AbortSignal): Promise<RawResult>
  /** Opens a transaction. Fails with `SQL_BUSY` when no connection is free within `poolWaitMs`. */
  begin(options?: TransactionOptions): Promise<Transaction>
  /** Absent where there is no pool. */
  readonly usage?: () => PoolUsage
  /** Lets running statements end, then lets the database go. A second call waits for the first. */
  close(): Promise<void>
}

export interface TransactionOptions {
  /** Without it: read committed; repeatable read where `readonly` is true. */
  readonly isolation?: 'serializable'
  readonly readonly?: boolean
  /** Milliseconds for one statement instead of `statementTimeoutMs`; 0: no bound, for migrations. */
  readonly statementTimeoutMs?: number
}

/** One open transaction; its statements run one after the other. */
export interface Transaction extends Connection {
  /** Fails when the server rolled back because a statement had failed; the transaction is over either way. */
  commit(): Promise<void>
  /** Never fails: where the connection is lost the server rolls back by itself. */
  rollback(): Promise<void>
}
