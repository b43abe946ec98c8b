import type { Limits } from '../../core/limits.ts'
import { Refusal } from '../../core/refusal.ts'
import type { RefusalCode } from '../../core/refusal.ts'
import { readFacts } from './head-facts.ts'
import { OCTETS, OCTET_TARGET, OCTET_VALUE, skipPlain, TOKEN_LOWER } from './octets.ts'
import { FIELD_NUMBERS, RequestHead } from './request-head.ts'
import type { RequestLine } from './request-head.ts'
import { parseRequestTarget } from './request-target.ts'

export type HeadLimits = Pick<Limits, 'headerLineBytesMax' | 'headBytesMax' | 'headersMax' | 'urlBytesMax'>

/** `decode` needs more bytes. */
export const INCOMPLETE = -1
/** The head is refused: `refusal` says why. */
export const REFUSED = -2
const HEAD_END = -3

const TAB = 9
const LF = 10
const CR = 13
const SP = 32
const SLASH = 47
const COLON = 58
const QUESTION = 63
const VERSION = 'HTTP/1.1\r\n'
const METHODS = new Map(['HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'].map((name) => [name, name]))

/**
 * Decodes the head of one request (RFC 9112 sections 2 to 5) strictly: a line ends with CRLF, a name touches its
 * colon, nothing is folded. A head may come in any pieces: a line that is cut is looked at again from its start, so
 * the outcome never depends on where the pieces end.
 */
export class HeadDecoder {
  refusal: Refusal | null = null
  head: RequestHead | null = null
  readonly #limits: HeadLimits
  // All offsets count from the first byte of the head, which may move to another buffer.
  #base = 0
  #line = 0
  #methodEnd = 0
  #queryMark = 0
  #targetEnd = 0
  #minor = 0
  #fields: number[] = []

  constructor(limits: HeadLimits) {
    this.#limits = limits
  }

  /**
   * Looks at `bytes` from `base`, the first byte of the head, to `end`. Gives the number of bytes of the head and sets
   * `head`, or gives `INCOMPLETE` (call again with the same head and more), or `REFUSED`.
   */
  decode(bytes: Buffer, base: number, end: number): number {
    this.#base = base
    if (this.#line === 0) {
      const outcome = this.#decodeRequestLine(bytes, end)
      if (outcome < 0) return outcome
    }
    const { headerLineBytesMax, headBytesMax } = this.#limits
    const headLimit = base + headBytesMax
    for (;;) {
      const line = base + this.#line
      const limit = Math.min(end, headLimit, line + headerLineBytesMax + 2)
      const next = this.#decodeField(bytes, line, limit)
      if (next >= 0) this.#line = next - base
      else if (next === HEAD_END) return this.#finish(bytes, line + 2)
      else if (next === INCOMPLETE)
        return limit < end || limit === headLimit ? this.#refuse('LISTEN_HEAD_TOO_LARGE') : next
      else return next
    }
  }

  #decodeRequestLine(bytes: Buffer, end: number): number {
    const { headerLineBytesMax, headBytesMax, urlBytesMax } = this.#limits
    const limit = Math.min(end, this.#base + Math.min(headerLineBytesMax + 2, headBytesMax))
    const isCut = limit < end
    let i = this.#base
    while (i < limit && TOKEN_LOWER[bytes[i] as number] !== 0) i += 1 // below the end
    if (i === limit) return isCut ? this.#refuse('LISTEN_BAD_REQUEST', 'the method is too long') : INCOMPLETE
    if (i === this.#base || bytes[i] !== SP) return this.#refuse('LISTEN_BAD_REQUEST', 'the method is not a token')
    this.#methodEnd = i - this.#base
    const target = i + 1
    i = this.#skipTarget(bytes, target, limit)
    this.#targetEnd = i - this.#base
    if (i - target > urlBytesMax || (i === limit && isCut)) return this.#refuse('LISTEN_URL_TOO_LONG')
    if (i === limit) return INCOMPLETE
    if (i === target || bytes[i] !== SP) return this.#refuse('LISTEN_BAD_REQUEST', 'the target has a wrong character')
    const version = this.#decodeVersion(bytes, i + 1, limit)
    if (version === INCOMPLETE && isCut) return this.#refuse('LISTEN_URL_TOO_LONG')
    if (version >= 0) this.#line = version - this.#base
    return version
  }

  #skipTarget(bytes: Buffer, start: number, limit: number): number {
    let i = start
    this.#queryMark = -1
    while (i < limit && ((OCTETS[bytes[i] as number] as number) & OCTET_TARGET) !== 0) i += 1 // a table of all octets
    if (i === limit || bytes[i] !== QUESTION) return i
    this.#queryMark = i - this.#base
    // A question mark may stand in a query (RFC 3986 section 3.4); the table has all octets.
    while (i < limit && (bytes[i] === QUESTION || ((OCTETS[bytes[i] as number] as number) & OCTET_TARGET) !== 0)) i += 1 // below the limit
    return i
  }

