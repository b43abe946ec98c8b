import { closeSync, fstatSync, openSync, statSync, write, writeSync } from 'node:fs'
import { defaultLimits } from '../core/limits.ts'

export interface LineWriterOptions {
  /** Path of a file that is appended to, or 1 for standard output. */
  readonly target: string | 1
  /** Text that waits for a full disk or a slow pipe. */
  readonly waitingCharsMax?: number
  /** Told once when writing begins to fail; with the number of lines that are lost where the process ends before it works. */
  readonly onError: (error: Error, lostLines: number) => void
}

const FLUSH_BYTES = 128 * 1024
// Text that grows by small pieces is joined when it is encoded: a long one takes several times as long as many short ones.
const PIECE_CHARS = 4 * 1024
const FLUSH_MS = 50
const RETRY_MS = 1000
/** How often it looks whether its file was moved away. */
const LOOK_MS = 1000

/**
 * Appends lines in blocks: after 128 KiB, after 50 ms, at close, and at the exit of the process. A block that cannot be
 * written (full disk) stays in memory, and what is left of it is tried again each second. A file that was moved away
 * (rotation) is followed by a new one at its place.
 */
export class LineWriter {
  #file: number
  readonly #options: LineWriterOptions
  readonly #charsMax: number
  /** Lines that are not encoded yet, and before them those that are. */
  #waiting = ''
  #pieces: Buffer[] = []
  #piecesBytes = 0
  /** What is being written, or the rest of what could not be. */
  #block: Buffer | null = null
  /** Size of the file when the block was begun. */
  #from = 0
  #writing: Promise<void> | null = null
  #isFailing = false
  #lookedMs = performance.now()
  #canReopen = true
  #timer: NodeJS.Timeout | null = null
  readonly #onExit = (): void => this.#flushNow()

