import type { AuditRecord } from './record.ts'

/**
 * One JSON line of a record, without its line end. Fields that are null are left out. Built by hand: one line is made
 * for each call, and what rarely changes (routes, rules, codes, users) is quoted once.
 */
export function formatLine(record: AuditRecord): string {
  let line = `{"at":"${formatInstant(record.atMs)}","id":"${record.id}","status":${record.status},"ms":${record.durationMs}`
  line += `,"method":${quote(record.method)},"peer":${quote(record.peer)}`
  if (record.transport !== 'http') line += `,"transport":"${record.transport}"`
  if (record.route !== null) line += `,"route":${quote(record.route)}`
  if (record.path !== null) line += `,"path":${JSON.stringify(record.path.slice(0, PATH_CHARS))}`
  if (record.rule !== null) line += `,"rule":${quote(record.rule)}`
  if (record.user !== null) line += `,"user":${quote(record.user)}`
  if (record.scheme !== null) line += `,"scheme":${quote(record.scheme)}`
  if (record.object !== null) line += `,"object":${JSON.stringify(record.object)}`
  if (record.code !== null) line += `,"code":"${record.code}"`
  if (record.reason !== null) line += `,"reason":${JSON.stringify(record.reason)}`
  return `${line}}`
}

/** Characters of a path that no route matched. */
const PATH_CHARS = 200

const quoted = new Map<string, string>()
const QUOTED_MAX = 5_000

function quote(text: string): string {
  let json = quoted.get(text)
  if (json === undefined) {
    json = JSON.stringify(text)
    if (quoted.size >= QUOTED_MAX) quoted.clear()
    quoted.set(text, json)
  }
  return json
}

let second = -1
let prefix = ''

/** ISO 8601 UTC with milliseconds; the part up to the second is kept while it stays. */
function formatInstant(atMs: number): string {
  const whole = Math.floor(atMs / 1000)
  if (whole !== second) {
    second = whole
    prefix = new Date(whole * 1000).toISOString().slice(0, 20)
  }
  const ms = Math.floor(atMs - whole * 1000)
  return `${prefix}${ms < 10 ? '00' : ms < 100 ? '0' : ''}${ms}Z`
}
