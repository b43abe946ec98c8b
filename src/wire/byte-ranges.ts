/** Bytes `first` to `last`, both included (RFC 9110 section 14.1.2). */
export interface ByteRange {
  readonly first: number
  readonly last: number
}

/** `null`: there is no range to honour, send everything. `unsatisfiable`: 416. */
export type Ranges = readonly ByteRange[] | 'unsatisfiable' | null

/** More ranges than this in one request are answered with the whole (RFC 9110 section 14.2 allows it). */
const RANGES_MAX = 32

const SPEC = /^[ \t]*(\d*)-(\d*)[ \t]*$/

/**
 * Reads a `Range` header against a representation of `bytes` bytes. A malformed header, another unit and more than
 * `RANGES_MAX` ranges are ignored; ranges that overlap or touch become one, so that no byte is sent twice (RFC 9110
 * sections 14.2 and 17.15).
 */
export function parseByteRanges(field: string | undefined, bytes: number): Ranges {
  if (field === undefined) return null
  const equals = field.indexOf('=')
  if (equals === -1 || field.slice(0, equals).trim().toLowerCase() !== 'bytes') return null
  const specs = field.slice(equals + 1).split(',', RANGES_MAX + 1)
  if (specs.length > RANGES_MAX) return null
  const ranges: ByteRange[] = []
  for (const spec of specs) {
    if (spec.trim() === '') continue
    const range = parseSpec(spec, bytes)
    if (range === null) return null
    if (range !== 'unsatisfiable') ranges.push(range)
  }
  if (ranges.length === 0) return specs.every((spec) => spec.trim() === '') ? null : 'unsatisfiable'
  return ranges.length === 1 ? ranges : coalesce(ranges)
}

function parseSpec(spec: string, bytes: number): ByteRange | 'unsatisfiable' | null {
  const match = SPEC.exec(spec)
  if (match === null) return null
  const [, from = '', to = ''] = match
  if (from === '' && to === '') return null
  if (from === '') {
    const count = Number(to)
    return count === 0 || bytes === 0 ? 'unsatisfiable' : { first: Math.max(0, bytes - count), last: bytes - 1 }
  }
  const first = Number(from)
  const last = to === '' ? bytes - 1 : Math.min(Number(to), bytes - 1)
  if (to !== '' && Number(to) < first) return null
  return first >= bytes ? 'unsatisfiable' : { first, last }
}

/** Joins ranges that overlap or touch; the others keep their order. */
function coalesce(ranges: readonly ByteRange[]): readonly ByteRange[] {
  const joined: ByteRange[] = []
  for (let { first, last } of ranges) {
    // What was joined may now touch another one: look again until nothing does.
    for (let i = 0; i < joined.length; i++) {
      const other = joined[i]
      if (other === undefined || other.first > last + 1 || first > other.last + 1) continue
      first = Math.min(first, other.first)
      last = Math.max(last, other.last)
      joined.splice(i, 1)
      i = -1
    }
    joined.push({ first, last })
  }
  return joined
}

/** Value of `Content-Range` for one range (RFC 9110 section 14.4). */
export function formatContentRange({ first, last }: ByteRange, bytes: number): string {
  return `bytes ${first}-${last}/${bytes}`
}

/** The head of one part of `multipart/byteranges`, up to its bytes (RFC 9110 section 14.6). */
export function formatPartHead(boundary: string, type: string, contentRange: string): string {
  return `\r\n--${boundary}\r\ncontent-type: ${type}\r\ncontent-range: ${contentRange}\r\n\r\n`
}

/** What ends a `multipart/byteranges` body. */
export function formatPartsEnd(boundary: string): string {
  return `\r\n--${boundary}--\r\n`
}
