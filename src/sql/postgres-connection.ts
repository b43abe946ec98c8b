import type { Limits } from '../core/limits.ts'
import type { ColumnCache } from './column-cache.ts'
import type { Cell, Description, RawResult } from './driver.ts'
import { PackedResult } from './packed-result.ts'
import { CONNECT_TIMEOUT_MS, createPostgresClient } from './postgres-client.ts'
import type { PostgresAnswer, PostgresClient, PostgresRows } from './postgres-client.ts'
import { readPostgresError } from './postgres-error.ts'
import type { PostgresServer } from './postgres-server.ts'
import { RowTap } from './row-tap.ts'
import { lostError, SqlError } from './sql-error.ts'

/** The server says first that a statement takes too long; our timer is for a server that says nothing at all. */
const GRACE_MS = 500
const CLOSE_TIMEOUT_S = 5
/** The client tells nearly all statements of a lost connection by itself, and why. */
const FORGOTTEN_MS = 100
/** A statement that takes longer on average gets a connection alone, so that short ones do not wait behind it. */
const QUICK_MS = 25
/** Nor does one wait behind a statement that takes longer this time. */
const SHARE_AGE_MS = 5

/** A statement in flight. */
interface Running {
  readonly query: PostgresAnswer<unknown>
  /** Ends it with an error of the client; null: the connection went without a word of it. */
  readonly fail: (error: unknown) => void
}

export interface PostgresConnectionOptions {
  readonly server: PostgresServer
  readonly limits: Limits
  readonly columns: ColumnCache
  /** Called once, when the connection is gone. */
  readonly onLost: (connection: PostgresConnection) => void
}

/**
 * One connection to the server, never opened again: a statement of a transaction that waited behind a lost connection
 * would else run alone on the next one.
 */
export class PostgresConnection {
  readonly #client: PostgresClient
  readonly #tap: RowTap
  readonly #columns: ColumnCache
  readonly #limitMs: number
  readonly #onLost: (connection: PostgresConnection) => void
  /** Statements that the server has prepared, with how long each takes lately, in milliseconds. */
  readonly #prepared = new Map<string, number>()
  /** How many have it now: one transaction, or the statements that share it. The pool counts. */
  users = 0
  #isLost = false
  #isTimedOut = false
  #isSpent = false
  #timeoutMs: number
  #headSince = 0
  /** In the order in which they were sent. */
  readonly #running = new Set<Running>()
  #areAllQuick = true

  private constructor({ server, limits, columns, onLost }: PostgresConnectionOptions) {
    this.#columns = columns
    this.#onLost = onLost
    this.#limitMs = limits.statementTimeoutMs
    this.#timeoutMs = limits.statementTimeoutMs
    this.#tap = new RowTap(server.packedBytesMin)
    this.#client = createPostgresClient({ server, limits, onClose: () => this.#lose(), tap: this.#tap })
  }

  /** Connects; fails with `SQL_UNAVAILABLE`. */
  static async open(options: PostgresConnectionOptions): Promise<PostgresConnection> {
    const connection = new PostgresConnection(options)
    // The client bounds one attempt, and makes others by itself where the server closes without a word.
    const timer = setTimeout(() => connection.destroy(), CONNECT_TIMEOUT_MS)
    try {
      // The first query of a client is what connects it; from then on each query is sent at once, or fails.
      await connection.script('SELECT 1')
      return connection
    } catch (error) {
      connection.destroy()
      throw error
    } finally {
      clearTimeout(timer)
    }
  }

  get isLost(): boolean {
    return this.#isLost
  }

  /** True when nobody else should get it: a prepared statement no longer fits the schema, or a transaction is open. */
  get isSpent(): boolean {
    return this.#isSpent
  }

  isPrepared(text: string): boolean {
    return this.#prepared.has(text)
  }

