import type { Limits } from '../core/limits.ts'
import type { Refusal } from '../core/refusal.ts'
import type { MaybePromise, Outcome } from '../core/refusal.ts'
import type { RequestDecoder } from '../wire/http1/request-decoder.ts'
import { STEP_END, STEP_MORE, STEP_PIECE } from '../wire/http1/request-decoder.ts'
import { cutShort, isTooSlow, tooLarge } from './stream-body.ts'

/** What a body needs of its connection. */
export interface BodySource {
  readonly decoder: RequestDecoder
  readonly limits: Limits
  /** The body is wanted and not here: asks the peer for it (`100 Continue`) and reads on. */
  demand(): void
}

/** The body of a request on an HTTP/1.1 connection: decoded when somebody asks, from what is here or comes later. */
export class Http1Body {
  readonly #source: BodySource
  /** Bytes announced; -1 when the body is chunked. */
  readonly #length: number
  #bytesMax = 0
  isTaken = false
  #isEnded = false
  /** The call is answered: what is left of the body is nobody's. */
  isClosed = false
  #failure: Refusal | null = null
  #receivedBytes = 0
  #discardedBytes = 0
  #waitedMs = 0
  // What has come of a body that is read whole.
  #gathered: Uint8Array = EMPTY
  #gatheredBytes = 0
  #onWhole: ((outcome: Outcome<Uint8Array>) => void) | null = null
  #onPiece: { resolve(result: IteratorResult<Uint8Array, undefined>): void; reject(refusal: Refusal): void } | null =
    null

  constructor(source: BodySource, length: number) {
    this.#source = source
    this.#length = length
  }

  /** True while somebody waits for bytes that have not come. */
  get isWaiting(): boolean {
    return this.#onWhole !== null || this.#onPiece !== null
  }

  /** True when it is refused: too large, too slow, malformed. */
  get isRefused(): boolean {
    return this.#failure !== null
  }

