import { mkdirSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import type { Limits } from '../core/limits.ts'
import { readCursor } from './cursor.ts'
import { lockDirectory } from './directory-lock.ts'
import type { DirectoryLock } from './directory-lock.ts'
import type { Cell, Description, Driver, RawResult, Transaction, TransactionOptions } from './driver.ts'
import { importPglite } from './pglite-package.ts'
import type { Pglite } from './pglite-package.ts'
import { PgliteSession } from './pglite-session.ts'
import { PgliteTransaction } from './pglite-transaction.ts'
import { formatBegin } from './transaction-text.ts'
import { WaitQueue } from './wait-queue.ts'

export interface PgliteOptions {
  readonly limits: Limits
  /** A database saved by `snapshot()`, loaded into a new directory or into memory. */
  readonly snapshot?: Uint8Array
}

/** The embedded PostgreSQL. */
export interface PgliteDriver extends Driver {
  /** The whole database, for `snapshot` of another `openPglite`. */
  snapshot(): Promise<Uint8Array>
}

// Text of values must not depend on the machine.
const SETTINGS = `
SET TimeZone = 'UTC'; SET DateStyle = 'ISO, MDY'; SET IntervalStyle = 'postgres';
SET bytea_output = 'hex'; SET extra_float_digits = 1;`

/**
 * Opens the embedded PostgreSQL in a directory (created when missing, and held alone), or in memory when it is null.
 * Throws a `DirectoryHeldError` when another process has it, and a `ConfigError` when the package is not installed.
 */
export async function openPglite(directory: string | null, options: PgliteOptions): Promise<PgliteDriver> {
  const { PGlite, protocol } = await importPglite()
  const path = directory === null ? null : resolve(directory)
  const lock = path === null ? null : lockDirectory(path)
  try {
    if (path !== null) mkdirSync(dirname(path), { recursive: true })
    const { snapshot } = options
    const pglite = new PGlite({
      dataDir: path ?? 'memory://',
      relaxedDurability: false,
      // A copy: a Blob takes no view of a buffer that other threads may share.
      ...(snapshot === undefined ? {} : { loadDataDir: new Blob([Uint8Array.from(snapshot)]) }),
    })
    await pglite.waitReady
    const session = new PgliteSession(pglite, protocol)
    await session.script(SETTINGS)
    return new EmbeddedDriver({ pglite, session, lock, limits: options.limits })
  } catch (error) {
    lock?.release()
    throw error
  }
}

interface Parts {
  readonly pglite: Pglite
  readonly session: PgliteSession
  readonly lock: DirectoryLock | null
  readonly limits: Limits
}

/** One connection, lent to one statement or one transaction at a time. */
class EmbeddedDriver implements PgliteDriver {
  readonly name = 'pglite'
  readonly #parts: Parts
  readonly #turns: WaitQueue<PgliteSession>
  #cursors = 0
  #closing: Promise<void> | null = null

  constructor(parts: Parts) {
    this.#parts = parts
    this.#turns = new WaitQueue(parts.limits)
    this.#turns.give(parts.session)
  }

  run(text: string, values: readonly Cell[]): Promise<RawResult> {
    return this.#lend((session) => session.run(text, values))
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

  script(text: string): Promise<void> {
    return this.#lend(async (session) => {
      await session.script(text)
    })
  }

  describe(text: string): Promise<Description> {
    return this.#lend((session) => session.describe(text))
  }

  /** The server keeps the rows, so that others may run between two batches: there is only one connection. */
  stream(text: string, values: readonly Cell[], batchRows: number): AsyncIterable<RawResult> {
    this.#cursors += 1
    const name = `guichet_held_${this.#cursors}`
    const host = {
      runOnce: (fetch: string, list: readonly Cell[]): Promise<RawResult> =>
        this.#lend((session) => session.runOnce(fetch, list)),
    }
    return readCursor(host, { name, text, values, batchRows, isHeld: true })
  }

  async begin(options: TransactionOptions = {}): Promise<Transaction> {
    const session = await this.#turns.take()
    try {
      await session.script(formatBegin(options))
    } catch (error) {
      this.#turns.give(session)
      throw error
    }
    const idleMs = this.#parts.limits.idleTransactionTimeoutMs
    return new PgliteTransaction(session, { idleMs, onEnd: () => this.#turns.give(session) })
  }

  snapshot(): Promise<Uint8Array> {
    return this.#lend(async () => new Uint8Array(await (await this.#parts.pglite.dumpDataDir('none')).arrayBuffer()))
  }

  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #close(): Promise<void> {
    const { pglite, lock } = this.#parts
    // Waits for what runs, and for nobody longer than for a connection: a transaction left open is rolled back by the
    // recovery of the next start.
    await this.#turns.take().catch(() => undefined)
    this.#turns.close()
    await pglite.close()
    lock?.release()
  }

  async #lend<T>(use: (session: PgliteSession) => Promise<T>): Promise<T> {
    const session = this.#turns.tryTake() ?? (await this.#turns.take())
    try {
      return await use(session)
    } finally {
      // A text that begins a transaction would leave it to the next one.
      if (session.isInTransaction) await session.script('ROLLBACK')
      this.#turns.give(session)
    }
  }
}