  #decodeVersion(bytes: Buffer, start: number, limit: number): number {
    let major = 1
    for (let k = 0; k < VERSION.length; k += 1) {
      if (start + k === limit) return INCOMPLETE
      const byte = bytes[start + k] as number // below the limit
      if (k === 5 || k === 7) {
        const digit = byte - 48
        if (digit < 0 || digit > 9) return this.#refuse('LISTEN_BAD_REQUEST', 'the version has no digit')
        if (k === 5) major = digit
        else this.#minor = digit
      } else if (byte !== VERSION.charCodeAt(k)) {
        return this.#refuse('LISTEN_BAD_REQUEST', 'the request line does not end with a version and CRLF')
      }
    }
    return major === 1 ? start + VERSION.length : this.#refuse('LISTEN_VERSION')
  }

  /** Start of the next line; or `HEAD_END`, `INCOMPLETE`, `REFUSED`. */
  #decodeField(bytes: Buffer, line: number, limit: number): number {
    let i = line
    while (i < limit && TOKEN_LOWER[bytes[i] as number] !== 0) i += 1 // below the end
    if (i === limit) return INCOMPLETE
    if (i === line) return this.#decodeHeadEnd(bytes, line, limit)
    if (bytes[i] !== COLON) return this.#refuse('LISTEN_BAD_REQUEST', 'a field name is not a token before a colon')
    const nameEnd = i
    i += 1
    while (i < limit && (bytes[i] === SP || bytes[i] === TAB)) i += 1
    const value = i
    i = skipPlain(bytes, i, limit)
    while (i < limit && ((OCTETS[bytes[i] as number] as number) & OCTET_VALUE) !== 0) i += 1 // a table of all octets
    if (i === limit) return INCOMPLETE
    if (bytes[i] !== CR) return this.#refuse('LISTEN_BAD_REQUEST', 'a field value has a control character')
    if (i + 1 === limit) return INCOMPLETE
    if (bytes[i + 1] !== LF) return this.#refuse('LISTEN_BAD_REQUEST', 'a line does not end with CRLF')
    const next = i + 2
    while (i > value && (bytes[i - 1] === SP || bytes[i - 1] === TAB)) i -= 1
    if (this.#fields.length === this.#limits.headersMax * FIELD_NUMBERS) {
      return this.#refuse('LISTEN_HEAD_TOO_LARGE', 'there are too many fields')
    }
    const base = this.#base
    this.#fields.push(line - base, nameEnd - base, value - base, i - base)
    return next
  }

  #decodeHeadEnd(bytes: Buffer, line: number, limit: number): number {
    const first = bytes[line]
    if (first === SP || first === TAB) return this.#refuse('LISTEN_BAD_REQUEST', 'a field is folded')
    if (first !== CR) return this.#refuse('LISTEN_BAD_REQUEST', 'a field name is not a token before a colon')
    if (line + 1 === limit) return INCOMPLETE
    return bytes[line + 1] === LF ? HEAD_END : this.#refuse('LISTEN_BAD_REQUEST', 'a line does not end with CRLF')
  }

  #finish(bytes: Buffer, end: number): number {
    const text = bytes.toString('latin1', this.#base, end)
    const line = this.#readLine(bytes, text)
    if (line === null) return this.#refuse('LISTEN_BAD_REQUEST', 'the target has a form that its method may not use')
    const fields = this.#fields
    const facts = readFacts({ method: line.method, text, offsets: fields, minor: this.#minor })
    if (facts instanceof Refusal) {
      this.refusal = facts
      return REFUSED
    }
    this.head = new RequestHead(line, fields, facts)
    this.#line = 0
    this.#fields = []
    return end - this.#base
  }

  #readLine(bytes: Buffer, text: string): RequestLine | null {
    const methodEnd = this.#methodEnd
    const name = text.slice(0, methodEnd)
    const method = name === 'GET' ? 'GET' : (METHODS.get(name) ?? name)
    if (bytes[this.#base + methodEnd + 1] === SLASH) {
      const mark = this.#queryMark
      const path = text.slice(methodEnd + 1, mark === -1 ? this.#targetEnd : mark)
      const query = mark === -1 ? '' : text.slice(mark + 1, this.#targetEnd)
      return { method, path, query, authority: null, isHttps: false, text }
    }
    const target = parseRequestTarget(method, text.slice(methodEnd + 1, this.#targetEnd))
    return target === null ? null : { method, ...target, text }
  }

  #refuse(code: RefusalCode, reason?: string): number {
    const message = reason === undefined ? {} : { message: `the request is malformed: ${reason}` }
    this.refusal = new Refusal(code, code === 'LISTEN_BAD_REQUEST' ? message : {})
    return REFUSED
  }
}