  readAll(bytesMax: number): MaybePromise<Outcome<Uint8Array>> {
    if (this.#length > bytesMax) return tooLarge(bytesMax)
    this.#take(bytesMax)
    const outcome = this.#gather()
    if (outcome !== null) return outcome
    return new Promise((resolve) => {
      this.#onWhole = resolve
      this.#source.demand()
    })
  }

  /** Counts as being read from now on, so that an answer which begins before it is read does not end it. */
  stream(bytesMax: number): AsyncIterable<Uint8Array> {
    this.#take(bytesMax)
    return this.#stream()
  }

  async *#stream(): AsyncGenerator<Uint8Array> {
    if (this.#length > this.#bytesMax) throw tooLarge(this.#bytesMax)
    for (;;) {
      const piece = this.#nextPiece()
      if (piece === EMPTY) return
      if (piece !== null) {
        yield piece
        continue
      }
      const result = await new Promise<IteratorResult<Uint8Array, undefined>>((resolve, reject) => {
        this.#onPiece = { resolve, reject }
        this.#source.demand()
      })
      if (result.done === true) return
      yield result.value
    }
  }

  /** New bytes are in the decoder. */
  advance(): void {
    if (this.#onWhole !== null) this.#advanceWhole(this.#onWhole)
    else if (this.#onPiece !== null) this.#advancePiece()
  }

  /** The rest will not come, for this reason; without one, the peer went away. */
  fail(refusal: Refusal | null): void {
    if (this.#isEnded) return
    this.#failure ??= refusal ?? cutShort(null)
    this.#onWhole?.(this.#failure)
    this.#onPiece?.reject(this.#failure)
    this.#onWhole = null
    this.#onPiece = null
  }

  /** Throws away a piece that nobody wants; refuses to go on after `bytesMax`. */
  discard(bytesMax: number): 'done' | 'more' | 'refused' {
    const { decoder } = this.#source
    const step = decoder.next()
    if (step === STEP_MORE) return 'more'
    if (step === STEP_END) return 'done'
    if (step === STEP_PIECE) this.#discardedBytes += decoder.piece.length
    return step === STEP_PIECE && this.#discardedBytes <= bytesMax ? 'done' : 'refused'
  }

  /** Its call is answered. */
  close(): void {
    this.isClosed = true
    if (this.isWaiting) this.fail(null)
    // Nearly all bodies were read to their end: an error for each of them would cost more than reading it.
    if (!this.#isEnded) this.#failure ??= cutShort(new Error('the call was answered'))
  }

  /** Called at each tick while somebody waits; true when the peer is slower than allowed. */
  isSlow(tickMs: number): boolean {
    this.#waitedMs += tickMs
    return isTooSlow(this.#source.limits, this.#receivedBytes, this.#waitedMs)
  }

  #take(bytesMax: number): void {
    if (this.isTaken) throw new Error('Cannot read the body: it was read before, and it can be read once')
    this.isTaken = true
    this.#bytesMax = bytesMax
  }

  #advanceWhole(onWhole: (outcome: Outcome<Uint8Array>) => void): void {
    const outcome = this.#gather()
    if (outcome === null) return
    this.#onWhole = null
    onWhole(outcome)
  }

  #advancePiece(): void {
    const waiting = this.#onPiece
    try {
      const piece = this.#nextPiece()
      if (piece === null) return
      this.#onPiece = null
      waiting?.resolve(piece === EMPTY ? { done: true, value: undefined } : { done: false, value: piece })
    } catch (error) {
      this.#onPiece = null
      waiting?.reject(error as Refusal) // #nextPiece throws nothing else
    }
  }

  /** The next piece; `EMPTY` at the end, null when it has not come. Throws a `Refusal`. */
  #nextPiece(): Uint8Array | null {
    if (this.#isEnded) return EMPTY
    if (this.#failure !== null) throw this.#failure
    const { decoder } = this.#source
    const step = decoder.next()
    if (step === STEP_MORE) return null
    if (step === STEP_END) {
      this.#isEnded = true
      return EMPTY
    }
    if (step !== STEP_PIECE) throw this.#break(decoder.refusal)
    const { piece } = decoder
    this.#receivedBytes += piece.length
    if (this.#receivedBytes > this.#bytesMax) throw this.#break(tooLarge(this.#bytesMax))
    return piece
  }

  /** The whole body, or why there is none; null when more must come. */
  #gather(): Outcome<Uint8Array> | null {
    try {
      for (;;) {
        const piece = this.#nextPiece()
        if (piece === null) return null
        if (piece === EMPTY) return this.#wholeBody()
        this.#append(piece)
      }
    } catch (error) {
      return error as Refusal // #nextPiece throws nothing else
    }
  }

  #wholeBody(): Uint8Array {
    const { length } = this.#gathered
    return length === this.#gatheredBytes ? this.#gathered : this.#gathered.subarray(0, this.#gatheredBytes)
  }

  // Copied into one growing buffer: many small pieces kept apart would cost a hundred times their bytes.
  #append(piece: Uint8Array): void {
    const length = this.#gatheredBytes + piece.length
    if (this.#gatheredBytes === 0) {
      this.#gathered = piece
    } else {
      if (length > this.#gathered.length) {
        const capacity = Math.min(Math.max(length * 2, GROWTH_BYTES_MIN), Math.max(length, this.#bytesMax))
        const grown = Buffer.allocUnsafeSlow(capacity)
        grown.set(this.#gathered.subarray(0, this.#gatheredBytes))
        this.#gathered = grown
      }
      this.#gathered.set(piece, this.#gatheredBytes)
    }
    this.#gatheredBytes = length
  }

  #break(refusal: Refusal | null): Refusal {
    this.#failure = refusal ?? cutShort(null)
    return this.#failure
  }
}

const EMPTY = new Uint8Array(0)
const GROWTH_BYTES_MIN = 1024
