import type { Cell } from './driver.ts'
import { PackedRows, ROW_HEAD_BYTES } from './packed-rows.ts'

/** Smaller results are left to the client: it reads them in no time. */
const PACKED_BYTES_MIN = 4 * 1024
/** No text of PostgreSQL has it, so no cell of a server begins with it. */
const MARK = '\0'
const HEAD_BYTES = 5

const DATA_ROW = 0x44
const COMMAND_COMPLETE = 0x43
const PORTAL_SUSPENDED = 0x73
const ERROR_RESPONSE = 0x45
const READY_FOR_QUERY = 0x5a

/**
 * Stands between a server and its client, and takes the rows of large results out of the stream (PostgreSQL manual,
 * section 55.7): a client makes a string of each cell, where often nobody wants it. It leaves one row in their place,
 * whose first cell is a mark; `take` gives the rows for it.
 */
export class RowTap {
  readonly #bytesMin: number
  readonly #taken = new Map<string, PackedRows>()
  /** Marks of the statement that is being answered. */
  #fresh: string[] = []
  #count = 0
  /** Rows of the result that is coming. */
  #held: Buffer[] = []
  /** The beginning of a message that is cut. */
  #cut: Buffer = EMPTY
  #cutBytes = 0
  /** What the client shall see of this chunk. */
  #seen: Buffer[] = []

  constructor(bytesMin: number = PACKED_BYTES_MIN) {
    this.#bytesMin = bytesMin
  }

  /** The rows for which this cell stands; null when it is a cell of the server. They are given once. */
  take(cell: Cell | undefined): PackedRows | null {
    if (cell === null || cell === undefined || !cell.startsWith(MARK)) return null
    const rows = this.#taken.get(cell)
    if (rows === undefined) throw new Error('Cannot give the rows of a result: they were given before')
    this.#taken.delete(cell)
    return rows
  }

  /** Takes bytes of the server, and gives those for the client. */
  readonly filter = (chunk: Buffer): Buffer => {
    let at = this.#cutBytes > 0 ? this.#complete(chunk) : 0
    if (at < chunk.length) at = this.#scan(chunk, at)
    if (at < chunk.length) this.#keepCut(chunk, at)
    const seen = this.#seen
    if (seen.length === 1 && seen[0] !== undefined) {
      this.#seen = []
      return seen[0]
    }
    this.#seen = []
    return seen.length === 0 ? EMPTY : Buffer.concat(seen)
  }

  /** Ends the message that was cut; gives where the next one begins. */
  #complete(chunk: Buffer): number {
    let at = 0
    if (this.#cutBytes < HEAD_BYTES) {
      at = Math.min(HEAD_BYTES - this.#cutBytes, chunk.length)
      chunk.copy(this.#cut, this.#cutBytes, 0, at)
      this.#cutBytes += at
      if (this.#cutBytes < HEAD_BYTES) return at
      this.#growCut()
    }
    const added = Math.min(this.#cut.length - this.#cutBytes, chunk.length - at)
    chunk.copy(this.#cut, this.#cutBytes, at, at + added)
    this.#cutBytes += added
    if (this.#cutBytes === this.#cut.length) {
      const message = this.#cut
      this.#cut = EMPTY
      this.#cutBytes = 0
      this.#scan(message, 0)
    }
    return at + added
  }

  #keepCut(chunk: Buffer, at: number): void {
    const length = chunk.length - at
    this.#cut = Buffer.allocUnsafeSlow(Math.max(HEAD_BYTES, length))
    chunk.copy(this.#cut, 0, at)
    this.#cutBytes = length
    if (length >= HEAD_BYTES) this.#growCut()
  }

  /** Makes room for the whole message, whose head is here. */
  #growCut(): void {
    const whole = Buffer.allocUnsafeSlow(1 + this.#cut.readUInt32BE(1))
    this.#cut.copy(whole, 0, 0, this.#cutBytes)
    this.#cut = whole
  }

  /** Sorts the whole messages of `bytes` from `start`; gives where they end. */
  #scan(bytes: Buffer, start: number): number {
    let at = start
    /** From here on nothing was passed on or held. */
    let open = start
    /** Begin of the rows that stand just before `at`, or -1. */
    let rows = -1
    while (at + HEAD_BYTES <= bytes.length) {
      const kind = bytes[at]
      const end = at + 1 + bytes.readUInt32BE(at + 1)
      if (end > bytes.length) break
      if (kind === DATA_ROW) {
        if (rows < 0) rows = at
      } else {
        const isEnd = kind === COMMAND_COMPLETE || kind === PORTAL_SUSPENDED
        if (rows >= 0 && !(isEnd && this.#mayStay(bytes, rows, at))) {
          this.#pass(bytes, open, rows)
          this.#held.push(bytes.subarray(rows, at))
          open = at
        }
        rows = -1
        if (isEnd && this.#held.length > 0) {
          this.#pass(bytes, open, at)
          open = at
          this.#release()
        } else if (kind === ERROR_RESPONSE) {
          this.#forget()
        } else if (kind === READY_FOR_QUERY) {
          this.#fresh = []
        }
      }
      at = end
    }
    if (rows >= 0) {
      this.#pass(bytes, open, rows)
      this.#held.push(bytes.subarray(rows, at))
    } else {
      this.#pass(bytes, open, at)
    }
    return at
  }

  /** A small result that came whole is passed on as it lies. */
  #mayStay(bytes: Buffer, rows: number, end: number): boolean {
    return this.#held.length === 0 && (end - rows < this.#bytesMin || bytes.readUInt16BE(rows + 5) === 0)
  }

  #pass(bytes: Buffer, start: number, end: number): void {
    if (start < end) this.#seen.push(start === 0 && end === bytes.length ? bytes : bytes.subarray(start, end))
  }

  /** The result is complete: a mark goes on in place of its rows, or the rows where they are few. */
  #release(): void {
    const rows = new PackedRows(this.#held)
    this.#held = []
    const cells = rows.blocks[0]?.readUInt16BE(5) ?? 0
    if (rows.bytes < this.#bytesMin || cells === 0) {
      this.#seen.push(...rows.blocks)
      return
    }
    this.#count += 1
    const mark = `${MARK}${this.#count}`
    this.#taken.set(mark, rows)
    this.#fresh.push(mark)
    this.#seen.push(formatRow(mark, cells))
  }

  /** After an error the client gives up the results of its statement, those that came whole too. */
  #forget(): void {
    this.#held = []
    for (const mark of this.#fresh) this.#taken.delete(mark)
    this.#fresh = []
  }
}

const EMPTY = Buffer.alloc(0)

/** A `DataRow` with this text in its first cell and nothing in the others. */
function formatRow(text: string, cells: number): Buffer {
  const length = Buffer.byteLength(text)
  const row = Buffer.alloc(ROW_HEAD_BYTES + 4 * cells + length, 0xff)
  row[0] = DATA_ROW
  row.writeUInt32BE(row.length - 1, 1)
  row.writeUInt16BE(cells, 5)
  row.writeInt32BE(length, ROW_HEAD_BYTES)
  row.write(text, ROW_HEAD_BYTES + 4)
  return row
}
