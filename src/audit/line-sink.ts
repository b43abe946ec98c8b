import type { KeyObject } from 'node:crypto'
import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import { lastSeal, sealLine } from './chain.ts'
import { formatGap, formatLine } from './format-line.ts'
import { formatReadable, formatReadableGap } from './format-readable.ts'
import { LineWriter, type LineWriterOptions } from './line-writer.ts'
import type { AuditRecord, AuditSink } from './record.ts'

export interface LineSinkOptions extends LineWriterOptions {
  /** Lines for a person instead of JSON; never sealed. */
  readonly isReadable?: boolean
  /** Seals each line with this key, so that a removed or altered one shows. One process writes to a sealed file. */
  readonly sealKey?: KeyObject | null
}

/**
 * An audit sink that appends one line for each record. Records for which there was no memory are counted, and a line says
 * how many are missing there. Throws when the file cannot be opened.
 */
export function createLineSink(options: LineSinkOptions): AuditSink {
  const { target, isReadable = false, sealKey = null, onError } = options
  const writer = new LineWriter(options)
  const tail = target === 1 ? '' : readTail(target)
  // A crash has cut the last line short: ours must not become a part of it.
  if (tail !== '' && !tail.endsWith('\n')) writer.write('')
  let seal = lastSeal(tail)
  let lost = 0
  const append = (line: string): boolean => {
    // Each file is a chain of its own, so that one that was moved away can be verified alone.
    if (writer.takeNewFile()) seal = target === 1 ? seal : lastSeal(readTail(target))
    if (sealKey === null) return writer.write(line)
    const sealed = sealLine(line, seal, sealKey)
    if (!writer.write(sealed.line)) return false
    seal = sealed.seal
    return true
  }
  const [format, formatLost] = isReadable ? [formatReadable, formatReadableGap] : [formatLine, formatGap]
  const record = (one: AuditRecord): void => {
    if (lost > 0 && writer.hasRoom && append(formatLost(one.atMs, lost))) lost = 0
    if (lost > 0 || !append(format(one))) lost++
  }
  const close = async (): Promise<void> => {
    await writer.close()
    if (lost > 0) onError(new Error('Cannot audit: there was no memory left for records'), lost)
  }
  return { name: 'lines', record, flush: () => writer.flush(), close }
}

/** More than one line: its fields are bounded. */
const TAIL_BYTES = 64 * 1024

/** The last lines of a file, to continue its chain; nothing where it is no file (a device, a pipe). */
function readTail(path: string): string {
  const file = openSync(path, 'r')
  try {
    const state = fstatSync(file)
    if (!state.isFile()) return ''
    const length = Math.min(state.size, TAIL_BYTES)
    const bytes = Buffer.alloc(length)
    readSync(file, bytes, 0, length, state.size - length)
    return bytes.toString('utf8')
  } finally {
    closeSync(file)
  }
}
