/** JSON text that grows, as bytes (UTF-8), made of cells that lie in `from`. */
export class JsonBytes {
  /** The block of rows that is being read. */
  from: Buffer = EMPTY
  /** Writers put bytes at `length` and move it, after they reserved the room. */
  buffer: Buffer
  length = 0

  constructor(bytes: number) {
    this.buffer = Buffer.allocUnsafeSlow(bytes)
  }

  reserve(bytes: number): void {
    if (this.length + bytes <= this.buffer.length) return
    const grown = Buffer.allocUnsafeSlow(Math.max(this.length + bytes, this.buffer.length * 2))
    this.buffer.copy(grown, 0, 0, this.length)
    this.buffer = grown
  }

  write(text: string): void {
    this.reserve(text.length * 3)
    this.length += this.buffer.write(text, this.length)
  }

  append(bytes: Buffer): void {
    this.reserve(bytes.length)
    let at = this.length
    for (let i = 0; i < bytes.length; i += 1) this.buffer[at++] = bytes[i] as number // below the end
    this.length = at
  }

  /** A view of what was written; nothing is to be written after it. */
  take(): Buffer {
    return this.buffer.subarray(0, this.length)
  }
}

const EMPTY = Buffer.alloc(0)

/** Writes the JSON text of one cell, whose UTF-8 text stands in `out.from` between `start` and `end`. */
export type CellWriter = (out: JsonBytes, start: number, end: number) => void

const [QUOTE, BACKSLASH, SPACE, DASH, DOT, PLUS, ZERO, UPPER_T, UPPER_Z, LOWER_T] = [
  0x22, 0x5c, 0x20, 0x2d, 0x2e, 0x2b, 0x30, 0x54, 0x5a, 0x74,
]

/** Of each octet, 1 where JSON escapes it (RFC 8259 section 7). */
const ESCAPED = Uint8Array.from({ length: 256 }, (_, octet) =>
  octet < SPACE || octet === QUOTE || octet === BACKSLASH ? 1 : 0,
)

export const writeText: CellWriter = (out, start, end) => {
  out.reserve(end - start + 2)
  const { buffer, from } = out
  let at = out.length
  buffer[at++] = QUOTE
  for (let i = start; i < end; i += 1) {
    const octet = from[i] as number // below the end
    if (ESCAPED[octet] === 1) {
      out.write(JSON.stringify(from.toString('utf8', start, end)))
      return
    }
    buffer[at++] = octet
  }
  buffer[at++] = QUOTE
  out.length = at
}

/** PostgreSQL writes whole numbers as JSON does. */
export const writeWhole: CellWriter = (out, start, end) => {
  out.reserve(end - start)
  const { buffer, from } = out
  let at = out.length
  for (let i = start; i < end; i += 1) buffer[at++] = from[i] as number // below the end
  out.length = at
}

/** Digits, and a sign, of whole numbers that are surely exact. */
const EXACT_BYTES_MAX = 15

/** Whole numbers that are surely exact as they are; `otherwise` writes longer ones. */
export function createWholeWriter(otherwise: CellWriter): CellWriter {
  return (out, start, end) => (end - start <= EXACT_BYTES_MAX ? writeWhole : otherwise)(out, start, end)
}

export const writeBool: CellWriter = (out, start) => out.append(out.from[start] === LOWER_T ? TRUE : FALSE)

const TRUE = Buffer.from('true')
const FALSE = Buffer.from('false')

/** Digits of the longest fraction, `.123456`. */
const FRACTION_BYTES_MAX = 7
const SECONDS_BYTES = '2026-01-31 12:00:00'.length
const OFFSET_BYTES = '+00'.length

/** An instant from the year 100 to 9999 in UTC, cut to milliseconds; `otherwise` writes the rest. */
export function createInstantWriter(otherwise: CellWriter): CellWriter {
  return (out, start, end) => {
    const { from } = out
    const offset = end - OFFSET_BYTES
    const fraction = offset - start - SECONDS_BYTES
    const isUsual =
      fraction >= 0 &&
      fraction <= FRACTION_BYTES_MAX &&
      from[start + 4] === DASH &&
      from[start + 10] === SPACE &&
      from[offset] === PLUS &&
      from[offset + 1] === ZERO &&
      from[offset + 2] === ZERO &&
      (from[start] !== ZERO || from[start + 1] !== ZERO)
    if (!isUsual) {
      otherwise(out, start, end)
      return
    }
    out.reserve(SECONDS_BYTES + 7)
    const { buffer } = out
    let at = out.length
    buffer[at++] = QUOTE
    for (let i = start; i < start + SECONDS_BYTES; i += 1) buffer[at++] = from[i] as number // below the end
    buffer[at - SECONDS_BYTES + 10] = UPPER_T
    buffer[at++] = DOT
    for (let i = 1; i <= 3; i += 1) buffer[at++] = i < fraction ? (from[start + SECONDS_BYTES + i] as number) : ZERO // below the offset
    buffer[at++] = UPPER_Z
    buffer[at++] = QUOTE
    out.length = at
  }
}

/** Writes by way of the text of the cell. */
export function createTextWriter(json: (text: string) => string): CellWriter {
  return (out, start, end) => out.write(json(out.from.toString('utf8', start, end)))
}
