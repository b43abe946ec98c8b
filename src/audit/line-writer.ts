import { closeSync, openSync, write, writeSync } from 'node:fs'

export interface LineWriterOptions {
  /** Path of a file that is appended to, or 1 for standard output. */
  readonly target: string | 1
  /** Told when writing fails, and how many lines were lost when the memory for them was full. */
  readonly onError: (error: Error, lostLines: number) => void
}

const FLUSH_CHARS = 8 * 1024
const FLUSH_MS = 50
/** Text that waits for a full disk or a slow pipe; beyond it lines are lost, and counted. */
const WAITING_CHARS_MAX = 8 * 1024 * 1024

/**
 * Appends lines in blocks: after 8 KiB, after 50 ms, at close, and at the exit of the process. A block that cannot be
 * written (full disk) stays in memory and is tried again with the next one.
 */
export class LineWriter {
  readonly #file: number
  readonly #options: LineWriterOptions
  #waiting = ''
  #writing: Promise<void> | null = null
  #timer: NodeJS.Timeout | null = null
  #lost = 0
  readonly #onExit = (): void => this.#flushNow()

  /** Throws when the file cannot be opened. */
  constructor(options: LineWriterOptions) {
    this.#options = options
    this.#file = options.target === 1 ? 1 : openSync(options.target, 'a', 0o600)
    process.once('exit', this.#onExit)
  }

  write(line: string): void {
    if (this.#waiting.length > WAITING_CHARS_MAX) {
      this.#lost++
      return
    }
    this.#waiting += `${line}\n`
    if (this.#waiting.length >= FLUSH_CHARS) this.#start()
    else this.#timer ??= setTimeout(() => this.#start(), FLUSH_MS).unref()
  }

  async flush(): Promise<void> {
    this.#start()
    while (this.#writing !== null) await this.#writing
  }

  async close(): Promise<void> {
    await this.flush()
    this.#flushNow()
    process.off('exit', this.#onExit)
    if (this.#file !== 1) closeSync(this.#file)
  }

  #start(): void {
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#timer = null
    if (this.#writing !== null || this.#waiting === '') return
    const block = Buffer.from(this.#waiting)
    this.#waiting = ''
    this.#writing = this.#writeBlock(block)
  }

  async #writeBlock(block: Buffer): Promise<void> {
    const { written, error } = await appendBlock(this.#file, block)
    this.#writing = null
    if (error === null) {
      if (this.#waiting !== '') this.#timer ??= setTimeout(() => this.#start(), FLUSH_MS).unref()
      return
    }
    // The part that was not written goes first again: nothing is lost while there is memory for it.
    this.#waiting = block.subarray(written).toString('utf8') + this.#waiting
    this.#timer ??= setTimeout(() => this.#start(), 1000).unref()
    this.#options.onError(error, this.#lost)
  }

  /** At the exit nothing asynchronous runs any more. */
  #flushNow(): void {
    if (this.#waiting === '') return
    const text = this.#waiting
    this.#waiting = ''
    try {
      writeSync(this.#file, text)
    } catch (error) {
      this.#options.onError(error instanceof Error ? error : new Error(String(error)), this.#lost)
    }
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
