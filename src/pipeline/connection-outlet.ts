import type { Refusal } from '../core/refusal.ts'
import type { StreamConnection } from '../listen/stream-connection.ts'
import type { Encoding } from '../rooms/encoding.ts'
import type { Outlet } from '../rooms/outlet.ts'

/** A WebSocket or a TCP connection as the ear of a member. */
export class ConnectionOutlet implements Outlet {
  readonly encoding: Encoding
  readonly #connection: StreamConnection<never>
  /** True where the transport has no word of its own for the reason of an end. */
  readonly #tellsEnd: boolean

  constructor(connection: StreamConnection<never>, encoding: Encoding, tellsEnd: boolean) {
    this.encoding = encoding
    this.#connection = connection
    this.#tellsEnd = tellsEnd
  }

  get bufferedBytes(): number {
    return this.#connection.bufferedBytes
  }

  get onDrain(): (() => void) | null {
    return this.#connection.onDrain
  }

  set onDrain(listener: (() => void) | null) {
    this.#connection.onDrain = listener
  }

  write(bytes: Uint8Array): void {
    // Who is too slow is the room's to say: nobody waits here.
    void this.#connection.sendShared(bytes)
  }

  end(refusal: Refusal): void {
    if (this.#tellsEnd) {
      const bytes = this.encoding.encode({ kind: 'refused', id: null, refusal }, '')
      if (bytes !== null) this.write(bytes)
    }
    this.#connection.end(refusal)
  }
}
