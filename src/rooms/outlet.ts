import type { Refusal } from '../core/refusal.ts'
import type { Encoding } from './encoding.ts'

/** Where a member hears: one connection, whatever carries it. */
export interface Outlet {
  readonly encoding: Encoding
  /** Bytes given to `write` that the peer has not taken yet, as far as the transport knows. */
  readonly bufferedBytes: number
  /** Sends bytes made by `encoding`. Does nothing once the connection is gone. */
  write(bytes: Uint8Array): void
  /** Set by the room, called by the transport each time that `bufferedBytes` fell to zero. */
  onDrain: (() => void) | null
  /** Tells the peer why, as far as the transport can, and closes. */
  end(refusal: Refusal): void
}
