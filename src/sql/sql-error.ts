import { Refusal } from '../core/refusal.ts'
import type { RefusalCode } from '../core/refusal.ts'

/**
 * Who says no: the server (it gave a SQLSTATE), the pool (no connection became free), the network (the connection is
 * lost or cannot be made), or our own timer (the server does not answer).
 */
export type SqlErrorSource = 'server' | 'pool' | 'network' | 'timer'

export interface SqlErrorOptions {
  readonly source: SqlErrorSource
  /** Five characters (PostgreSQL manual, appendix A); empty where the server said nothing. */
  readonly sqlstate?: string
  readonly message: string
  readonly constraint?: string | null
  readonly table?: string | null
  readonly column?: string | null
  /** Where the server saw the mistake: characters from the start of the statement, from 1. */
  readonly position?: number | null
  readonly cause?: unknown
}

/** Where a statement is written. */
export interface StatementPlace {
  readonly name: string
  readonly file: string
  /** Line of the first line of its text. */
  readonly textLine: number
  readonly text: string
}

/**
 * A statement that failed. It carries no value of a parameter: neither the message nor any field, because the server's
 * texts that quote values are cut.
 */
export class SqlError extends Error {
  readonly code = 'SQL_ERROR'
  readonly source: SqlErrorSource
  readonly sqlstate: string
  readonly constraint: string | null
  readonly table: string | null
  readonly column: string | null
  readonly position: number | null
  /** Name of the statement as its file has it; null for text that a program ran itself. */
  readonly statement: string | null
  /** `queries.sql:12`; null where unknown. */
  readonly where: string | null
  /** What went wrong, without the statement. */
  readonly problem: string

  constructor(options: SqlErrorOptions, place: StatementPlace | null = null) {
    const where = place === null ? null : `${place.file}:${lineOf(place, options.position ?? null)}`
    const state = options.sqlstate ? ` (${options.sqlstate})` : ''
    super(
      place === null
        ? `Cannot run the statement: ${options.message}${state}`
        : `Cannot run "${place.name}" of ${where}: ${options.message}${state}`,
      options.cause === undefined ? undefined : { cause: options.cause },
    )
    this.name = 'SqlError'
    this.source = options.source
    this.sqlstate = options.sqlstate ?? ''
    this.constraint = options.constraint ?? null
    this.table = options.table ?? null
    this.column = options.column ?? null
    this.position = options.position ?? null
    this.statement = place?.name ?? null
    this.where = where
    this.problem = options.message
  }

  /** The same error, said about a statement of a file. */
  at(place: StatementPlace): SqlError {
    const { source, sqlstate, constraint, table, column, position, problem: message, cause } = this
    const options = { source, sqlstate, constraint, table, column, position, message }
    return new SqlError(cause === undefined ? options : { ...options, cause }, place)
  }
}

function lineOf(place: StatementPlace, position: number | null): number {
  if (position === null) return place.textLine
  // The server counts characters, not UTF-16 units; the lines before are the same for both in practice, and one too
  // few for a statement full of emoji only.
  return place.textLine + place.text.slice(0, position - 1).split('\n').length - 1
}

/** The fields of a server's error that drivers pass on, under the names of the protocol. */
export interface ServerErrorFields {
  readonly sqlstate: string
  readonly message: string
  readonly constraint?: string | undefined
  readonly table?: string | undefined
  readonly column?: string | undefined
  readonly position?: string | undefined
}

/** Makes the error of a server; detail, hint and context are left out since they quote values. */
export function serverError(fields: ServerErrorFields): SqlError {
  const position = Number(fields.position)
  return new SqlError({
    source: 'server',
    sqlstate: fields.sqlstate,
    message: withoutValues(fields),
    constraint: fields.constraint ?? null,
    table: fields.table ?? null,
    column: fields.column ?? null,
    position: position > 0 ? position : null,
  })
}

/** Class 22 quotes the value that the server did not accept, in the quotes of the server's own language. */
function withoutValues({ sqlstate, message }: ServerErrorFields): string {
  return sqlstate.startsWith('22') ? message.replace(/[\s:,]*["'«„“”‘’「»].*$/su, '') : message
}

/** No connection became free: `SQL_BUSY`. */
export function busyError(message: string): SqlError {
  return new SqlError({ source: 'pool', message })
}

/** The connection is lost, or cannot be made: `SQL_UNAVAILABLE`. What was sent may have been done, or not. */
export function lostError(message: string, cause?: unknown): SqlError {
  return new SqlError({ source: 'network', message, cause })
}

/** The server turned a commit into a rollback, because a statement had failed and the program went on. */
export function abortedError(): SqlError {
  const message = 'nothing was kept, since a statement of the transaction had failed; run it in a savepoint'
  return new SqlError({ source: 'server', sqlstate: '25P02', message })
}

const BY_STATE: Readonly<Record<string, RefusalCode>> = {
  '23505': 'SQL_CONFLICT',
  '23P01': 'SQL_CONFLICT',
  '23503': 'SQL_REFERENCE',
  '23001': 'SQL_REFERENCE',
  '23502': 'SQL_BAD_VALUE',
  '23514': 'SQL_BAD_VALUE',
  '44000': 'SQL_BAD_VALUE',
  // A value too long for an index, or nested too deep for the stack: both are what the peer sent.
  '54000': 'SQL_BAD_VALUE',
  '54001': 'SQL_BAD_VALUE',
  '40001': 'SQL_SERIALIZATION',
  '40P01': 'SQL_SERIALIZATION',
  '40003': 'SQL_UNAVAILABLE',
  '55P03': 'SQL_TIMEOUT',
  '57014': 'SQL_TIMEOUT',
  '25P03': 'SQL_TIMEOUT',
  '25P04': 'SQL_TIMEOUT',
  '57P01': 'SQL_UNAVAILABLE',
  '57P02': 'SQL_UNAVAILABLE',
  '57P03': 'SQL_UNAVAILABLE',
  '57P05': 'SQL_UNAVAILABLE',
  '53300': 'SQL_BUSY',
}
const BY_CLASS: Readonly<Record<string, RefusalCode>> = {
  '08': 'SQL_UNAVAILABLE',
  '22': 'SQL_BAD_VALUE',
  '53': 'SQL_UNAVAILABLE',
  '58': 'SQL_UNAVAILABLE',
}
const BY_SOURCE: Readonly<Record<SqlErrorSource, RefusalCode | null>> = {
  server: null,
  pool: 'SQL_BUSY',
  network: 'SQL_UNAVAILABLE',
  timer: 'SQL_TIMEOUT',
}
const RETRY_LATER = ['retry-after', '1'] as const

/** The refusal that an error of the database is, or null where it is a fault (a mistake in SQL, a missing table). */
export function refusalOfSqlError(error: unknown): Refusal | null {
  if (!(error instanceof SqlError)) return null
  const { sqlstate } = error
  const code = BY_SOURCE[error.source] ?? BY_STATE[sqlstate] ?? BY_CLASS[sqlstate.slice(0, 2)]
  if (code === undefined || code === null) return null
  const reason = error.message
  const later =
    code === 'SQL_BUSY' || code === 'SQL_UNAVAILABLE' || code === 'SQL_TIMEOUT' || code === 'SQL_SERIALIZATION'
  return new Refusal(code, later ? { reason, headers: RETRY_LATER } : { reason })
}

/** True when running the whole transaction again may succeed: another one was in its way. */
export function isSerializationFailure(error: unknown): boolean {
  return error instanceof SqlError && (error.sqlstate === '40001' || error.sqlstate === '40P01')
}
