import { Refusal } from '../../core/refusal.ts'
import type { Outcome } from '../../core/refusal.ts'
import { OCTETS, OCTET_DIGIT, OCTET_HOST } from './octets.ts'
import { FIELD_NUMBERS, isNameAt } from './request-head.ts'
import type { HeadFacts } from './request-head.ts'
import { isAuthority } from './request-target.ts'

/** Name and length matter; the values come from `text`. */
interface Fields {
  readonly method: string
  readonly text: string
  readonly offsets: readonly number[]
  readonly minor: number
}

// The shortest and the longest name that says something about framing, connection or proxies.
const SHORTEST = 'via'.length
const LONGEST = 'transfer-encoding'.length

/** Reads what the fields say about framing and connection; refuses what is doubtful (RFC 9112 sections 3.2, 6 and 9). */
export function readFacts(fields: Fields): Outcome<HeadFacts> {
  const reader = new FactsReader(fields)
  const { offsets } = fields
  for (let i = 0; i < offsets.length; i += FIELD_NUMBERS) {
    const start = offsets[i] as number // i is below the length, as is the one after it
    const length = (offsets[i + 1] as number) - start // as said above
    if (length >= SHORTEST && length <= LONGEST) reader.read(i, start, length)
  }
  return reader.refusal ?? reader.conclude()
}

const COLON = 58
// A colon and five digits.
const PORT_CHARS_MAX = 6

class FactsReader {
  refusal: Refusal | null = null
  readonly #fields: Fields
  #hostField = -1
  #length = -1
  #isChunked = false
  #isClosing = false
  #isKept = false
  #connectionUpgrades = false
  #hasUpgrade = false
  #expectsContinue = false
  #isForwarded = false

  constructor(fields: Fields) {
    this.#fields = fields
  }

  read(field: number, start: number, length: number): void {
    const { text } = this.#fields
    switch (length) {
      case 4:
        if (isNameAt(text, start, 'host')) this.#readHost(field)
        break
      case 6:
        if (isNameAt(text, start, 'expect')) this.#readExpect(field)
        break
      case 7:
        if (isNameAt(text, start, 'upgrade')) this.#hasUpgrade = true
        break
      case 10:
        if (isNameAt(text, start, 'connection')) this.#readConnection(field)
        break
      case 14:
        if (isNameAt(text, start, 'content-length')) this.#readLength(field)
        break
      case 17:
        if (isNameAt(text, start, 'transfer-encoding')) this.#readEncoding(field)
        else if (isNameAt(text, start, 'x-forwarded-proto')) this.#isForwarded = true
        break
      default:
        if (isForwarding(text, start, length)) this.#isForwarded = true
    }
  }

  conclude(): Outcome<HeadFacts> {
    const { method, minor } = this.#fields
    if (minor > 0 && this.#hostField === -1) return malformed('Host is missing')
    if (this.#isChunked && this.#length !== -1)
      return malformed('Content-Length and Transfer-Encoding exclude each other')
    // RFC 9112 section 6.1: a peer of version 1.0 does not know chunks, whatever it says.
    if (this.#isChunked && minor === 0) return malformed('Transfer-Encoding needs HTTP/1.1')
    const bodyLength = this.#isChunked ? -1 : Math.max(0, this.#length)
    return {
      hostField: this.#hostField,
      bodyLength,
      isPersistent: !this.#isClosing && (minor > 0 || this.#isKept),
      isVersion10: minor === 0,
      expectsContinue: this.#expectsContinue && minor > 0 && bodyLength !== 0,
      wantsUpgrade: this.#hasUpgrade && this.#connectionUpgrades && minor > 0 && bodyLength === 0 && method === 'GET',
      isForwarded: this.#isForwarded,
    }
  }

  #refuse(refusal: Refusal): void {
    this.refusal ??= refusal
  }

  #value(field: number): string {
    const { text, offsets } = this.#fields
    return text.slice(offsets[field + 2], offsets[field + 3])
  }

  #readHost(field: number): void {
    const { text, offsets } = this.#fields
    if (this.#hostField !== -1) this.#refuse(malformed('Host is there twice'))
    this.#hostField = field
    const end = offsets[field + 3] as number // every field has four numbers
    let i = offsets[field + 2] as number // every field has four numbers
    while (i < end && isHostAt(text, i)) i += 1
    if (i < end && text.charCodeAt(i) === COLON && end - i <= PORT_CHARS_MAX) {
      i += 1
      while (i < end && isDigitAt(text, i)) i += 1
    }
    // An IPv6 address, or a mistake: worth a closer look.
    if (i < end && !isAuthority(this.#value(field))) this.#refuse(malformed('Host is not a host with a port'))
  }

  #readExpect(field: number): void {
    // RFC 9110 section 10.1.1: another expectation is one that we do not meet.
    if (this.#value(field).toLowerCase() === '100-continue') this.#expectsContinue = true
    else this.#refuse(new Refusal('LISTEN_EXPECTATION'))
  }

  #readConnection(field: number): void {
    for (const member of this.#value(field).toLowerCase().split(',')) {
      const option = member.trim()
      if (option === 'close') this.#isClosing = true
      else if (option === 'keep-alive') this.#isKept = true
      else if (option === 'upgrade') this.#connectionUpgrades = true
    }
  }

  #readLength(field: number): void {
    const { text, offsets } = this.#fields
    if (this.#length !== -1) this.#refuse(malformed('Content-Length is there twice'))
    const start = offsets[field + 2] as number // every field has four numbers
    const end = offsets[field + 3] as number // every field has four numbers
    let length = 0
    for (let i = start; i < end; i += 1) {
      if (!isDigitAt(text, i)) this.#refuse(malformed('Content-Length is not a number'))
      length = length * 10 + text.charCodeAt(i) - 48
    }
    if (start === end) this.#refuse(malformed('Content-Length is empty'))
    if (length > Number.MAX_SAFE_INTEGER) this.#refuse(new Refusal('LISTEN_BODY_TOO_LARGE'))
    this.#length = length
  }

  // Any but one final `chunked` leaves the end of the body in doubt (RFC 9112 section 6.3).
  #readEncoding(field: number): void {
    const value = this.#value(field).toLowerCase()
    if (value === 'chunked' && !this.#isChunked) this.#isChunked = true
    else if (/^[!#$%&'*+\-.^_`|~0-9a-z]+[ \t]*,[ \t]*chunked$/.test(value) && !value.startsWith('chunked')) {
      this.#refuse(new Refusal('LISTEN_NOT_IMPLEMENTED', { message: 'no transfer coding but chunked is implemented' }))
    } else this.#refuse(malformed('Transfer-Encoding is not one final chunked'))
  }
}

function malformed(reason: string): Refusal {
  return new Refusal('LISTEN_BAD_REQUEST', { message: `the request is malformed: ${reason}` })
}

function isForwarding(text: string, start: number, length: number): boolean {
  switch (length) {
    case 3:
      return isNameAt(text, start, 'via')
    case 9:
      return isNameAt(text, start, 'forwarded') || isNameAt(text, start, 'x-real-ip')
    case 15:
      return isNameAt(text, start, 'x-forwarded-for')
    case 16:
      return isNameAt(text, start, 'x-forwarded-host') || isNameAt(text, start, 'x-forwarded-port')
    default:
      return false
  }
}

function isHostAt(text: string, i: number): boolean {
  return ((OCTETS[text.charCodeAt(i)] ?? 0) & OCTET_HOST) !== 0
}

function isDigitAt(text: string, i: number): boolean {
  return ((OCTETS[text.charCodeAt(i)] ?? 0) & OCTET_DIGIT) !== 0
}
