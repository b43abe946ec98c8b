import type { Refusal } from '../core/refusal.ts'
import type { Encoding } from './encoding.ts'
import { formatJson } from './json-encoding.ts'
import type { Outlet } from './outlet.ts'

const plainJson: Encoding = { name: 'json', encode: (event) => Buffer.from(formatJson(event)) }

/** An outlet in memory that remembers what it was told; it can stop reading. For tests of rooms and brokers. */
export class RecordingOutlet implements Outlet {
  readonly encoding: Encoding
  onDrain: (() => void) | null = null
  bufferedBytes = 0
  ended: Refusal | null = null
  readonly texts: string[] = []
  #isReading = true
  #buffered: Uint8Array[] = []

  constructor(encoding: Encoding = plainJson) {
    this.encoding = encoding
  }

  /** All events heard, parsed. */
  get events(): readonly Readonly<Record<string, unknown>>[] {
    return this.texts.map((text) => JSON.parse(text) as Readonly<Record<string, unknown>>) // formatJson gives objects
  }

  /** Offsets of the messages heard. */
  get offsets(): readonly number[] {
    return this.events.flatMap(({ offset }) => (typeof offset === 'number' ? [offset] : []))
  }

  write(bytes: Uint8Array): void {
    if (this.#isReading) this.texts.push(Buffer.from(bytes).toString())
    else {
      this.#buffered.push(bytes)
      this.bufferedBytes += bytes.length
    }
  }

  end(refusal: Refusal): void {
    this.ended = refusal
  }

  stall(): void {
    this.#isReading = false
  }

  read(): void {
    this.#isReading = true
    const buffered = this.#buffered
    this.#buffered = []
    this.bufferedBytes = 0
    for (const bytes of buffered) this.texts.push(Buffer.from(bytes).toString())
    this.onDrain?.()
  }
}
