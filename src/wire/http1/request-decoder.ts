import type { Limits } from '../../core/limits.ts'
import { Refusal } from '../../core/refusal.ts'
import { CHUNK_END, CHUNK_MORE, CHUNK_PIECE, ChunkedDecoder } from './chunked-decoder.ts'
import { HeadDecoder, INCOMPLETE, REFUSED } from './head-decoder.ts'
import type { RequestHead } from './request-head.ts'

/** More bytes are needed. */
export const STEP_MORE = 0
/** `head` is a new request. */
export const STEP_HEAD = 1
/** `piece` is a part of its body. */
export const STEP_PIECE = 2
/** Its body is complete. A request without a body has no such step. */
export const STEP_END = 3
/** `refusal` says what is wrong. There is no step after this one. */
export const STEP_REFUSED = 4

export type DecoderLimits = Pick<
  Limits,
  'headerLineBytesMax' | 'headBytesMax' | 'headersMax' | 'urlBytesMax' | 'chunkOverheadBytesMax'
>

const IN_HEAD = 0
const IN_LENGTH = 1
const IN_CHUNKS = 2
const STOPPED = 3

const CR = 13
const LF = 10
const GROWTH_BYTES_MIN = 1024

/**
 * Decodes the requests of one connection: bytes go in by `push`, and `next` gives one step at a time, so that whoever
 * asks decides how far to read. It copies bytes only where a message is cut.
 */
export class RequestDecoder {
  refusal: Refusal | null = null
  /** A view of bytes that were pushed to stay, or of a copy; nothing writes there again. */
  piece: Uint8Array = EMPTY
  readonly #limits: DecoderLimits
  readonly #heads: HeadDecoder
  #chunks: ChunkedDecoder | null = null
  #state = IN_HEAD
  #bytes: Buffer = EMPTY
  #position = 0
  #end = 0
  // Only a buffer of our own may be written to, and only after its end.
  #isOwned = false
  // Whoever lent the bytes writes there again: what is not used by then is copied.
  #isLent = false
  #bodyLeft = 0
  #hasSkippedLine = false

  constructor(limits: DecoderLimits) {
    this.#limits = limits
    this.#heads = new HeadDecoder(limits)
  }

  /** The head of the last `STEP_HEAD`. */
  get head(): RequestHead {
    const { head } = this.#heads
    if (head === null) throw new Error('Cannot give a head: none was decoded')
    return head
  }

  /** Bytes that were pushed and not yet used. */
  get waitingBytes(): number {
    return this.#end - this.#position
  }

  /** True between the head of a request and the end of its body. */
  get isInBody(): boolean {
    return this.#state === IN_LENGTH || this.#state === IN_CHUNKS
  }

  /** Bytes of the body still to come; infinite for a chunked one. */
  get bodyBytesLeft(): number {
    return this.#state === IN_CHUNKS ? Number.POSITIVE_INFINITY : this.#bodyLeft
  }

  /** Takes over bytes that nobody writes to again. */
  push(chunk: Buffer): void {
    this.#take(chunk, chunk.length)
    this.#isLent = false
  }

  /** Takes the first `length` bytes of a buffer that its owner writes to again, but not before `keep` was called. */
  lend(buffer: Buffer, length: number): void {
    const isFirst = this.#position === this.#end
    this.#take(buffer, length)
    this.#isLent = isFirst
  }

