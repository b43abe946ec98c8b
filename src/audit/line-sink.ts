import type { KeyObject } from 'node:crypto'
import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import { lastSeal, sealLine } from './chain.ts'
import { formatLine } from './format-line.ts'
import { formatReadable } from './format-readable.ts'
import { LineWriter } from './line-writer.ts'
import type { AuditRecord, AuditSink } from './record.ts'

export interface LineSinkOptions {
  /** Path of a file that is appended to, or 1 for standard output. */
  readonly target: string | 1
  /** Lines for a person instead of JSON. */
  readonly isReadable?: boolean
  /** Seals each line with this key, so that a removed or altered one shows. */
  readonly sealKey?: KeyObject | null
  readonly onError: (error: Error, lostLines: number) => void
}

/** An audit sink that appends one line for each record. Throws when the file cannot be opened. */
export function createLineSink(options: LineSinkOptions): AuditSink {
  const { target, isReadable = false, sealKey = null } = options
  const writer = new LineWriter(options)
  const format = isReadable ? formatReadable : formatLine
  let seal = sealKey === null || target === 1 ? '' : lastSeal(readTail(target))
  const record = (one: AuditRecord): void => {
    if (sealKey === null) return writer.write(format(one))
    const sealed = sealLine(formatLine(one), seal, sealKey)
    seal = sealed.seal
    writer.write(sealed.line)
  }
  return { name: 'lines', record, flush: () => writer.flush(), close: () => writer.close() }
}

const TAIL_BYTES = 16 * 1024

/** The last lines of a file, to continue its chain. */
function readTail(path: string): string {
  const file = openSync(path, 'r')
  try {
    const { size } = fstatSync(file)
    const length = Math.min(size, TAIL_BYTES)
    const bytes = Buffer.alloc(length)
    readSync(file, bytes, 0, length, size - length)
    return bytes.toString('utf8')
  } finally {
    closeSync(file)
  }
}
