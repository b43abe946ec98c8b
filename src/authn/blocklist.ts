import { createHash } from 'node:crypto'
import { BLOCKLIST, BLOCKLIST_SIZE } from './blocklist-data.ts'

let hashes: Uint32Array | null = null

/**
 * True for a password that others would try among the first: on the list whatever its case, spaces, signs, a short tail
 * of digits or digits for letters; or one pattern all through. About one good password in 50,000 is taken for a bad one.
 */
export function isBlocked(password: string): boolean {
  const text = password.normalize('NFKC').toLowerCase()
  if (isPattern(text)) return true
  const bare = text.replace(/[^\p{L}\p{N}]/gu, '')
  const plain = text.replace(/[@013457$!]/g, (sign) => LETTERS[sign] ?? sign).replace(/[^\p{L}\p{N}]/gu, '')
  return [text, bare, plain, withoutTail(text), withoutTail(bare)].some(isListed)
}

const LETTERS: Readonly<Record<string, string>> = {
  '@': 'a',
  '0': 'o',
  '1': 'i',
  '3': 'e',
  '4': 'a',
  '5': 's',
  '7': 't',
  $: 's',
  '!': 'i',
}

function withoutTail(text: string): string {
  return text.replace(/[^\p{L}]{1,6}$/u, '')
}

/** One short unit again and again (`abcabcabc`), or characters that follow each other (`23456789`, `fedcba`). */
function isPattern(text: string): boolean {
  if (text === '') return false
  for (let size = 1; size <= 4 && size * 2 <= text.length; size++) {
    if (text.slice(size) === text.slice(0, -size)) return true
  }
  const step = text.charCodeAt(1) - text.charCodeAt(0)
  if (Math.abs(step) !== 1) return false
  for (let i = 2; i < text.length; i++) if (text.charCodeAt(i) - text.charCodeAt(i - 1) !== step) return false
  return true
}

function isListed(text: string): boolean {
  hashes ??= decodeBlocklist(BLOCKLIST, BLOCKLIST_SIZE)
  const wanted = hashOf(text)
  let low = 0
  let high = hashes.length
  while (low < high) {
    const middle = (low + high) >>> 1
    // `middle` is below the length, so the number is there.
    if ((hashes[middle] ?? 0) < wanted) low = middle + 1
    else high = middle
  }
  return hashes[low] === wanted
}

function hashOf(text: string): number {
  return createHash('sha256').update(text).digest().readUInt32BE(0)
}

/** The sorted hashes of `entries` as differences in LEB128, in base64: about three bytes an entry. */
export function encodeBlocklist(entries: Iterable<string>): string {
  const sorted = Uint32Array.from(entries, hashOf).toSorted()
  const bytes: number[] = []
  let last = 0
  for (const hash of sorted) {
    let rest = hash - last
    last = hash
    while (rest > 127) {
      bytes.push((rest % 128) + 128)
      rest = Math.floor(rest / 128)
    }
    bytes.push(rest)
  }
  return Buffer.from(bytes).toString('base64')
}

function decodeBlocklist(text: string, size: number): Uint32Array {
  const result = new Uint32Array(size)
  let count = 0
  let last = 0
  let value = 0
  let weight = 1
  for (const byte of Buffer.from(text, 'base64')) {
    value += (byte & 127) * weight
    weight *= 128
    if (byte > 127) continue
    last += value
    result[count++] = last
    value = 0
    weight = 1
  }
  return result
}
