import type { FileHandle } from 'node:fs/promises'
import type { ByteRange } from '../wire/byte-ranges.ts'

/** What a body is made of, in order: bytes at hand, or a range of the file. */
export type Piece = Uint8Array | ByteRange

const CHUNK_BYTES = 128 * 1024

/**
 * Pieces of an open file as a body: each is read when the peer has room for it, so that memory stays constant whatever
 * the size. Throws when the file became shorter than what was promised.
 */
export class FileBody implements AsyncIterable<Uint8Array> {
  readonly #handle: FileHandle
  readonly #pieces: readonly Piece[]
  #isClosed = false

  constructor(handle: FileHandle, pieces: readonly Piece[]) {
    this.#handle = handle
    this.#pieces = pieces
  }

  /** Bytes in all. */
  get length(): number {
    return this.#pieces.reduce(
      (sum, piece) => sum + ('first' in piece ? piece.last - piece.first + 1 : piece.length),
      0,
    )
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    try {
      for (const piece of this.#pieces) {
        if ('first' in piece) yield* this.#read(piece)
        else yield piece
      }
    } finally {
      await this.close()
    }
  }

  async *#read({ first, last }: ByteRange): AsyncGenerator<Uint8Array> {
    let position = first
    while (position <= last) {
      const wanted = Math.min(CHUNK_BYTES, last - position + 1)
      // A new buffer each time: the one before may still wait in the socket.
      const { bytesRead, buffer } = await this.#handle.read(Buffer.allocUnsafeSlow(wanted), 0, wanted, position)
      if (bytesRead === 0) throw new Error(`Cannot send a file: it ends at byte ${position}, wanted ${last + 1}`)
      position += bytesRead
      yield bytesRead === wanted ? buffer : buffer.subarray(0, bytesRead)
    }
  }

  /** Closes the file, once; also where nothing of it was sent. */
  async close(): Promise<void> {
    if (this.#isClosed) return
    this.#isClosed = true
    await this.#handle.close()
  }
}