  async run(text: string, values: readonly Cell[]): Promise<RawResult> {
    const query = this.#client.unsafe(text, values, { prepare: true, simple: false })
    const rows = await this.#send(query.values(), text)
    if (!this.#prepared.has(text)) this.#prepared.set(text, 0)
    // A statement that begins a transaction on its own would leave it to the next one.
    if (rows.command === 'BEGIN' || rows.command === 'START TRANSACTION') this.#isSpent = true
    return this.#toResult(text, rows)
  }

  async runOnce(text: string, values: readonly Cell[]): Promise<RawResult> {
    const query = this.#client.unsafe(text, values, { prepare: false, simple: values.length === 0 })
    return this.#toResult(text, await this.#send(query.values(), text))
  }

  /** Gives the tag of the last command. */
  async script(text: string): Promise<string> {
    const result = await this.#send(this.#client.unsafe(text, [], { prepare: false, simple: true }).values(), text)
    const hasSeveral = Array.isArray(result[0]) && 'command' in result[0]
    // A list of results where there are several commands, else the one result.
    const results = hasSeveral ? (result as unknown as readonly PostgresRows[]) : [result]
    // Nobody asks for the rows of a script.
    for (const rows of results) this.#tap.take(rows[0]?.[0])
    return results.at(-1)?.command ?? ''
  }

  async describe(text: string): Promise<Description> {
    const query = this.#client.unsafe(text, [], { prepare: true, simple: false })
    const { types, columns } = await this.#send(query.describe(), text)
    return { parameters: types, columns: this.#columns.intern(text, columns) }
  }

  /** True when one more statement may be sent behind those in flight: all of them are short, and were sent just now. */
  isOpenTo(text: string, now: number): boolean {
    return !this.#isSpent && this.#areAllQuick && this.#isQuick(text) && now - this.#headSince < SHARE_AGE_MS
  }

  #isQuick(text: string): boolean {
    return (this.#prepared.get(text) ?? QUICK_MS) < QUICK_MS
  }

  /** How long one statement may take from now on, the server's own bound being set by the caller; 0: no bound. */
  setTimeoutMs(timeoutMs: number | null): void {
    this.#timeoutMs = timeoutMs ?? this.#limitMs
  }

  /** Cuts a connection whose server does not answer; what runs fails with `SQL_TIMEOUT`. */
  checkTimeout(now: number): void {
    if (this.#timeoutMs === 0 || this.#running.size === 0 || this.#isLost) return
    if (now - this.#headSince <= this.#timeoutMs + GRACE_MS) return
    this.#isTimedOut = true
    this.destroy()
  }

  /**
   * Asks the server to give up the statement that runs. The request may come late and hit the next one, so nobody else
   * gets the connection.
   */
  cancel(): void {
    const [first] = this.#running
    // The package loses count where it is asked to cancel one that still waits for its turn.
    if (first?.query.active !== true) return
    this.#isSpent = true
    // Where it cannot be asked, the bounds of the statement hold.
    first.query.canceller?.(first.query).catch(() => undefined)
  }

  /** The same, where no statement of anybody else could be hit. */
  cancelAlone(): void {
    if (this.users === 1) this.cancel()
  }

  /** Lets what runs end, then closes. */
  async close(): Promise<void> {
    await this.#client.end({ timeout: CLOSE_TIMEOUT_S })
  }

  /** Closes at once; what runs fails. */
  destroy(): void {
    void this.#client.end({ timeout: 0 })
    this.#lose()
  }

  #lose(): void {
    if (this.#isLost) return
    this.#isLost = true
    this.#onLost(this)
    // The client forgets statements that are sent between the error of a socket and its end: they would wait for ever.
    if (this.#running.size > 0) setTimeout(() => this.#giveUp(), FORGOTTEN_MS)
  }

  #giveUp(): void {
    for (const { fail } of this.#running) fail(null)
  }

  #send<T>(query: PostgresAnswer<T>, text: string): Promise<T> {
    if (this.#isLost) return Promise.reject(lostError('the connection is lost'))
    if (this.#running.size === 0) {
      this.#headSince = performance.now()
      this.#areAllQuick = true
    }
    if (!this.#isQuick(text)) this.#areAllQuick = false
    return new Promise((resolve, reject) => {
      const end = (): boolean => {
        if (!this.#running.delete(running)) return false
        this.#measure(text)
        return true
      }
      const fail = (error: unknown): void => {
        if (end()) reject(this.#read(error, text))
      }
      const running = { query, fail }
      this.#running.add(running)
      query.then((value) => {
        if (end()) resolve(value)
      }, fail)
    })
  }

  /** Answers come in the order of the statements: the time since the last one is that of this one. */
  #measure(text: string): void {
    const now = performance.now()
    const average = this.#prepared.get(text)
    if (average !== undefined) this.#prepared.set(text, average + (now - this.#headSince - average) / 8)
    this.#headSince = now
  }

  #read(error: unknown, text: string): Error {
    const read = readPostgresError(error, this.#isTimedOut)
    if (!(read instanceof SqlError)) return read
    if (this.#prepared.has(text) && /^(?:42|0A)/.test(read.sqlstate)) this.#isSpent = true
    // Nothing is sent behind it: the client would send it on a new connection, outside its transaction.
    if (read.source === 'network') this.destroy()
    return read
  }

  #toResult(text: string, rows: PostgresRows): RawResult {
    const columns = rows.columns ? this.#columns.intern(text, rows.columns) : []
    const packed = this.#tap.take(rows[0]?.[0])
    if (packed !== null) return new PackedResult(columns, packed, rows.count ?? 0)
    // A plain array: the package has a class of its own, whose `slice` is slow.
    const plain: (readonly Cell[])[] = []
    for (const row of rows) plain.push(row)
    return { columns, rows: plain, affected: rows.count ?? 0 }
  }
}
