import { createHmac, type KeyObject } from 'node:crypto'

/** What the first line of a chain follows. */
export const CHAIN_START: string = '0'.repeat(32)

/**
 * The line with a seal over itself and the seal before it (HMAC-SHA-256, 16 bytes, hex): a line that is removed or
 * altered breaks the chain, and who lacks the key cannot mend it.
 */
export function sealLine(
  line: string,
  before: string,
  key: KeyObject,
): { readonly line: string; readonly seal: string } {
  const seal = sealOf(line, before, key)
  return { line: `${line.slice(0, -1)},"seal":"${seal}"}`, seal }
}

function sealOf(line: string, before: string, key: KeyObject): string {
  return createHmac('sha256', key).update(before).update(line).digest('hex').slice(0, 32)
}

const SEALED = /^(.*),"seal":"([0-9a-f]{32})"\}$/

/** What `checkChain` found. */
export interface ChainReport {
  readonly lines: number
  /** Lines that a crash cut short: no record, and no part of the chain. */
  readonly cutLines: number
  /** Records that the lines say are missing, since they could not be written. */
  readonly lostRecords: number
  /** Seal of the last line: keep it elsewhere, and a later removal of the last lines shows too. */
  readonly last: string
  /** The first line that does not follow from the one before it, counted from 1; null when all do. */
  readonly brokenAt: number | null
}

/** Follows the seals of sealed lines from the start. Any of `keys` may have sealed a line: secrets change. */
export async function checkChain(lines: AsyncIterable<string>, keys: readonly KeyObject[]): Promise<ChainReport> {
  let last = CHAIN_START
  let count = 0
  let cutLines = 0
  let lostRecords = 0
  const report = (brokenAt: number | null): ChainReport => ({ lines: count, cutLines, lostRecords, last, brokenAt })
  for await (const text of lines) {
    if (text === '') continue
    const seal = findSeal(text, last, keys)
    // What was removed is missed by the line after it, so that a half line hides nothing; a whole one must be ours.
    if (seal === null && !isWhole(text)) {
      cutLines++
      continue
    }
    count++
    if (seal === null) return report(count)
    lostRecords += Number(LOST.exec(text)?.[1] ?? 0)
    last = seal
  }
  return report(null)
}

const LOST = /^\{"at":"[^"]+","lost":(\d+),"seal":/

/** The seal of a line that follows from the one before; null where it does not. */
function findSeal(text: string, before: string, keys: readonly KeyObject[]): string | null {
  const [, head, seal] = SEALED.exec(text) ?? []
  if (head === undefined || seal === undefined) return null
  return keys.some((key) => sealOf(`${head}}`, before, key) === seal) ? seal : null
}

function isWhole(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false // cut short
  }
}

/** The seal of the last whole line of a text; the start of a chain where none is sealed. */
export function lastSeal(text: string): string {
  const lines = text.split('\n').slice(0, -1)
  return lines.map((line) => SEALED.exec(line)?.[2]).findLast((seal) => seal !== undefined) ?? CHAIN_START
}
