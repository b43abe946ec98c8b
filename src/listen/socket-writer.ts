import type { Duplex } from 'node:stream'

// A write of so many bytes may stay in our hands: its end is looked at. Small ones mostly leave at once.
const LARGE_BYTES = 4096
// From here a sender that cares should wait.
const SEND_MARK_BYTES = 64 * 1024

/** Writes to a socket and knows what its peer has not taken yet. */
export class SocketWriter {
  readonly #socket: Duplex
  /** Called when all that waited was taken. */
  onDrain: (() => void) | null = null
  #room: PromiseWithResolvers<void> | null = null
  readonly #onWritten = (): void => {
    if (this.#socket.writableLength === 0) this.release()
  }

  constructor(socket: Duplex) {
    this.#socket = socket
  }

  get bufferedBytes(): number {
    return this.#socket.writableLength
  }

  write(bytes: Uint8Array): void {
    const socket = this.#socket
    if (!socket.writable) return
    if (bytes.length < LARGE_BYTES && socket.writableLength === 0) socket.write(bytes)
    else socket.write(bytes, this.#onWritten)
  }

  /** Undefined while the peer keeps up, else a promise to wait for. */
  drained(): Promise<void> | undefined {
    if (this.#socket.writableLength < SEND_MARK_BYTES) return undefined
    this.#room ??= Promise.withResolvers<void>()
    return this.#room.promise
  }

  /** Lets go of whoever waits: all was taken, or nothing ever will be. */
  release(): void {
    this.#room?.resolve()
    this.#room = null
    this.onDrain?.()
  }
}

/** Knows since when a peer has taken nothing of what waits for it. */
export class StallWatch {
  #takenBytes = -1
  #sinceMs = 0

  /** Milliseconds for which `waitingBytes` have waited while `writtenBytes` in all, those included, did not change. */
  observe(writtenBytes: number, waitingBytes: number, nowMs: number): number {
    const taken = writtenBytes - waitingBytes
    if (waitingBytes === 0 || taken !== this.#takenBytes) {
      this.#takenBytes = taken
      this.#sinceMs = nowMs
    }
    return nowMs - this.#sinceMs
  }
}
