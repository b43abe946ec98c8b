import type { Duplex } from 'node:stream'

// A write of so many bytes may stay in our hands: its end is looked at. Small ones mostly leave at once.
const LARGE_BYTES = 4096
// From here a sender that cares should wait.
const SEND_MARK_BYTES = 64 * 1024

// So much of one turn is gathered at most before the system gets it.
const GATHERED_BYTES = 8 * 1024

/**
 * What is written in one turn of the event loop: the first write to a socket leaves at once, those that follow leave
 * together when the turn ends. A call of the system costs more than all that a small message costs beside it, and in a
 * busy room many speak in one turn.
 */
class Turn {
  /** Changes with each turn. */
  number = 0
  #gathering: Duplex[] = []
  #isOpen = false
  readonly #close = (): void => {
    this.number++
    this.#isOpen = false
    const sockets = this.#gathering
    this.#gathering = []
    for (const socket of sockets) socket.uncork()
  }

  /** Something was written: the turn will end. */
  open(): void {
    if (this.#isOpen) return
    this.#isOpen = true
    setImmediate(this.#close)
  }

  gather(socket: Duplex): void {
    socket.cork()
    this.#gathering.push(socket)
  }
}

const turn = new Turn()

/** Bytes as Latin-1 text, one character for each: Node.js takes a short text to the system sooner than a buffer. */
function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1')
}

let lastShared: Uint8Array | null = null
let lastText = ''

/** The text of bytes that never change is made once for all the sockets that they go to, one after the other. */
function textOfShared(bytes: Uint8Array): string {
  if (bytes !== lastShared) {
    lastText = textOf(bytes)
    lastShared = bytes
  }
  return lastText
}

const NOTHING = new Uint8Array(0)

/** Writes to a socket and knows what its peer has not taken yet. */
export class SocketWriter {
  readonly #socket: Duplex
  #onDrain: (() => void) | null = null
  #room: PromiseWithResolvers<void> | null = null
  /** The turn of the last write, and whether more of it is gathered. */
  #turn = -1
  #isGathering = false
  readonly #onWritten = (): void => {
    if (this.#socket.writableLength === 0) this.release()
  }

  constructor(socket: Duplex) {
    this.#socket = socket
  }

  get bufferedBytes(): number {
    return this.#socket.writableLength
  }

  /** Called when all that waited was taken. */
  get onDrain(): (() => void) | null {
    return this.#onDrain
  }

  set onDrain(listener: (() => void) | null) {
    this.#onDrain = listener
    // The end of what waits may not be looked at: nothing behind it is.
    if (listener !== null && this.#socket.writableLength > 0) this.#socket.write(NOTHING, this.#onWritten)
  }

  /**
   * Undefined while the peer keeps up, else a promise to wait for. `isShared`: the bytes go to other sockets too, and
   * never change any more; other bytes may be used again once they were sent.
   */
  write(bytes: Uint8Array, isShared = false): Promise<void> | undefined {
    const socket = this.#socket
    if (!socket.writable) return undefined
    const waitingBytes = socket.writableLength
    this.#enterTurn(waitingBytes + bytes.length)
    if (bytes.length >= LARGE_BYTES || waitingBytes > 0) socket.write(bytes, this.#onWritten)
    else {
      const text = isShared ? textOfShared(bytes) : textOf(bytes)
      if (this.#onDrain === null) socket.write(text, 'latin1')
      else socket.write(text, 'latin1', this.#onWritten)
    }
    return waitingBytes + bytes.length < SEND_MARK_BYTES ? undefined : this.drained()
  }

  #enterTurn(lengthBytes: number): void {
    if (this.#turn !== turn.number) {
      turn.open()
      this.#turn = turn.number
      this.#isGathering = false
    } else if (!this.#isGathering) {
      this.#isGathering = true
      turn.gather(this.#socket)
    } else if (lengthBytes > GATHERED_BYTES) {
      this.#socket.uncork()
      this.#socket.cork()
    }
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
    this.#onDrain?.()
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
