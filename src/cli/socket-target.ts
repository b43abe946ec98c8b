import type { Readable } from 'node:stream'
import { createInterface } from 'node:readline'
import { CommandError, UsageError } from './command.ts'

export interface SocketTarget {
  readonly host: string
  readonly port: number
}

/** A port from the command line: 0 to 65535. */
export function parsePort(text: string | undefined): number {
  if (text === undefined) throw new UsageError('a port is missing')
  if (!/^\d{1,5}$/.test(text) || Number(text) > 65_535)
    throw new UsageError(`"${text}" is no port: it is a number from 0 to 65535`)
  return Number(text)
}

/** Time in milliseconds from the command line. */
export function parseMilliseconds(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new UsageError(`"${text}" is no time: it is a number of milliseconds`)
  return Number(text)
}

/** Why a connection could not be made, in words that say what to do. */
export function explainDialError(error: unknown, { host, port }: SocketTarget): CommandError {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  return new CommandError(
    `Cannot connect to ${host}:${port}: ${reasonOf(code) ?? String(error instanceof Error ? error.message : error)}`,
  )
}

function reasonOf(code: string): string | null {
  switch (code) {
    case 'ECONNREFUSED':
      return 'nothing listens on that port'
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return 'there is no host of that name'
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
      return 'there is no way to that host from here'
    case 'ETIMEDOUT':
      return 'the host does not answer'
    default:
      return null
  }
}

/** Lines that a person types or a pipe brings; ends with the input or the signal. */
export async function* readInputLines(input: Readable, signal: AbortSignal): AsyncGenerator<string> {
  if (signal.aborted) return
  const reader = createInterface({ input, crlfDelay: Infinity })
  const close = (): void => reader.close()
  signal.addEventListener('abort', close, { once: true })
  try {
    yield* reader
  } finally {
    signal.removeEventListener('abort', close)
    reader.close()
  }
}
