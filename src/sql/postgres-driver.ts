import type { Limits } from '../core/limits.ts'
import type { Cell, Description, Driver, PoolUsage, RawResult, Transaction, TransactionOptions } from './driver.ts'
import type { PostgresConnection } from './postgres-connection.ts'
import { PostgresPool } from './postgres-pool.ts'
import type { PostgresServer } from './postgres-server.ts'
import { PostgresTransaction } from './postgres-transaction.ts'
import { parsePostgresUrl } from './postgres-url.ts'
import { busyError } from './sql-error.ts'
import { formatBegin } from './transaction-text.ts'

/** Statements with more text than this get a connection of their own: a full buffer would hold others back. */
const SHARED_CHARS_MAX = 2 * 1024

export interface OpenPostgresOptions extends Pick<PostgresServer, 'connect' | 'packedBytesMin'> {
  readonly limits: Limits
}

/**
 * Opens a pool of connections to a PostgreSQL server, and waits until one works. Throws a `ConfigError` on a URL that
 * cannot be used, and a `SqlError` when the server cannot be reached.
 */
export async function openPostgres(url: string, { limits, ...server }: OpenPostgresOptions): Promise<Driver> {
  const driver = new PostgresDriver(new PostgresPool({ ...parsePostgresUrl(url), ...server }, limits))
  try {
    await driver.script('SELECT 1')
    return driver
  } catch (error) {
    await driver.close()
    throw error
  }
}

class PostgresDriver implements Driver {
  readonly name = 'postgres'
  readonly #pool: PostgresPool
  #closing: Promise<void> | null = null

  constructor(pool: PostgresPool) {
    this.#pool = pool
  }

  run(text: string, values: readonly Cell[], signal?: AbortSignal): Promise<RawResult> {
    // A text that no connection knows is shared with nobody.
    const connection = this.#pool.share(countChars(text, values) > SHARED_CHARS_MAX ? '' : text)
    if (signal !== undefined) return this.#runUntil(signal, connection, { text, values })
    return connection instanceof Promise
      ? connection.then((free) => this.#runOn(free, text, values))
      : this.#runOn(connection, text, values)
  }

  async runMany(text: string, lists: readonly (readonly Cell[])[]): Promise<number> {
    const transaction = await this.begin()
    try {
      const affected = await transaction.runMany(text, lists)
      await transaction.commit()
      return affected
    } catch (error) {
      await transaction.rollback()
      throw error
    }
  }

  usage(): PoolUsage {
    return this.#pool.usage()
  }

  script(text: string): Promise<void> {
    return this.#lend(async (connection) => {
      try {
        await connection.script(text)
      } finally {
        // A text that begins a transaction would leave it to the next one; where there is none this does nothing.
        if (!connection.isLost) await connection.script('ROLLBACK')
      }
    })
  }

  describe(text: string): Promise<Description> {
    return this.#lend((connection) => connection.describe(text))
  }

  async *stream(text: string, values: readonly Cell[], batchRows: number): AsyncGenerator<RawResult, void, undefined> {
    const transaction = await this.begin()
    try {
      yield* transaction.stream(text, values, batchRows)
      await transaction.commit()
    } finally {
      await transaction.rollback()
    }
  }

  async begin(options: TransactionOptions = {}): Promise<Transaction> {
    const connection = await this.#pool.take()
    const { isolation, readonly, statementTimeoutMs } = options
    const begin = formatBegin(options)
    let begun: Promise<unknown> = Promise.resolve()
    if (isolation === undefined && readonly === undefined && statementTimeoutMs === undefined) {
      // Not waited for: the first statement follows in the same packet. A plain BEGIN fails only when the connection is
      // lost, and what was sent behind it is lost then too.
      begun = connection.script(begin).catch(() => undefined)
    } else {
      await this.#begin(connection, begin, statementTimeoutMs)
    }
    return new PostgresTransaction(connection, begun, () => this.#pool.release(connection))
  }

  async #begin(connection: PostgresConnection, begin: string, timeoutMs: number | undefined): Promise<void> {
    try {
      if (timeoutMs !== undefined) connection.setTimeoutMs(timeoutMs)
      await connection.script(
        timeoutMs === undefined ? begin : `${begin}; SET LOCAL statement_timeout = ${Math.trunc(timeoutMs)}`,
      )
    } catch (error) {
      // Whatever state it is in, nobody else gets it.
      connection.destroy()
      throw error
    }
  }

  close(): Promise<void> {
    this.#closing ??= this.#pool.close()
    return this.#closing
  }

  async #runOn(connection: PostgresConnection, text: string, values: readonly Cell[]): Promise<RawResult> {
    try {
      return await connection.run(text, values)
    } finally {
      this.#pool.release(connection)
    }
  }

  async #runUntil(
    signal: AbortSignal,
    waiting: PostgresConnection | Promise<PostgresConnection>,
    { text, values }: { readonly text: string; readonly values: readonly Cell[] },
  ): Promise<RawResult> {
    const connection = await waiting
    const giveUp = (): void => connection.cancelAlone()
    signal.addEventListener('abort', giveUp)
    try {
      if (signal.aborted) throw busyError('nobody waits for the statement any more')
      return await connection.run(text, values)
    } finally {
      // Before anybody else gets the connection.
      signal.removeEventListener('abort', giveUp)
      this.#pool.release(connection)
    }
  }

  async #lend<T>(use: (connection: PostgresConnection) => Promise<T>): Promise<T> {
    const connection = await this.#pool.take()
    try {
      return await use(connection)
    } finally {
      this.#pool.release(connection)
    }
  }
}

function countChars(text: string, values: readonly Cell[]): number {
  let chars = text.length
  for (const value of values) chars += value?.length ?? 0
  return chars
}
