import type { AuditRecord } from './record.ts'

/** Characters of a field that a peer or the database words: a line stays a line, whatever they send. */
const TEXT_CHARS = 500
const PATH_CHARS = 200
const METHOD_CHARS = 40

/**
 * One JSON line of a record, without its line end. Fields that are null are left out. Built by hand: one line is made
 * for each call, and what rarely changes (routes, rules, codes, users) is quoted once.
 */
export function formatLine(record: AuditRecord): string {
  let line = `{"at":"${formatInstant(record.atMs)}","id":${quote(record.id)},"status":${record.status},"ms":${record.durationMs}`
  line += `,"method":${keep(shorten(record.method, METHOD_CHARS))},"peer":${keep(record.peer)}`
  if (record.transport !== 'http') line += `,"transport":${keep(record.transport)}`
  if (record.route !== null) line += `,"route":${keep(record.route)}`
  if (record.path !== null) line += `,"path":${quote(shorten(record.path, PATH_CHARS))}`
  if (record.rule !== null) line += `,"rule":${keep(record.rule)}`
  if (record.user !== null) line += `,"user":${keep(shorten(record.user, TEXT_CHARS))}`
  if (record.scheme !== null) line += `,"scheme":${keep(record.scheme)}`
  if (record.object !== null) line += `,"object":${quote(shorten(record.object, TEXT_CHARS))}`
  if (record.code !== null) line += `,"code":${keep(record.code)}`
  if (record.reason !== null) line += `,"reason":${quote(shorten(record.reason, TEXT_CHARS))}`
  return `${line}}`
}

/** The line that stands where records are missing. */
export function formatGap(atMs: number, lost: number): string {
  return `{"at":"${formatInstant(atMs)}","lost":${lost}}`
}

function shorten(text: string, charsMax: number): string {
  return text.length <= charsMax ? text : `${text.slice(0, charsMax)}…`
}

/** Nearly all text: it needs nothing. */
const PLAIN = /^[\w .:/()=-]*$/
// JSON leaves these as they are: some terminals obey C1 controls, some readers end a line at U+2028.
const UNSAFE = /[\u007f-\u009f\u2028\u2029]/g

function quote(text: string): string {
  if (PLAIN.test(text)) return `"${text}"`
  const json = JSON.stringify(text)
  return json.replace(UNSAFE, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`)
}

const quoted = new Map<string, string>()
const QUOTED_MAX = 5_000
const QUOTED_CHARS_MAX = 100

/** The same for what comes again and again. */
function keep(text: string): string {
  let json = quoted.get(text)
  if (json === undefined) {
    json = quote(text)
    if (text.length > QUOTED_CHARS_MAX) return json
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
