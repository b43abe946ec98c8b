import postgres from 'postgres'
import { lostError, serverError, SqlError } from './sql-error.ts'

/**
 * Turns an error of the package into ours. The original is not kept: the package hangs the values of the parameters on
 * it.
 */
export function readPostgresError(error: unknown, isTimedOut: boolean): Error {
  if (error instanceof postgres.PostgresError) {
    return serverError({
      sqlstate: error.code,
      message: error.message,
      constraint: error.constraint_name,
      table: error.table_name,
      column: error.column_name,
      position: error.position,
    })
  }
  if (isTimedOut) return new SqlError({ source: 'timer', message: 'the server did not answer in time' })
  if (!(error instanceof Error)) return lostError('the connection is lost')
  const code = 'code' in error && typeof error.code === 'string' ? error.code : ''
  if (isNetworkCode(code)) return lostError(`the connection is lost (${describe(error, code)})`)
  return new TypeError(`Cannot run the statement: ${error.message}`)
}

const CODES = ['CONNECTION_CLOSED', 'CONNECTION_ENDED', 'CONNECTION_DESTROYED', 'CONNECT_TIMEOUT']

function isNetworkCode(code: string): boolean {
  // Codes of system calls (ECONNREFUSED, EPIPE) and of TLS (ERR_TLS_…, CERT_…, DEPTH_…, UNABLE_…).
  return CODES.includes(code) || /^(?:E[A-Z]|CERT_|DEPTH_|SELF_|UNABLE_|HOSTNAME_)/.test(code)
}

/** An AggregateError of Node (several addresses were tried) has no message of its own. */
function describe(error: Error, code: string): string {
  return error.message === '' ? code : error.message
}
