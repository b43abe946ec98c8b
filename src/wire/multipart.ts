import { Buffer } from 'node:buffer'
import { decodePartHead, type PartHead } from './multipart-head.ts'
import { Base64Decoder, QuotedPrintableDecoder, type TransferDecoder } from './transfer-encoding.ts'

export type { PartHead } from './multipart-head.ts'

export type MultipartEvent =
  | { readonly type: 'part'; readonly head: PartHead }
  /** Bytes of the part that began last; valid until the next `push`. */
  | { readonly type: 'data'; readonly bytes: Uint8Array }
  | { readonly type: 'end' }

export type MultipartProblem = 'malformed' | 'too-many'

export interface MultipartLimits {
  readonly partsMax: number
  /** Bytes of the headers of one part. */
  readonly headBytesMax: number
}

// RFC 2046 section 5.1.1: 1 to 70 of these, the last one no space.
const BOUNDARY = /^[0-9A-Za-z'()+_,\-./:=? ]{0,69}[0-9A-Za-z'()+_,\-./:=?]$/
const LEADING_LINES_MAX = 8
const CR = 0x0d
const LF = 0x0a
const HYPHEN = 0x2d
const SPACE = 0x20
const TAB = 0x09
const CRLF_LENGTH = 2
const NO_BYTES: Uint8Array = new Uint8Array(0)

/** True for a text that can be the boundary of a multipart body. */
export function isBoundary(text: string): boolean {
  return BOUNDARY.test(text)
}

type State = 'start' | 'delimiter' | 'head' | 'data' | 'closing' | 'epilogue'

/**
 * Takes a multipart form apart (RFC 7578, RFC 2046 section 5.1), fed any pieces of it. Strict: nothing but empty lines
 * before the first boundary, lines end with CRLF, a boundary line has no padding, and the body must be closed. Holds at
 * most one head, or the length of a boundary.
 */
export class MultipartParser {
  readonly #delimiter: Buffer
  readonly #limits: MultipartLimits
  #state: State = 'start'
  #bytes: Buffer = Buffer.alloc(0)
  #events: MultipartEvent[] = []
  #problem: MultipartProblem | null = null
  #leadingLines = 0
  #parts = 0
  /** Bytes at the front that are no data: the end of the head's empty line, where a boundary could follow at once. */
  #skip = 0
  #decoder: TransferDecoder | null = null

  /** `boundary` must be one by `isBoundary`. */
  constructor(boundary: string, limits: MultipartLimits) {
    this.#delimiter = Buffer.from(`\r\n--${boundary}`, 'latin1')
    this.#limits = limits
  }

  /** What is wrong, once something is: then nothing more is parsed. */
  get problem(): MultipartProblem | null {
    return this.#problem
  }

