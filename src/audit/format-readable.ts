import type { AuditRecord } from './record.ts'

/** One line of a record for a person: `12:31:07 200 GET /object/:oid calvin (basic) owned(oid=1) 3 ms`. */
export function formatReadable(record: AuditRecord): string {
  const clock = new Date(record.atMs).toISOString().slice(11, 19)
  const who = record.user === null ? 'nobody' : `${record.user} (${record.scheme ?? '?'})`
  const parts = [clock, String(record.status), record.method, record.route ?? record.path ?? '', who]
  if (record.object !== null) parts.push(record.object)
  if (record.code !== null) parts.push(record.code)
  return `${parts.filter((part) => part !== '').join(' ')} ${record.durationMs} ms`
}
