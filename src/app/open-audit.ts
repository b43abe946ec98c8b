import { mkdirSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import type { AuditSink } from '../audit/record.ts'
import type { Services } from '../core/services.ts'
import type { Database } from '../sql/database.ts'
import { refusalOfSqlError } from '../sql/sql-error.ts'
import type { AppDefinition } from './guichet.ts'
import type { Settings } from './settings.ts'

/** Where the records of calls go. */
export interface AuditOptions {
  /** A file of JSON lines, from the app's folder; `.guichet/audit.jsonl` by default, `false` for none. */
  readonly file?: string | false
  /** Also lines on standard output: JSON in production, readable elsewhere. */
  readonly stdout?: boolean
  /** Also the table `guichet_audit`, in the transaction of each change. */
  readonly table?: boolean
  /** Seals the lines of the file, so that a removed or altered one shows: `guichet audit verify`. */
  readonly sealed?: boolean
}

export interface OpenAuditOptions {
  readonly settings: Settings
  readonly services: Services
  readonly database: Database<unknown> | null
}

const OFF: AuditOptions = { file: false }

/** What code and `GUICHET_AUDIT` say together; the environment wins. */
export function auditOptions({ options }: AppDefinition, settings: Settings): AuditOptions {
  const setting = settings.values.GUICHET_AUDIT
  const declared: AuditOptions = typeof options.audit === 'object' ? options.audit : options.audit === true ? {} : OFF
  if (setting === '') return declared
  if (setting === 'off') return OFF
  return setting === 'stdout' ? { ...declared, file: false, stdout: true } : { ...declared, file: resolve(setting) }
}

/** Path of the file of records; null where there is none. */
export function auditFile(definition: AppDefinition, options: AuditOptions): string | null {
  if (options.file === false) return null
  return resolve(definition.directory, options.file ?? join('.guichet', 'audit.jsonl'))
}

/** Opens all sinks that the app asks for; null where it asks for none. */
export async function openAudit(definition: AppDefinition, boot: OpenAuditOptions): Promise<AuditSink | null> {
  const { services, database } = boot
  const options = auditOptions(definition, boot.settings)
  const onError = (error: unknown, lost = 0): void =>
    services.log.error({ error: String(error), lost }, 'the audit could not be written')
  const file = auditFile(definition, options)
  if (file === null && options.stdout !== true && options.table !== true) return null
  const { createLineSink } = await import('../audit/line-sink.ts')
  const sinks: AuditSink[] = []
  if (file !== null) {
    mkdirSync(dirname(file), { recursive: true })
    const waitingCharsMax = services.limits.auditWaitingCharsMax
    const sealKey = options.sealed === true ? services.keyring.current('audit') : null
    sinks.push(createLineSink({ target: file, sealKey, waitingCharsMax, onError }))
  }
  if (options.stdout === true) sinks.push(createLineSink({ target: 1, isReadable: !services.isProduction, onError }))
  if (options.table === true && database !== null) {
    const { AUDIT_TABLE, createTableSink } = await import('../audit/table-sink.ts')
    await database.driver.script(AUDIT_TABLE)
    const isPassing = (error: unknown): boolean => refusalOfSqlError(error)?.status === 503
    const waitingMax = services.limits.auditWaitingRecordsMax
    sinks.push(
      createTableSink({ run: (text, values) => database.driver.run(text, values), isPassing, waitingMax, onError }),
    )
  }
  const { joinSinks } = await import('../audit/join-sinks.ts')
  return sinks.length === 0 ? null : joinSinks(sinks)
}
