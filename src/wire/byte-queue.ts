const FIRST_CAPACITY = 256

/** Bytes that came and were not yet used: appended at one end, taken at the other, without a copy for whole chunks. */
export class ByteQueue {
  #bytes: Uint8Array = EMPTY
  #start = 0
  #end = 0
  // A pushed chunk is used in place and belongs to its producer; only bytes of our own may be written over.
  #isOwned = false

  get length(): number {
    return this.#end - this.#start
  }

  push(chunk: Uint8Array): void {
    if (chunk.length === 0) return
    if (this.length === 0) {
      this.#bytes = chunk
      this.#start = 0
      this.#end = chunk.length
      this.#isOwned = false
      return
    }
    this.#reserve(chunk.length)
    this.#bytes.set(chunk, this.#end)
    this.#end += chunk.length
  }

  /** Distance of the first `byte` at or after `from` from the start; -1 when there is none. */
  indexOf(byte: number, from: number): number {
    const found = this.#bytes.indexOf(byte, this.#start + from)
    return found === -1 || found >= this.#end ? -1 : found - this.#start
  }

  /** The first `count` bytes, which stay. Valid until the next `push`. */
  peek(count: number): Uint8Array {
    return this.#bytes.subarray(this.#start, this.#start + count)
  }

  /** Unsigned 32-bit number, big-endian, at the start. The caller knows that four bytes are there. */
  peekUint32(): number {
    return new DataView(this.#bytes.buffer, this.#bytes.byteOffset + this.#start, 4).getUint32(0)
  }

  /** The first `count` bytes, as a view that is valid until the next `push`. */
  take(count: number): Uint8Array {
    const view = this.#bytes.subarray(this.#start, this.#start + count)
    this.skip(count)
    return view
  }

  skip(count: number): void {
    this.#start += count
    if (this.#start < this.#end) return
    // An empty queue keeps no chunk alive: ten thousand idle connections would keep as many.
    this.clear()
  }

  clear(): void {
    this.#bytes = EMPTY
    this.#start = 0
    this.#end = 0
    this.#isOwned = false
  }

  #reserve(count: number): void {
    const length = this.length
    if (this.#isOwned && this.#end + count <= this.#bytes.length) return
    const wanted = length + count
    const fits = this.#isOwned && wanted <= this.#bytes.length
    const capacity = Math.max(FIRST_CAPACITY, wanted * 2)
    const target = fits ? this.#bytes : new Uint8Array(capacity)
    target.set(this.#bytes.subarray(this.#start, this.#end))
    this.#bytes = target
    this.#start = 0
    this.#end = length
    this.#isOwned = true
  }
}

const EMPTY = new Uint8Array(0)
