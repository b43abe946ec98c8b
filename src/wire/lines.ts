import { isUtf8 } from 'node:buffer'
import { Refusal, type Outcome } from '../core/refusal.ts'
import { ByteQueue } from './byte-queue.ts'
import type { FrameDecoder, Framing } from './framing.ts'

const LF = 0x0a
const CR = 0x0d
const LINE_BREAKS = /[\r\n]+/g

/**
 * Lines of UTF-8 text, each ended by LF or CR LF. The last one may have no end: it is given when the stream ends.
 * Bytes that are no UTF-8 are refused. A line break inside a message that is sent becomes a space: one message can
 * never look like two.
 */
export const lines: Framing<string> = {
  name: 'lines',
  createDecoder: (messageBytesMax) => new LineDecoder(messageBytesMax),
  encode: (message) => Buffer.from(`${joinLines(message)}\n`, 'utf8'),
}

/** Text in one line: each line break is a space. */
export function joinLines(text: string): string {
  return text.replace(LINE_BREAKS, ' ')
}

class LineDecoder implements FrameDecoder<string> {
  readonly #bytesMax: number
  readonly #queue = new ByteQueue()
  /** Bytes at the start that are known to have no line end. */
  #scanned = 0

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax
  }

  get pendingBytes(): number {
    return this.#queue.length
  }

  push(bytes: Uint8Array): void {
    this.#queue.push(bytes)
  }

  next(): Outcome<string> | undefined {
    const end = this.#queue.indexOf(LF, this.#scanned)
    if (end === -1) {
      this.#scanned = this.#queue.length
      // One byte more than the bound may be the CR of an end that is still to come.
      return this.#scanned > this.#bytesMax + 1 ? this.#refuseLong() : undefined
    }
    this.#scanned = 0
    const line = this.#queue.take(end + 1).subarray(0, end)
    return this.#decode(line[end - 1] === CR ? line.subarray(0, end - 1) : line)
  }

  end(): Outcome<string> | undefined {
    const length = this.#queue.length
    return length === 0 ? undefined : this.#decode(this.#queue.take(length))
  }

  #decode(line: Uint8Array): Outcome<string> {
    if (line.length > this.#bytesMax) return this.#refuseLong()
    if (!isUtf8(line)) return new Refusal('ROOMS_BAD_MESSAGE', { message: 'the line is not UTF-8' })
    return Buffer.from(line.buffer, line.byteOffset, line.length).toString('utf8')
  }

  #refuseLong(): Refusal {
    this.#queue.clear()
    return new Refusal('ROOMS_TOO_LARGE', { message: `the line is longer than ${this.#bytesMax} bytes` })
  }
}
