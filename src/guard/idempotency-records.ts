import type { Clock } from '../core/clock.ts'
import type { Store } from '../store/store.ts'

/** The answer to a call that must not run twice. */
export interface IdempotencyRecord {
  /** What identifies the call: a digest of key, user and route. */
  readonly id: string
  /** Digest of what the call sent. */
  readonly digest: string
  /** The reply, as `formatAnswer` writes it. */
  readonly answer: string
  readonly expiresAtMs: number
}

/** Where answers are kept: in the transaction of the call, so that the change and its answer are there together. */
export interface IdempotencyRecords {
  /** The record, null where there is none or its time has ended. */
  find(id: string): Promise<IdempotencyRecord | null>
  /** False where another call has kept its answer first: then this call must be rolled back. */
  save(record: IdempotencyRecord): Promise<boolean>
}

/** Runs one statement with `$1`, `$2`, …; values and cells are text. */
export type RunSql = (
  text: string,
  values: readonly (string | null)[],
) => Promise<{ readonly rows: readonly (readonly (string | null)[])[]; readonly affected: number }>

/** The table of `createSqlRecords`. */
export const IDEMPOTENCY_TABLE = `
CREATE TABLE IF NOT EXISTS guichet_idempotency (
  id         TEXT PRIMARY KEY,
  digest     TEXT NOT NULL,
  answer     TEXT NOT NULL,
  expires_at BIGINT NOT NULL
);
CREATE INDEX IF NOT EXISTS guichet_idempotency_expires_at ON guichet_idempotency (expires_at);
`

const FIND = 'SELECT digest, answer, expires_at FROM guichet_idempotency WHERE id = $1 AND expires_at > $2'
// An expired record is replaced. Where another transaction saves the same id, this one waits for its end.
const SAVE = `
INSERT INTO guichet_idempotency (id, digest, answer, expires_at) VALUES ($1, $2, $3, $4)
ON CONFLICT (id) DO UPDATE SET digest = excluded.digest, answer = excluded.answer, expires_at = excluded.expires_at
WHERE guichet_idempotency.expires_at <= $5`
const PURGE = 'DELETE FROM guichet_idempotency WHERE expires_at <= $1'

/** Records in the database; `run` belongs to the transaction of the call. */
export function createSqlRecords(run: RunSql, clock: Clock): IdempotencyRecords {
  return {
    find: async (id) => {
      const { rows } = await run(FIND, [id, String(clock.now())])
      const [digest, answer, expiresAt] = rows[0] ?? []
      if (typeof digest !== 'string' || typeof answer !== 'string') return null
      return { id, digest, answer, expiresAtMs: Number(expiresAt) }
    },
    save: async ({ id, digest, answer, expiresAtMs }) => {
      const { affected } = await run(SAVE, [id, digest, answer, String(expiresAtMs), String(clock.now())])
      return affected === 1
    },
  }
}

/** Deletes the records whose time has ended; gives their number. Run it outside any call, every hour or so. */
export async function purgeSqlRecords(run: RunSql, clock: Clock): Promise<number> {
  return (await run(PURGE, [String(clock.now())])).affected
}

/**
 * Records in a store, for an app without a database. They are not in a transaction: a process that dies between the
 * work and its record leaves work that a repetition does again.
 */
export function createStoreRecords(store: Store, clock: Clock): IdempotencyRecords {
  return {
    find: async (id) => {
      const text = await store.get(`idempotency:${id}`)
      // Only `save` writes under this key.
      return text === null ? null : (JSON.parse(text) as IdempotencyRecord)
    },
    save: (record) => {
      const ttlMs = Math.max(1, record.expiresAtMs - clock.now())
      return store.setIfAbsent(`idempotency:${record.id}`, JSON.stringify(record), ttlMs)
    },
  }
}