  /** Throws when the file cannot be opened. */
  constructor(options: LineWriterOptions) {
    this.#options = options
    this.#charsMax = options.waitingCharsMax ?? defaultLimits.auditWaitingCharsMax
    this.#file = options.target === 1 ? 1 : openSync(options.target, 'a', 0o600)
    process.once('exit', this.#onExit)
  }

  /** True where more than the next line finds memory: after a loss, going on is worth it. */
  get hasRoom(): boolean {
    return (this.#piecesBytes + this.#waiting.length) * 2 < this.#charsMax
  }

  /**
   * Goes over to a new file where the old one was moved away or deleted; true where it did. What was written before goes
   * to the old one. Not while a block is under way: the next line asks again.
   */
  takeNewFile(): boolean {
    const { target, onError } = this.#options
    const now = performance.now()
    if (target === 1 || now - this.#lookedMs < LOOK_MS || this.#writing !== null || this.#block !== null) return false
    this.#lookedMs = now
    if (!isMoved(this.#file, target)) return false
    const bytes = this.#takeWaiting()
    const { written, error } = appendNow(this.#file, bytes)
    this.#block = written < bytes.length ? bytes.subarray(written) : null
    if (error !== null) return false
    try {
      const next = openSync(target, 'a', 0o600)
      closeSync(this.#file)
      this.#file = next
      this.#canReopen = true
      return true
    } catch (reason) {
      if (this.#canReopen) onError(reason instanceof Error ? reason : new Error(String(reason)), 0)
      this.#canReopen = false
      return false
    }
  }

  /** False when there is no memory left for the line: it is lost. */
  write(line: string): boolean {
    if (this.#piecesBytes + this.#waiting.length + line.length >= this.#charsMax) return false
    this.#waiting += `${line}\n`
    if (this.#waiting.length >= PIECE_CHARS) this.#encode()
    if (this.#piecesBytes >= FLUSH_BYTES && !this.#isFailing) this.#start()
    else this.#startLater()
    return true
  }

  /** Writes all that waits; gives up for now where that fails. */
  async flush(): Promise<void> {
    do {
      this.#start()
      if (this.#writing !== null) await this.#writing
    } while (!this.#isFailing && (this.#hasWaiting || this.#writing !== null))
  }

  async close(): Promise<void> {
    await this.flush()
    if (this.#timer !== null) clearTimeout(this.#timer)
    process.off('exit', this.#onExit)
    this.#flushNow()
    if (this.#file !== 1) closeSync(this.#file)
  }

  get #hasWaiting(): boolean {
    return this.#waiting !== '' || this.#piecesBytes > 0
  }

  #encode(): void {
    const piece = Buffer.from(this.#waiting)
    this.#pieces.push(piece)
    this.#piecesBytes += piece.length
    this.#waiting = ''
  }

  #takeWaiting(): Buffer {
    this.#encode()
    const bytes = Buffer.concat(this.#pieces)
    this.#pieces = []
    this.#piecesBytes = 0
    return bytes
  }

  #startLater(): void {
    this.#timer ??= setTimeout(() => this.#start(), this.#isFailing ? RETRY_MS : FLUSH_MS).unref()
  }

  #start(): void {
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#timer = null
    if (this.#writing !== null) return
    if (this.#block === null && this.#hasWaiting) this.#block = this.#takeWaiting()
    if (this.#block !== null) this.#writing = this.#append(this.#block)
  }

  async #append(block: Buffer): Promise<void> {
    this.#from = sizeOf(this.#file)
    const { written, error } = await appendBlock(this.#file, block)
    const hasFailed = error !== null && !this.#isFailing
    this.#block = written < block.length ? block.subarray(written) : null
    this.#isFailing = error !== null
    this.#writing = null
    if (hasFailed) this.#options.onError(error, 0)
    if (this.#block !== null || this.#hasWaiting) this.#startLater()
  }

  /** At the exit nothing asynchronous runs any more. */
  #flushNow(): void {
    const block = this.#block ?? Buffer.alloc(0)
    const done = this.#writing === null ? 0 : waitForBlock(this.#file, this.#from, block.length)
    const rest = Buffer.concat([block.subarray(done), this.#takeWaiting()])
    this.#block = null
    const { written, error } = appendNow(this.#file, rest)
    if (error !== null) this.#options.onError(error, countLines(rest.subarray(written)))
  }
}

interface Appended {
  readonly written: number
  readonly error: Error | null
}

function appendBlock(file: number, block: Buffer): Promise<Appended> {
  return new Promise((resolve) => {
    const go = (from: number): void =>
      write(file, block, from, block.length - from, null, (error, bytes) => {
        if (error !== null) resolve({ written: from, error })
        else if (from + bytes >= block.length) resolve({ written: block.length, error: null })
        else go(from + bytes)
      })
    go(0)
  })
}

/** A pipe that is full says so: its reader gets a moment. */
const NOW_TRIES = 40
const NOW_WAIT_MS = 5

function appendNow(file: number, bytes: Buffer): Appended {
  let written = 0
  let failure: Error | null = null
  for (let tries = 0; written < bytes.length && tries < NOW_TRIES;) {
    try {
      written += writeSync(file, bytes, written)
      failure = null
    } catch (error) {
      failure = error instanceof Error ? error : new Error(String(error))
      if (!('code' in failure) || failure.code !== 'EAGAIN') break
      pause(NOW_WAIT_MS)
      tries++
    }
  }
  return { written, error: failure }
}

/** Another thread writes a block: what comes after it must not overtake it. Gives how many bytes of it are in the file. */
function waitForBlock(file: number, from: number, length: number): number {
  if (!fstatSync(file).isFile()) return length
  for (let tries = 0; sizeOf(file) < from + length && tries < NOW_TRIES; tries++) pause(NOW_WAIT_MS)
  return Math.max(0, Math.min(length, sizeOf(file) - from))
}

function isMoved(file: number, path: string): boolean {
  const own = fstatSync(file)
  // A device or a pipe has no other at its place.
  if (!own.isFile()) return false
  const there = statSync(path, { throwIfNoEntry: false })
  return there === undefined || there.ino !== own.ino || there.dev !== own.dev
}

function sizeOf(file: number): number {
  return fstatSync(file).size
}

function pause(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms)
}

function countLines(bytes: Uint8Array): number {
  let count = 0
  for (const byte of bytes) if (byte === 10) count++
  return count
}
