import { createReadStream, existsSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { parseArgs } from 'node:util'
import { auditFile, auditOptions } from '../app/open-audit.ts'
import { checkApp } from '../app/boot.ts'
import { readSecrets } from '../app/secret.ts'
import { checkChain } from '../audit/chain.ts'
import { escapeControls } from '../audit/format-readable.ts'
import { createKeyring } from '../core/keyring.ts'
import { type Command, type CommandIo, CommandError, UsageError } from './command.ts'
import { loadApp } from './load-app.ts'
import { readConfig } from './read-config-file.ts'
import { formatTable } from './table.ts'

const help = `guichet audit [verify] FILE [--of FILE] [--user LOGIN] [--since 1h] [--refused] [--json] [--config FILE]

Shows the audit records of an app: who did what, when, by which scheme, and what was answered.

  verify        follows the seals of a sealed audit; exit 1 where a record was removed or altered
  --of FILE     this file of records, where it was moved away; the one to which the app writes by default
  --user LOGIN  only the calls of one user
  --since TIME  only the last 30s, 15m, 1h, 7d
  --refused     only calls that were refused or failed
  --json        the lines as they are
  --config FILE a file of KEY=value lines, as for guichet run

Keep the seal that verify prints: where a later one has another before it, the last records were removed.

Examples:
  guichet audit app.ts --user calvin --since 1h
  guichet audit verify app.ts`

/** `guichet audit app.ts`: who did what when. */
export const auditCommand: Command = {
  name: 'audit',
  help,
  run: async (args, io) => {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        config: { type: 'string' },
        of: { type: 'string' },
        user: { type: 'string' },
        since: { type: 'string' },
        refused: { type: 'boolean', default: false },
        json: { type: 'boolean', default: false },
      },
    })
    const isVerify = positionals[0] === 'verify'
    const path = positionals[isVerify ? 1 : 0]
    if (path === undefined || positionals.length > (isVerify ? 2 : 1))
      throw new UsageError('guichet audit takes the file of an app')
    const definition = await loadApp(path)
    const { settings } = checkApp(definition, await readConfig(io, values.config))
    const declared = auditOptions(definition, settings)
    const file = values.of ?? auditFile(definition, declared)
    if (file === null) throw new CommandError('The app keeps no audit file: declare "audit: true"')
    if (!existsSync(file)) throw new CommandError(`There is no audit yet: ${file} does not exist`)
    if (isVerify) {
      if (declared.sealed !== true && values.of === undefined)
        throw new CommandError('Cannot verify: the app does not seal its records; declare "audit: { sealed: true }"')
      const isProduction = settings.values.NODE_ENV === 'production'
      const { secrets } = readSecrets(
        settings.values.GUICHET_SECRET,
        join(definition.directory, '.guichet'),
        isProduction,
      )
      return verify(file, secrets, io)
    }
    const sinceMs = values.since === undefined ? 0 : Date.now() - parseDuration(values.since)
    await show(file, { user: values.user, sinceMs, isRefusedOnly: values.refused, isJson: values.json }, io)
    return 0
  },
}

const UNITS_MS: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }

function parseDuration(text: string): number {
  const [, count, unit] = /^(\d+)([smhd])$/.exec(text) ?? []
  const unitMs = UNITS_MS[unit ?? '']
  if (count === undefined || unitMs === undefined) throw new UsageError(`"${text}" is no time: say 30s, 15m, 1h or 7d`)
  return Number(count) * unitMs
}

async function verify(file: string, secrets: readonly string[], { stdout }: CommandIo): Promise<number> {
  const report = await checkChain(linesOf(file), createKeyring(secrets).all('audit'))
  if (report.brokenAt === null) {
    const { lines, last, lostRecords, cutLines } = report
    stdout.write(`${lines} records, none removed or altered. Seal of the last: ${last}\n`)
    if (lostRecords > 0) stdout.write(`${lostRecords} more could not be written, and the file says where\n`)
    if (cutLines > 0) stdout.write(`${cutLines} more were cut short when the server was killed\n`)
    return 0
  }
  stdout.write(`Record ${report.brokenAt} does not follow from the one before it: a record was removed or altered\n`)
  return 1
}

interface Filter {
  readonly user: string | undefined
  readonly sinceMs: number
  readonly isRefusedOnly: boolean
  readonly isJson: boolean
}

interface Line {
  readonly at: string
  readonly status: number
  readonly method: string
  readonly ms: number
  readonly route?: string
  readonly path?: string
  readonly user?: string
  readonly scheme?: string
  readonly object?: string
  readonly code?: string
  readonly reason?: string
  /** Records that could not be written at this place; then the line has nothing else. */
  readonly lost?: number
}

async function show(file: string, filter: Filter, { stdout }: CommandIo): Promise<void> {
  const rows: (readonly string[])[] = []
  for await (const text of linesOf(file)) {
    const line = parseLine(text)
    if (line === null || !isWanted(line, filter)) continue
    if (filter.isJson) stdout.write(`${text}\n`)
    else rows.push(formatRow(line))
  }
  if (!filter.isJson) stdout.write(formatTable([['WHEN', 'STATUS', 'MS', 'WHO', 'WHAT', 'OBJECT', 'WHY'], ...rows]))
}

/** Null for a line that a crash cut short. */
function parseLine(text: string): Line | null {
  try {
    return JSON.parse(text) as Line // written by formatLine()
  } catch {
    return null // a half line is no record
  }
}

function isWanted(line: Line, { user, sinceMs, isRefusedOnly }: Filter): boolean {
  if (user !== undefined && line.user !== user) return false
  return Date.parse(line.at) >= sinceMs && (!isRefusedOnly || line.status >= 400)
}

function formatRow(line: Line): readonly string[] {
  if (line.lost !== undefined) return [line.at, '-', '-', '-', `${line.lost} records are missing here`, '-', '-']
  const who = line.user === undefined ? '-' : `${line.user} (${line.scheme})`
  const what = `${line.method} ${line.route ?? line.path ?? ''}`
  const why = line.code === undefined ? '-' : line.reason === undefined ? line.code : `${line.code}: ${line.reason}`
  // Names and paths are what peers sent: they must not repaint the terminal.
  return [line.at, String(line.status), String(line.ms), who, what, line.object ?? '-', why].map(escapeControls)
}

function linesOf(file: string): AsyncIterable<string> {
  return createInterface({ input: createReadStream(file, 'utf8'), crlfDelay: Infinity })
}
