import { isUtf8 } from 'node:buffer'
import { Refusal, type Outcome } from '../core/refusal.ts'
import { ByteQueue } from './byte-queue.ts'
import type { FrameDecoder, Framing } from './framing.ts'
import { parseJson, sayJsonProblem } from './json.ts'

const PREFIX_BYTES = 4

/** Frames of bytes: a length of four bytes, big-endian, then so many bytes. */
export const lengthPrefixedBytes: Framing<Uint8Array> = {
  name: 'length-prefix',
  // A copy: the bytes outlive the next push.
  createDecoder: (messageBytesMax) => new LengthPrefixDecoder(messageBytesMax, (bytes) => bytes.slice()),
  encode: (message) => encodePrefixed(message),
}

/**
 * JSON values in UTF-8, each after its length in bytes: four bytes, big-endian. Nesting is bounded by `depthMax`;
 * an object that has a name twice, or the name `__proto__`, is refused.
 */
export function lengthPrefixedJson(depthMax: number): Framing<unknown> {
  return {
    name: 'length-prefixed JSON',
    createDecoder: (messageBytesMax) =>
      new LengthPrefixDecoder(messageBytesMax, (bytes) => decodeJson(bytes, depthMax)),
    encode: (message) => encodePrefixed(Buffer.from(JSON.stringify(message), 'utf8')),
  }
}

/** Puts the length before `bytes`. */
export function encodePrefixed(bytes: Uint8Array): Uint8Array {
  const frame = Buffer.allocUnsafe(PREFIX_BYTES + bytes.length)
  frame.writeUInt32BE(bytes.length)
  frame.set(bytes, PREFIX_BYTES)
  return frame
}

function decodeJson(bytes: Uint8Array, depthMax: number): Outcome<unknown> {
  if (!isUtf8(bytes)) return new Refusal('ROOMS_BAD_MESSAGE', { message: 'the message is not UTF-8' })
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('utf8')
  const { value, problem } = parseJson(text, { depthMax, hasSafeNames: true })
  if (problem === null) return value
  return new Refusal('ROOMS_BAD_MESSAGE', { message: sayJsonProblem('the message', problem, depthMax) })
}

class LengthPrefixDecoder<Message> implements FrameDecoder<Message> {
  readonly #bytesMax: number
  readonly #decode: (bytes: Uint8Array) => Outcome<Message>
  readonly #queue = new ByteQueue()
  /** Length of the frame whose prefix was read; -1: the prefix is next. */
  #length = -1

  constructor(bytesMax: number, decode: (bytes: Uint8Array) => Outcome<Message>) {
    this.#bytesMax = bytesMax
    this.#decode = decode
  }

  get pendingBytes(): number {
    return this.#queue.length
  }

  push(bytes: Uint8Array): void {
    this.#queue.push(bytes)
  }

  next(): Outcome<Message> | undefined {
    if (this.#length === -1) {
      if (this.#queue.length < PREFIX_BYTES) return undefined
      this.#length = this.#queue.peekUint32()
      this.#queue.skip(PREFIX_BYTES)
    }
    if (this.#length > this.#bytesMax) {
      this.#queue.clear()
      return new Refusal('ROOMS_TOO_LARGE', { message: `the message is longer than ${this.#bytesMax} bytes` })
    }
    if (this.#queue.length < this.#length) return undefined
    const frame = this.#queue.take(this.#length)
    this.#length = -1
    return this.#decode(frame)
  }

  end(): Outcome<Message> | undefined {
    if (this.#length === -1 && this.#queue.length === 0) return undefined
    this.#queue.clear()
    return new Refusal('ROOMS_BAD_MESSAGE', { message: 'the stream ended inside a message' })
  }
}
