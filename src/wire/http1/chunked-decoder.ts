import { HEX_VALUES, OCTETS, OCTET_QUOTED, OCTET_VALUE, TOKEN_LOWER } from './octets.ts'

const TAB = 9
const LF = 10
const CR = 13
const SP = 32
const QUOTE = 34
const COLON = 58
const SEMICOLON = 59
const EQUALS = 61
const BACKSLASH = 92

const SIZE_START = 0
const SIZE = 1
const BEFORE_SEMICOLON = 2
const NAME_START = 3
const NAME = 4
const AFTER_NAME = 5
const VALUE_START = 6
const VALUE = 7
const QUOTED = 8
const QUOTED_PAIR = 9
const AFTER_QUOTED = 10
const SIZE_LF = 11
const DATA = 12
const DATA_CR = 13
const DATA_LF = 14
const TRAILER_START = 15
const TRAILER_NAME = 16
const TRAILER_VALUE = 17
const TRAILER_LF = 18
const END_LF = 19
const DONE = 20
const WRONG = 21

/** More bytes are needed. */
export const CHUNK_MORE = 0
/** `pieceStart` to `pieceEnd` is data. */
export const CHUNK_PIECE = 1
export const CHUNK_END = 2
export const CHUNK_WRONG = 3

/**
 * Decodes a chunked body (RFC 9112 section 7.1) with the grammar of its extensions and trailers, which are checked and
 * thrown away. Extensions and trailers may take `overheadBytesMax`; sizes and line ends may take as much beyond the
 * bytes of the data, so that a long upload in small chunks passes and one of mere framing does not.
 */
export class ChunkedDecoder {
  /** Where the next byte to look at lies. */
  position = 0
  pieceStart = 0
  pieceEnd = 0
  isOverheadExceeded = false
  readonly #overheadBytesMax: number
  #state = SIZE_START
  #size = 0
  #dataBytes = 0
  #framingBytes = 0
  #extraBytes = 0

  constructor(overheadBytesMax: number) {
    this.#overheadBytesMax = overheadBytesMax
  }

  /** Looks at `bytes` from `position` to `end` until there is data, the end of the body, or nothing left. */
  decode(bytes: Uint8Array, end: number): number {
    while (this.position < end) {
      if (this.#state === DATA) return this.#takeData(end)
      const byte = bytes[this.position] as number // below the end
      this.#state = this.#step(byte)
      if (this.#state === WRONG) return CHUNK_WRONG
      this.position += 1
      if (this.#state === DONE) return CHUNK_END
      if (!this.#count()) return CHUNK_WRONG
    }
    return CHUNK_MORE
  }

  #takeData(end: number): number {
    const length = Math.min(this.#size, end - this.position)
    this.pieceStart = this.position
    this.pieceEnd = this.position + length
    this.position = this.pieceEnd
    this.#size -= length
    this.#dataBytes += length
    if (this.#size === 0) this.#state = DATA_CR
    return CHUNK_PIECE
  }

  #count(): boolean {
    const isExtra = (this.#state > SIZE && this.#state < SIZE_LF) || (this.#state > DATA_LF && this.#size === 0)
    if (isExtra) this.#extraBytes += 1
    else this.#framingBytes += 1
    const max = this.#overheadBytesMax
    this.isOverheadExceeded = this.#extraBytes > max || this.#framingBytes > max + this.#dataBytes
    return !this.isOverheadExceeded
  }

  #step(byte: number): number {
    if (this.#state <= SIZE) return this.#stepSize(byte)
    if (this.#state < SIZE_LF) return this.#stepExtension(byte)
    if (this.#state < TRAILER_START) return this.#stepLineEnd(byte)
    return this.#stepTrailer(byte)
  }

  #stepSize(byte: number): number {
    const digit = HEX_VALUES[byte] as number // a table of all octets
    if (digit < 16) {
      this.#size = (this.#state === SIZE_START ? 0 : this.#size) * 16 + digit
      return this.#size <= Number.MAX_SAFE_INTEGER ? SIZE : WRONG
    }
    if (this.#state === SIZE_START) return WRONG
    if (byte === CR) return SIZE_LF
    if (byte === SEMICOLON) return NAME_START
    return isBlank(byte) ? BEFORE_SEMICOLON : WRONG
  }

  #stepExtension(byte: number): number {
    const isToken = TOKEN_LOWER[byte] !== 0
    switch (this.#state) {
      case BEFORE_SEMICOLON:
        return byte === SEMICOLON ? NAME_START : isBlank(byte) ? BEFORE_SEMICOLON : WRONG
      case NAME_START:
        return isToken ? NAME : isBlank(byte) ? NAME_START : WRONG
      case NAME:
        return isToken ? NAME : byte === EQUALS ? VALUE_START : afterPart(byte, AFTER_NAME)
      case AFTER_NAME:
        return byte === EQUALS ? VALUE_START : byte === SEMICOLON ? NAME_START : isBlank(byte) ? AFTER_NAME : WRONG
      case VALUE_START:
        return isToken ? VALUE : byte === QUOTE ? QUOTED : isBlank(byte) ? VALUE_START : WRONG
      case VALUE:
        return isToken ? VALUE : afterPart(byte, BEFORE_SEMICOLON)
      case QUOTED:
        if (byte === QUOTE) return AFTER_QUOTED
        return byte === BACKSLASH ? QUOTED_PAIR : has(byte, OCTET_QUOTED) ? QUOTED : WRONG
      case QUOTED_PAIR:
        return has(byte, OCTET_VALUE) ? QUOTED : WRONG
      default:
        return afterPart(byte, BEFORE_SEMICOLON)
    }
  }

  #stepLineEnd(byte: number): number {
    switch (this.#state) {
      case SIZE_LF:
        if (byte !== LF) return WRONG
        return this.#size === 0 ? TRAILER_START : DATA
      case DATA_CR:
        return byte === CR ? DATA_LF : WRONG
      default:
        return byte === LF ? SIZE_START : WRONG
    }
  }

  #stepTrailer(byte: number): number {
    switch (this.#state) {
      case TRAILER_START:
        return byte === CR ? END_LF : TOKEN_LOWER[byte] === 0 ? WRONG : TRAILER_NAME
      case TRAILER_NAME:
        return byte === COLON ? TRAILER_VALUE : TOKEN_LOWER[byte] === 0 ? WRONG : TRAILER_NAME
      case TRAILER_VALUE:
        return byte === CR ? TRAILER_LF : has(byte, OCTET_VALUE) ? TRAILER_VALUE : WRONG
      case TRAILER_LF:
        return byte === LF ? TRAILER_START : WRONG
      default:
        return byte === LF ? DONE : WRONG
    }
  }
}

function afterPart(byte: number, blank: number): number {
  if (byte === CR) return SIZE_LF
  if (byte === SEMICOLON) return NAME_START
  return isBlank(byte) ? blank : WRONG
}

function isBlank(byte: number): boolean {
  return byte === SP || byte === TAB
}

function has(byte: number, bit: number): boolean {
  return ((OCTETS[byte] ?? 0) & bit) !== 0
}
