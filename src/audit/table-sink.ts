import type { AuditRecord, AuditSink, RunStatement } from './record.ts'

/** The table that `createTableSink` writes to. */
export const AUDIT_TABLE = `
CREATE TABLE IF NOT EXISTS guichet_audit (
  id        TEXT NOT NULL,
  at        TIMESTAMPTZ NOT NULL,
  transport TEXT NOT NULL,
  method    TEXT NOT NULL,
  route     TEXT,
  path      TEXT,
  rule      TEXT,
  object    TEXT,
  login     TEXT,
  scheme    TEXT,
  peer      TEXT NOT NULL,
  status    INTEGER NOT NULL,
  code      TEXT,
  reason    TEXT,
  ms        INTEGER NOT NULL
);
CREATE INDEX IF NOT EXISTS guichet_audit_at ON guichet_audit (at);
`

const INSERT =
  'INSERT INTO guichet_audit (id, at, transport, method, route, path, rule, object, login, scheme, peer, status, code, reason, ms)' +
  ' VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)'

export interface TableSinkOptions {
  /** Runs a statement outside the transactions of calls. */
  readonly run: RunStatement
  readonly onError: (error: unknown) => void
}

/** Records that wait for the database when it is slow or away; beyond them records are lost, and counted as errors. */
const WAITING_MAX = 10_000

/**
 * An audit sink in a table. The record of a change is written in the transaction of that change: either both are there
 * or none. Refusals and reading calls are written on their own, so that they survive a rollback.
 */
export function createTableSink({ run, onError }: TableSinkOptions): AuditSink {
  let waiting = 0
  let last: Promise<unknown> = Promise.resolve()
  const append = async (record: AuditRecord): Promise<void> => {
    try {
      await run(INSERT, valuesOf(record))
    } catch (error) {
      onError(error)
    } finally {
      waiting--
    }
  }
  return {
    name: 'table',
    commit: async (record, runInTransaction) => {
      await runInTransaction(INSERT, valuesOf(record))
    },
    record: (record, isCommitted) => {
      if (isCommitted) return
      if (waiting >= WAITING_MAX) return onError(new Error(`Cannot audit ${record.id}: ${waiting} records wait already`))
      waiting++
      last = last.then(() => append(record))
    },
    flush: async () => {
      await last
    },
    close: async () => {
      await last
    },
  }
}

function valuesOf(record: AuditRecord): readonly (string | null)[] {
  const { id, transport, method, route, path, rule, object, user, scheme, peer, status, code, reason } = record
  const at = new Date(record.atMs).toISOString()
  const ms = String(Math.round(record.durationMs))
  return [id, at, transport, method, route, path, rule, object, user, scheme, peer, String(status), code, reason, ms]
}
