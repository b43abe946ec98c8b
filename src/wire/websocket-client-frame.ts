import { ByteQueue } from './byte-queue.ts'

/** What a frame is for (RFC 6455 section 5.2). */
export const OPCODE_TEXT = 1
export const OPCODE_CLOSE = 8
export const OPCODE_PING = 9
export const OPCODE_PONG = 10

const FIN = 0x80
const MASKED = 0x80

export interface ServerFrame {
  readonly opcode: number
  readonly payload: Uint8Array
}

/** One frame as a client sends it. The mask is zero: it hides nothing from who sees the bytes anyway. */
export function encodeClientFrame(opcode: number, payload: Uint8Array): Uint8Array {
  const { length } = payload
  const sizeBytes = length < 126 ? 0 : length < 65_536 ? 2 : 8
  const frame = Buffer.alloc(2 + sizeBytes + 4 + length)
  frame[0] = FIN | opcode
  frame[1] = MASKED | (sizeBytes === 0 ? length : sizeBytes === 2 ? 126 : 127)
  if (sizeBytes === 2) frame.writeUInt16BE(length, 2)
  else if (sizeBytes === 8) frame.writeBigUInt64BE(BigInt(length), 2)
  frame.set(payload, 2 + sizeBytes + 4)
  return frame
}

/** Cuts what a server sends into frames. It trusts the server: for clients in the same process. */
export class ServerFrameDecoder {
  readonly #queue = new ByteQueue()

  push(bytes: Uint8Array): void {
    this.#queue.push(bytes)
  }

  /** The next whole frame; undefined when more bytes are needed. */
  next(): ServerFrame | undefined {
    if (this.#queue.length < 2) return undefined
    const [first = 0, second = 0] = this.#queue.peek(2)
    const sizeBytes = second === 126 ? 2 : second === 127 ? 8 : 0
    if (this.#queue.length < 2 + sizeBytes) return undefined
    const head = Buffer.from(this.#queue.peek(2 + sizeBytes))
    const length = sizeBytes === 0 ? second : sizeBytes === 2 ? head.readUInt16BE(2) : Number(head.readBigUInt64BE(2))
    if (this.#queue.length < 2 + sizeBytes + length) return undefined
    this.#queue.skip(2 + sizeBytes)
    return { opcode: first & 0x0f, payload: this.#queue.take(length).slice() }
  }
}
