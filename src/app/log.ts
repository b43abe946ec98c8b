import { pino } from 'pino'
import type { Log } from '../core/services.ts'

export interface LogOptions {
  readonly level: string
  /** Readable lines for a person instead of JSON. */
  readonly isReadable: boolean
}

/** The log of a server: JSON lines on standard output in production, readable lines on standard error elsewhere. */
export function createLog({ level, isReadable }: LogOptions): Log {
  if (!isReadable) return pino({ level, base: null }, pino.destination({ dest: 1, sync: false }))
  return pino({ level, base: null }, { write: (line: string) => void process.stderr.write(formatLine(line)) })
}

const LEVELS: Readonly<Record<number, string>> = { 20: 'debug', 30: 'info', 40: 'warn', 50: 'error', 60: 'fatal' }

function formatLine(line: string): string {
  const { level, time, msg, stack, ...fields } = JSON.parse(line) as Record<string, unknown> // pino writes JSON objects
  const clock = new Date(Number(time)).toISOString().slice(11, 19)
  const rest = Object.entries(fields).map(
    ([key, value]) => ` ${key}=${typeof value === 'string' ? value : JSON.stringify(value)}`,
  )
  const tail = typeof stack === 'string' && stack !== '' ? `\n${stack.replaceAll(/^/gm, '    ')}` : ''
  return `${clock} ${LEVELS[Number(level)] ?? 'info'} ${String(msg)}${rest.join('')}${tail}\n`
}
