import type { Outlet } from './outlet.ts'

/**
 * What happens to a member that reads slower than its room speaks: `disconnect` lets it go at the byte bound;
 * `drop-oldest` forgets what waited longest (it sees the gap by the offsets); `coalesce` keeps of the messages with one
 * key the newest only, and lets go at the bound.
 */
export type SlowPolicy = 'disconnect' | 'drop-oldest' | 'coalesce'

// Below this (or a quarter of the bound) the transport is left to itself; above, what could still be dropped waits here.
const CONGESTED_BYTES = 16 * 1024

interface Waiting {
  readonly bytes: Uint8Array
  readonly key: string | null
}

/** Sends to one outlet within `bytesMax`, by the policy of the channel. */
export class SendQueue {
  readonly #outlet: Outlet
  readonly #policy: SlowPolicy
  readonly #bytesMax: number
  readonly #congestedBytes: number
  // Made when the first message waits: most members never need it. In the order of sending.
  #waiting: Map<string | symbol, Waiting> | null = null
  #waitingBytes = 0
  #onRoom: (() => void)[] = []

  constructor(outlet: Outlet, policy: SlowPolicy, bytesMax: number) {
    this.#outlet = outlet
    this.#policy = policy
    this.#bytesMax = bytesMax
    this.#congestedBytes = Math.min(CONGESTED_BYTES, bytesMax / 4)
  }

  /** False when the member is too slow by the policy and must be let go. */
  send(bytes: Uint8Array, key: string | null): boolean {
    if (this.#policy === 'disconnect') return this.sendNow(bytes)
    if (this.#waitingBytes === 0 && this.#outlet.bufferedBytes < this.#congestedBytes) {
      this.#outlet.write(bytes)
      return true
    }
    return this.#wait(bytes, key)
  }

  /** Sends before all that waits; for what must not be dropped. */
  sendNow(bytes: Uint8Array): boolean {
    const { bufferedBytes } = this.#outlet
    // One message larger than the bound may go to a member that keeps up.
    if (bufferedBytes > 0 && bufferedBytes + this.#waitingBytes + bytes.length > this.#bytesMax) return false
    this.#outlet.write(bytes)
    return true
  }

  /** Sends as soon as the outlet keeps up; undefined when it does already. For what may take its time. */
  sendPaced(bytes: Uint8Array): Promise<void> | undefined {
    const wait = this.#drained()
    if (wait !== undefined) return wait.then(() => this.#outlet.write(bytes))
    this.#outlet.write(bytes)
    return undefined
  }

  clear(): void {
    this.#waiting = null
    this.#waitingBytes = 0
    this.#outlet.onDrain = null
    this.#wakeUp()
  }

  #wait(bytes: Uint8Array, key: string | null): boolean {
    this.#waiting ??= new Map()
    this.#outlet.onDrain ??= () => this.#onDrain()
    if (this.#policy === 'coalesce' && key !== null) this.#drop(key)
    this.#waiting.set(this.#policy === 'coalesce' && key !== null ? key : Symbol('message'), { bytes, key })
    this.#waitingBytes += bytes.length
    if (this.#policy === 'coalesce') return this.#waitingBytes + this.#outlet.bufferedBytes <= this.#bytesMax
    while (this.#waiting.size > 1 && this.#waitingBytes + this.#outlet.bufferedBytes > this.#bytesMax) {
      const [oldest] = this.#waiting.keys()
      if (oldest === undefined) break
      this.#drop(oldest)
    }
    return true
  }

  #drop(key: string | symbol): void {
    const dropped = this.#waiting?.get(key)
    if (dropped === undefined) return
    this.#waiting?.delete(key)
    this.#waitingBytes -= dropped.bytes.length
  }

  /** Undefined when the outlet keeps up; else waits until it does, or until `clear()`. */
  #drained(): Promise<void> | undefined {
    if (this.#outlet.bufferedBytes < this.#congestedBytes) return undefined
    this.#outlet.onDrain ??= () => this.#onDrain()
    return new Promise((resolve) => this.#onRoom.push(resolve))
  }

  #onDrain(): void {
    this.#flush()
    this.#wakeUp()
  }

  #wakeUp(): void {
    if (this.#onRoom.length === 0) return
    const waiting = this.#onRoom
    this.#onRoom = []
    for (const resolve of waiting) resolve()
  }

  #flush(): void {
    if (this.#waiting === null) return
    for (const [key, { bytes }] of this.#waiting) {
      if (this.#outlet.bufferedBytes >= this.#congestedBytes) return
      this.#drop(key)
      this.#outlet.write(bytes)
    }
  }
}
