/** Something kept in memory with its cost. */
interface Slot<Value> {
  readonly value: Value
  readonly bytes: number
  isUsed: boolean
}

/** What a slot costs beside the bytes of its files: key, heads, map. */
const SLOT_BYTES = 2048

/**
 * A map bounded in bytes that forgets what was not asked for lately. By the second-chance rule, so that a hit writes
 * one flag and moves nothing.
 */
export class FileCache<Value> {
  readonly #slots = new Map<string, Slot<Value>>()
  readonly #bytesMax: number
  #bytes = 0

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax
  }

  get(key: string): Value | undefined {
    const slot = this.#slots.get(key)
    if (slot === undefined) return undefined
    slot.isUsed = true
    return slot.value
  }

  /** Keeps `value`, whose own bytes are `bytes`, in the place of what was there; not when it is larger than the cache. */
  set(key: string, value: Value, bytes: number): void {
    this.delete(key)
    const cost = bytes + SLOT_BYTES + key.length * 2
    if (cost > this.#bytesMax) return
    while (this.#bytes + cost > this.#bytesMax) this.#evict()
    this.#slots.set(key, { value, bytes: cost, isUsed: false })
    this.#bytes += cost
  }

  delete(key: string): void {
    const slot = this.#slots.get(key)
    if (slot === undefined) return
    this.#slots.delete(key)
    this.#bytes -= slot.bytes
  }

  /** Bytes in use; never more than the limit. */
  get bytes(): number {
    return this.#bytes
  }

  #evict(): void {
    for (const [key, slot] of this.#slots) {
      if (!slot.isUsed) return this.delete(key)
      // It was asked for since the last round: to the end of the queue, once.
      slot.isUsed = false
      this.#slots.delete(key)
      this.#slots.set(key, slot)
    }
  }
}
