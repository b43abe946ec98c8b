import type { Duplex } from 'node:stream'
import postgres from 'postgres'
import type { Limits } from '../core/limits.ts'
import type { Cell } from './driver.ts'
import type { Connect, PostgresServer } from './postgres-server.ts'
import type { RowTap } from './row-tap.ts'

/** What we use of a client of the package `postgres`, with values as text both ways. */
export interface PostgresClient {
  unsafe(
    text: string,
    values: readonly Cell[],
    options: { readonly prepare: boolean; readonly simple: boolean },
  ): PostgresQuery
  end(options: { readonly timeout: number }): Promise<void>
}

/** A query is sent when it is awaited. */
export interface PostgresQuery {
  values(): PostgresAnswer<PostgresRows>
  describe(): PostgresAnswer<{ readonly types: readonly number[]; readonly columns: readonly PostgresColumn[] }>
}

/** The query again, to be awaited. */
export interface PostgresAnswer<T> extends PromiseLike<T> {
  /** The server works on it: those sent before it are answered. */
  readonly active: boolean
  /** Asks the server, on a connection of its own, to give the query up; rejects where that cannot be asked. */
  readonly canceller: ((query: PostgresAnswer<unknown>) => Promise<void>) | null
}

export interface PostgresRows extends ReadonlyArray<readonly Cell[]> {
  readonly count: number | null
  readonly command: string
  /** Absent where the command gives no rows. */
  readonly columns?: readonly PostgresColumn[] | null
}

export interface PostgresColumn {
  readonly name: string
  readonly type: number
  readonly table: number
  readonly number: number
}

/** For the name, the socket, TLS and the login together. */
export const CONNECT_TIMEOUT_MS = 5_000

export interface PostgresClientOptions {
  readonly server: PostgresServer
  readonly limits: Limits
  /** Called each time that the connection is gone. */
  readonly onClose: () => void
  /** Sees what the server sends, where the connection is one of `server.connect`. */
  readonly tap: RowTap
}

/** Makes a client that opens one connection. */
export function createPostgresClient({ server, limits, onClose, tap }: PostgresClientOptions): PostgresClient {
  const { url, host, ssl, connect } = server
  const client = postgres(url, {
    // Not behind TLS, which the client speaks by itself, nor where it has several hosts to choose from.
    ...(connect === undefined || ssl !== false || hasSeveralHosts(url) ? {} : { socket: connectBy(connect, tap) }),
    ...(host === null ? {} : { host }),
    max: 1,
    ssl,
    prepare: true,
    // Types are asked for by our own catalog, once for the app and not once for each connection.
    fetch_types: false,
    connect_timeout: CONNECT_TIMEOUT_MS / 1000,
    // Null: no timer of the client ends a connection; the package's types forget that it takes it.
    idle_timeout: null as unknown as undefined,
    max_lifetime: null,
    onnotice: () => undefined,
    onclose: onClose,
    connection: sessionSettings(limits),
  })
  forgetTypes(client)
  // The same object, by the names above: the contract suite runs each of them.
  return client as unknown as PostgresClient
}

/** What the client has read of its URL. */
interface ClientTarget {
  readonly host: readonly string[]
  readonly port: readonly number[]
  readonly path: string | false
}

function connectBy(connect: Connect, tap: RowTap): (target: ClientTarget) => Promise<Duplex> {
  return ({ host: [host = ''], port: [port = 0], path }) =>
    connect(path === false ? { host, port } : { path }, tap.filter, CONNECT_TIMEOUT_MS)
}

function hasSeveralHosts(url: string): boolean {
  return /^[^:]*:\/\/(?:[^@/]*@)?[^/?]*,/.test(url)
}

/** Sent when the connection opens: text of values must not depend on the server, and nothing may wait for ever. */
function sessionSettings(limits: Limits): Record<string, string> {
  return {
    application_name: 'guichet',
    TimeZone: 'UTC',
    DateStyle: 'ISO, MDY',
    IntervalStyle: 'postgres',
    bytea_output: 'hex',
    extra_float_digits: '1',
    statement_timeout: String(limits.statementTimeoutMs),
    lock_timeout: String(limits.lockTimeoutMs),
    idle_in_transaction_session_timeout: String(limits.idleTransactionTimeoutMs),
  }
}

/** Without parsers and serializers every value passes as the text that the server sent or takes. */
function forgetTypes({ options }: { readonly options: { parsers: object; serializers: object } }): void {
  for (const table of [options.parsers, options.serializers]) {
    for (const oid of Object.keys(table)) Reflect.deleteProperty(table, oid)
  }
}
