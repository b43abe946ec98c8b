/** What one call left behind: who did what when, and what was answered. Never a secret, never a parameter value. */
export interface AuditRecord {
  /** When the call came, milliseconds since 1970. */
  readonly atMs: number
  readonly id: string
  readonly transport: string
  readonly method: string
  /** Pattern of the route (`/object/:oid`); null where none matched. */
  readonly route: string | null
  /** Path as sent, only where no route matched. */
  readonly path: string | null
  readonly rule: string | null
  /** What an object permission decided about: `owned(oid=12)`. */
  readonly object: string | null
  readonly user: string | null
  readonly scheme: string | null
  /** Address of the client. */
  readonly peer: string
  readonly status: number
  /** Code of the refusal or fault; null for success. */
  readonly code: string | null
  /** Why, where the peer was told less. */
  readonly reason: string | null
  readonly durationMs: number
}

/** Runs one statement in the transaction of the call. */
export type RunStatement = (text: string, values: readonly (string | null)[]) => Promise<unknown>

/** Where audit records go. */
export interface AuditSink {
  readonly name: string
  /** Takes a record; never throws and never waits. `isCommitted`: `commit` has written it already. */
  record(record: AuditRecord, isCommitted: boolean): void
  /** Writes the record of a change in the transaction of that change; absent where the sink is no table. */
  readonly commit?: (record: AuditRecord, run: RunStatement) => Promise<void>
  /** Writes what is still in memory. */
  flush(): Promise<void>
  close(): Promise<void>
}
