import type { Clock } from '../core/clock.ts'
import type { Limits } from '../core/limits.ts'
import type { Peer, Received } from '../core/received.ts'
import type { Refusal } from '../core/refusal.ts'
import type { EncodedReply } from '../core/reply.ts'
import type { ForwardingHeader } from './trusted-proxies.ts'

/** What every HTTP listener needs to know. */
export interface ListenerOptions {
  /** Address or name to listen on. */
  readonly host: string
  /** 0: one that the system chooses. */
  readonly port: number
  readonly limits: Limits
  /** Addresses or networks (`10.0.0.0/8`) whose forwarding headers count; nobody else's do. */
  readonly trustedProxies: readonly string[]
  /** The one header that those proxies set; the other is never believed. `x-forwarded-for` by default. */
  readonly forwardingHeader?: ForwardingHeader | undefined
  /**
   * Formats and records what the listener itself refuses; `received` is null when no head could be read. Then `peer` says
   * whose connection it is.
   */
  readonly refuse: (refusal: Refusal, received: Received | null, peer?: Peer) => EncodedReply
  /** Told about errors that no peer is to blame for. */
  readonly log?: ((message: string, error: unknown) => void) | undefined
  readonly clock?: Clock | undefined
}
