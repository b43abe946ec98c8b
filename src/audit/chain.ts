import { createHmac, type KeyObject } from 'node:crypto'

/** What the first line of a chain follows. */
export const CHAIN_START = '0'.repeat(32)

/**
 * The line with a seal over itself and the seal before it (HMAC-SHA-256, 16 bytes, hex): a line that is removed or
 * altered breaks the chain, and who lacks the key cannot mend it.
 */
export function sealLine(line: string, before: string, key: KeyObject): { readonly line: string; readonly seal: string } {
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
  /** Seal of the last line: keep it elsewhere, and a later removal of the last lines shows too. */
  readonly last: string
  /** The first line that does not follow from the one before it, counted from 1; null when all do. */
  readonly brokenAt: number | null
}

/** Follows the seals of sealed lines from the start. Any of `keys` may have sealed a line: secrets change. */
export async function checkChain(lines: AsyncIterable<string>, keys: readonly KeyObject[]): Promise<ChainReport> {
  let last = CHAIN_START
  let count = 0
  for await (const text of lines) {
    if (text === '') continue
    count++
    const [, head, seal] = SEALED.exec(text) ?? []
    if (head === undefined || seal === undefined) return { lines: count, last, brokenAt: count }
    const before = last
    if (!keys.some((key) => sealOf(`${head}}`, before, key) === seal)) return { lines: count, last, brokenAt: count }
    last = seal
  }
  return { lines: count, last, brokenAt: null }
}

/** The seal of the last sealed line of a text; the start of a chain where there is none. */
export function lastSeal(text: string): string {
  const line = text.trimEnd().split('\n').at(-1) ?? ''
  return SEALED.exec(line)?.[2] ?? CHAIN_START
}