  push(piece: Uint8Array): readonly MultipartEvent[] {
    this.#events = []
    if (this.#problem !== null || this.#state === 'epilogue') return this.#events
    const fresh = Buffer.from(piece.buffer, piece.byteOffset, piece.byteLength)
    this.#bytes = this.#bytes.length === 0 ? fresh : Buffer.concat([this.#bytes, fresh])
    while (this.#step()) if (this.#problem !== null) break
    // What is kept must not be a view: the piece belongs to the caller.
    this.#bytes = Buffer.from(this.#bytes)
    return this.#events
  }

  /** To be called after the last piece: a body that is not closed is malformed. */
  finish(): MultipartProblem | null {
    // After the last boundary nothing counts, so neither does half of a line end.
    const isClosed = this.#state === 'epilogue' || this.#state === 'closing'
    return (this.#problem ??= isClosed ? null : 'malformed')
  }

  /** Does one step; false when more bytes are needed. */
  #step(): boolean {
    switch (this.#state) {
      case 'start':
        return this.#readStart()
      case 'delimiter':
        return this.#readDelimiterEnd()
      case 'head':
        return this.#readHead()
      case 'data':
        return this.#readData()
      case 'closing':
        return this.#readClosing()
      case 'epilogue':
        this.#bytes = Buffer.alloc(0)
        return false
    }
  }

  #readStart(): boolean {
    const bytes = this.#bytes
    if (bytes[0] === CR) {
      if (bytes.length < CRLF_LENGTH) return false
      if (bytes[1] !== LF || ++this.#leadingLines > LEADING_LINES_MAX) return this.#fail()
      this.#bytes = bytes.subarray(CRLF_LENGTH)
      return true
    }
    const first = this.#delimiter.subarray(CRLF_LENGTH)
    const seen = Math.min(bytes.length, first.length)
    if (first.compare(bytes, 0, seen, 0, seen) !== 0) return this.#fail()
    if (seen < first.length) return false
    this.#bytes = bytes.subarray(seen)
    this.#state = 'delimiter'
    return true
  }

  #readDelimiterEnd(): boolean {
    if (this.#bytes.length < CRLF_LENGTH) return false
    const kind = endOfDelimiter(this.#bytes, 0)
    // A boundary line that is none: only data may look like that.
    if (kind === 'data' || kind === 'bad') return this.#fail()
    this.#bytes = this.#bytes.subarray(CRLF_LENGTH)
    this.#state = kind === 'close' ? 'closing' : 'head'
    return true
  }

  #readClosing(): boolean {
    const bytes = this.#bytes
    if (bytes.length === 0 || (bytes.length === 1 && bytes[0] === CR)) return false
    if (bytes[0] !== CR || bytes[1] !== LF) return this.#fail()
    this.#state = 'epilogue'
    return true
  }

  #readHead(): boolean {
    const end = this.#bytes.indexOf('\r\n\r\n')
    if (end === -1 ? this.#bytes.length > this.#limits.headBytesMax : end > this.#limits.headBytesMax)
      return this.#fail()
    if (end === -1) return false
    const head = decodePartHead(this.#bytes.subarray(0, end))
    if (head === null) return this.#fail()
    if (++this.#parts > this.#limits.partsMax) return this.#fail('too-many')
    this.#decoder = decoderOf(head)
    this.#events.push({ type: 'part', head })
    this.#bytes = this.#bytes.subarray(end + CRLF_LENGTH)
    this.#skip = CRLF_LENGTH
    this.#state = 'data'
    return true
  }

  #readData(): boolean {
    const bytes = this.#bytes
    for (let at = bytes.indexOf(this.#delimiter); at !== -1; at = bytes.indexOf(this.#delimiter, at + 1)) {
      const end = at + this.#delimiter.length
      if (bytes.length < end + CRLF_LENGTH) return this.#keepFrom(at)
      const kind = endOfDelimiter(bytes, end)
      if (kind === 'data') continue
      // At the very front it takes the line end of the head for its own: a part without data is written differently.
      if (kind === 'bad' || at < this.#skip) return this.#fail()
      return this.#endPart(at, end)
    }
    return this.#keepFrom(bytes.length - this.#delimiter.length + 1)
  }

  #endPart(at: number, end: number): boolean {
    this.#emitData(at)
    const rest = this.#decoder === null ? NO_BYTES : this.#decoder.finish()
    if (rest === null) return this.#fail()
    if (rest.length > 0) this.#events.push({ type: 'data', bytes: rest })
    this.#events.push({ type: 'end' })
    this.#bytes = this.#bytes.subarray(end)
    this.#skip = 0
    this.#state = 'delimiter'
    return true
  }

  /** Gives the data before `at`, keeps the rest; always waits. */
  #keepFrom(at: number): false {
    const before = Math.max(at, this.#skip)
    if (before > this.#skip) {
      this.#emitData(before)
      this.#bytes = this.#bytes.subarray(before)
      this.#skip = 0
    }
    return false
  }

  #emitData(end: number): void {
    const raw = this.#bytes.subarray(this.#skip, end)
    const bytes = this.#decoder === null ? raw : this.#decoder.push(raw)
    if (bytes === null) this.#fail()
    else if (bytes.length > 0) this.#events.push({ type: 'data', bytes })
  }

  #fail(problem: MultipartProblem = 'malformed'): false {
    this.#problem ??= problem
    this.#bytes = Buffer.alloc(0)
    return false
  }
}

// Padding after a boundary (RFC 2046) is never sent over HTTP; parsers disagree about it, so it is refused.
function endOfDelimiter(bytes: Uint8Array, at: number): 'part' | 'close' | 'data' | 'bad' {
  const first = bytes[at]
  const second = bytes[at + 1]
  if (first === CR && second === LF) return 'part'
  if (first === HYPHEN && second === HYPHEN) return 'close'
  return first === SPACE || first === TAB ? 'bad' : 'data'
}

function decoderOf({ encoding }: PartHead): TransferDecoder | null {
  if (encoding === 'base64') return new Base64Decoder()
  return encoding === 'quoted-printable' ? new QuotedPrintableDecoder() : null
}
