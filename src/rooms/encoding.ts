import type { MemberEvent } from './room-event.ts'

/** How one transport writes events. One object for all the members that read alike: each event is encoded once for it. */
export interface Encoding {
  readonly name: string
  /** Null: members on this transport do not hear of it. `epoch` is that of the room. */
  encode(event: MemberEvent, epoch: string): Uint8Array | null
}

/** One event on its way to many: keeps what each encoding made of it. */
export class EncodedEvent {
  readonly event: MemberEvent
  readonly epoch: string
  // A room has one to four encodings, mostly the same as that of the member before.
  #lastEncoding: Encoding | null = null
  #lastBytes: Uint8Array | null = null
  #others: Map<Encoding, Uint8Array | null> | null = null

  constructor(event: MemberEvent, epoch: string) {
    this.event = event
    this.epoch = epoch
  }

  /** Key for the policy `coalesce`; null where the event has none. */
  get key(): string | null {
    return this.event.kind === 'message' ? this.event.key : null
  }

  bytesFor(encoding: Encoding): Uint8Array | null {
    return encoding === this.#lastEncoding ? this.#lastBytes : this.#lookUp(encoding)
  }

  #lookUp(encoding: Encoding): Uint8Array | null {
    this.#others ??= new Map()
    let bytes = this.#others.get(encoding)
    if (bytes === undefined) {
      bytes = encoding.encode(this.event, this.epoch)
      this.#others.set(encoding, bytes)
    }
    this.#lastEncoding = encoding
    this.#lastBytes = bytes
    return bytes
  }
}
