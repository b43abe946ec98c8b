import type { AuditRecord } from './record.ts'

/** One line of a record for a person: `12:31:07 200 GET /object/:oid calvin (basic) owned(oid=1) 3.1 ms`. */
export function formatReadable(record: AuditRecord): string {
  const who = record.user === null ? 'nobody' : `${record.user} (${record.scheme ?? '?'})`
  const parts = [formatClock(record.atMs), String(record.status), record.method, record.route ?? record.path ?? '', who]
  if (record.object !== null) parts.push(record.object)
  if (record.code !== null) parts.push(record.code)
  return escapeControls(`${parts.filter((part) => part !== '').join(' ')} ${record.durationMs} ms`)
}

/** The same for records that are missing. */
export function formatReadableGap(atMs: number, lost: number): string {
  return `${formatClock(atMs)} ${lost} records are missing: they could not be written`
}

function formatClock(atMs: number): string {
  return new Date(atMs).toISOString().slice(11, 19)
}

// A name or a path with a line end would forge a line; an escape sequence would repaint the terminal.
// eslint-disable-next-line no-control-regex -- control characters are what it is about
const CONTROLS = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/g

/** Text of a peer as it may be shown on a terminal: control characters as `\u001b`. */
export function escapeControls(text: string): string {
  return text.replace(CONTROLS, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`)
}