  /** Copies what was lent and is not used yet. */
  keep(): void {
    if (!this.#isLent) return
    this.#isLent = false
    if (this.#position === this.#end) return
    this.#bytes = Buffer.from(this.#bytes.subarray(this.#position, this.#end))
    this.#end -= this.#position
    this.#position = 0
  }

  /** Takes out what was not used, for a protocol that goes on in our place; nothing is decoded after this. */
  takeRest(): Uint8Array {
    this.keep()
    const rest = this.#bytes.subarray(this.#position, this.#end)
    this.stop()
    return rest
  }

  /** Decodes nothing more on this connection. */
  stop(): void {
    this.#state = STOPPED
    this.#bytes = EMPTY
    this.#position = 0
    this.#end = 0
  }

  next(): number {
    switch (this.#state) {
      case IN_HEAD:
        return this.#nextHead()
      case IN_LENGTH:
        return this.#nextPiece()
      case IN_CHUNKS:
        return this.#nextChunk()
      default:
        return this.refusal === null ? STEP_MORE : STEP_REFUSED
    }
  }

  #copy(length: number): Buffer {
    const bytes = Buffer.allocUnsafe(length)
    this.#bytes.copy(bytes, 0, this.#position, this.#position + length)
    return bytes
  }

  #take(chunk: Buffer, added: number): void {
    if (this.#position === this.#end) {
      this.#bytes = chunk
      this.#position = 0
      this.#end = added
      this.#isOwned = false
      return
    }
    const length = this.#end - this.#position
    if (!this.#isOwned || this.#end + added > this.#bytes.length) this.#grow(length, added)
    chunk.copy(this.#bytes, this.#end, 0, added)
    this.#end += added
  }

  #grow(length: number, added: number): void {
    const bytes = Buffer.allocUnsafeSlow(Math.max(GROWTH_BYTES_MIN, (length + added) * 2))
    bytes.set(this.#bytes.subarray(this.#position, this.#end))
    this.#bytes = bytes
    this.#position = 0
    this.#end = length
    this.#isOwned = true
  }

  #nextHead(): number {
    if (this.#position === this.#end) {
      // An idle connection keeps no bytes alive.
      this.#bytes = EMPTY
      this.#position = 0
      this.#end = 0
      return STEP_MORE
    }
    if (this.#bytes[this.#position] === CR && !this.#hasSkippedLine && !this.#skipLine()) return STEP_MORE
    if (this.#position === this.#end) return STEP_MORE
    const length = this.#heads.decode(this.#bytes, this.#position, this.#end)
    if (length === INCOMPLETE) return STEP_MORE
    if (length === REFUSED) return this.#refuse(this.#heads.refusal)
    this.#position += length
    this.#hasSkippedLine = false
    const { bodyLength } = this.head.facts
    if (bodyLength === -1) {
      this.#chunks = new ChunkedDecoder(this.#limits.chunkOverheadBytesMax)
      this.#state = IN_CHUNKS
    } else if (bodyLength > 0) {
      this.#bodyLeft = bodyLength
      this.#state = IN_LENGTH
    }
    return STEP_HEAD
  }

  // RFC 9112 section 2.2: one empty line before a request is ignored, for clients that add one to a body. The head
  // decoder refuses what else starts with CR.
  #skipLine(): boolean {
    if (this.#position + 1 === this.#end) return false
    if (this.#bytes[this.#position + 1] === LF) this.#position += 2
    this.#hasSkippedLine = true
    return true
  }

  #nextPiece(): number {
    if (this.#bodyLeft === 0) {
      this.#state = IN_HEAD
      return STEP_END
    }
    const length = Math.min(this.#bodyLeft, this.#end - this.#position)
    if (length === 0) return STEP_MORE
    this.piece = this.#isLent ? this.#copy(length) : this.#bytes.subarray(this.#position, this.#position + length)
    this.#position += length
    this.#bodyLeft -= length
    return STEP_PIECE
  }

  #nextChunk(): number {
    const chunks = this.#chunks
    if (chunks === null) throw new Error('Cannot decode a chunk: the body is not chunked')
    this.keep()
    chunks.position = this.#position
    const outcome = chunks.decode(this.#bytes, this.#end)
    this.#position = chunks.position
    if (outcome === CHUNK_MORE) return STEP_MORE
    if (outcome === CHUNK_PIECE) {
      this.piece = this.#bytes.subarray(chunks.pieceStart, chunks.pieceEnd)
      return STEP_PIECE
    }
    if (outcome === CHUNK_END) {
      this.#chunks = null
      this.#state = IN_HEAD
      return STEP_END
    }
    const message = chunks.isOverheadExceeded ? 'its chunks carry too little data' : 'a chunk is not well-formed'
    const code = chunks.isOverheadExceeded ? 'LISTEN_BODY_TOO_LARGE' : 'LISTEN_BAD_REQUEST'
    return this.#refuse(new Refusal(code, { message: `the request is malformed: ${message}` }))
  }

  #refuse(refusal: Refusal | null): number {
    this.stop()
    this.refusal = refusal
    return STEP_REFUSED
  }
}

const EMPTY = Buffer.alloc(0)
