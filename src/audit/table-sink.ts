import { defaultLimits } from '../core/limits.ts'
import { escapeControls } from './format-readable.ts'
import type { AuditRecord, AuditSink, RunStatement } from './record.ts'

const COLUMNS = [
  'id TEXT NOT NULL',
  'at TIMESTAMPTZ NOT NULL',
  'transport TEXT NOT NULL',
  'method TEXT NOT NULL',
  'route TEXT',
  'path TEXT',
  'rule TEXT',
  'object TEXT',
  'login TEXT',
  'scheme TEXT',
  'peer TEXT NOT NULL',
  'status INTEGER NOT NULL',
  'code TEXT',
  'reason TEXT',
  'ms REAL NOT NULL',
]

/** The table that `createTableSink` writes to. */
export const AUDIT_TABLE: string = `
CREATE TABLE IF NOT EXISTS guichet_audit (${COLUMNS.join(', ')});
CREATE INDEX IF NOT EXISTS guichet_audit_at ON guichet_audit (at);
`

const NAMES = COLUMNS.map((column) => column.split(' ', 1)[0]).join(', ')
const TYPES = COLUMNS.map((column) => column.replace(' NOT NULL', '')).join(', ')
/** Many records by one statement, whose text is always the same. */
const INSERT = `INSERT INTO guichet_audit (${NAMES}) SELECT ${NAMES} FROM json_to_recordset($1::json) AS record (${TYPES})`

export interface TableSinkOptions {
  /** Runs a statement outside the transactions of calls. */
  readonly run: RunStatement
  /** True where the same statement may work later: the database is away or too busy. */
  readonly isPassing: (error: unknown) => boolean
  /** Records that wait for the database; more are lost. */
  readonly waitingMax?: number
  /** Told when writing begins to fail, and how many records are lost for good. */
  readonly onError: (error: unknown, lostRecords: number) => void
}

const BATCH_MAX = 200
const RETRY_MS = 500

/**
 * An audit sink in a table. The record of a change is written in the transaction of that change: either both are there
 * or none. Refusals and reading calls are written on their own, in their order, so that they survive a rollback; they
 * wait while the database is away.
 */
export function createTableSink(options: TableSinkOptions): AuditSink {
  const queue = new RecordQueue(options)
  return {
    name: 'table',
    commit: async (record, runInTransaction) => {
      await runInTransaction(INSERT, [formatRows([record])])
    },
    record: (record, isCommitted) => {
      if (!isCommitted) queue.add(record)
    },
    flush: () => queue.flush(),
    close: () => queue.close(),
  }
}

class RecordQueue {
  readonly #options: TableSinkOptions
  readonly #waitingMax: number
  #waiting: AuditRecord[] = []
  #writing: Promise<void> | null = null
  #timer: NodeJS.Timeout | null = null
  #isFailing = false
  #lost = 0

  constructor(options: TableSinkOptions) {
    this.#options = options
    this.#waitingMax = options.waitingMax ?? defaultLimits.auditWaitingRecordsMax
  }

  add(record: AuditRecord): void {
    if (this.#waiting.length >= this.#waitingMax) {
      this.#lost++
      return
    }
    this.#waiting.push(record)
    if (!this.#isFailing) this.#start()
  }

  async flush(): Promise<void> {
    do {
      this.#start()
      await this.#writing
    } while (this.#waiting.length > 0 && !this.#isFailing)
  }

  async close(): Promise<void> {
    await this.flush()
    if (this.#timer !== null) clearTimeout(this.#timer)
    const lost = this.#waiting.length + this.#lost
    if (lost > 0) this.#options.onError(new Error('Cannot audit: the database is away'), lost)
  }

  #start(): void {
    this.#writing ??= this.#drain().finally(() => {
      this.#writing = null
    })
  }

  async #drain(): Promise<void> {
    while (this.#waiting.length > 0) {
      const batch = this.#waiting.slice(0, BATCH_MAX)
      const error = await this.#write(batch)
      if (error !== null && this.#options.isPassing(error)) return this.#retryLater(error)
      this.#waiting.splice(0, batch.length)
      this.#isFailing = false
      if (error !== null) this.#options.onError(error, batch.length)
      else if (this.#lost > 0) this.#tellLost()
    }
  }

  async #write(batch: readonly AuditRecord[]): Promise<unknown> {
    try {
      await this.#options.run(INSERT, [formatRows(batch)])
      return null
    } catch (error) {
      return error
    }
  }

  #retryLater(error: unknown): void {
    if (!this.#isFailing) this.#options.onError(error, 0)
    this.#isFailing = true
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#timer = setTimeout(() => this.#start(), RETRY_MS).unref()
  }

  #tellLost(): void {
    this.#options.onError(new Error('Cannot audit: too many records waited for the database'), this.#lost)
    this.#lost = 0
  }
}

function formatRows(records: readonly AuditRecord[]): string {
  return JSON.stringify(records.map(rowOf))
}

function rowOf({ atMs, durationMs, user, ...record }: AuditRecord): Readonly<Record<string, unknown>> {
  const row = { ...record, at: new Date(atMs).toISOString(), login: user, ms: durationMs }
  // PostgreSQL takes no NUL, and a name of a peer may hold one.
  return Object.fromEntries(
    Object.entries(row).map(([name, value]) => [
      name,
      typeof value === 'string' ? escapeControls(value).toWellFormed() : value,
    ]),
  )
}
