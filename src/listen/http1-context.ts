import type { Limits } from '../core/limits.ts'
import type { Answer, Peer, Received } from '../core/received.ts'
import type { Refusal } from '../core/refusal.ts'
import type { EncodedReply } from '../core/reply.ts'
import type { TrustedProxies } from './trusted-proxies.ts'

/** What the connections of one listener share. */
export interface Http1Context {
  readonly limits: Limits
  readonly proxies: TrustedProxies
  readonly answer: Answer
  readonly refuse: (refusal: Refusal, received: Received | null, peer?: Peer) => EncodedReply
  readonly log: (message: string, error: unknown) => void
  /** Monotonic milliseconds, moved by one timer for all connections. */
  nowMs: number
  /** `Date` as a line, made once a second. */
  dateLine: string
  /** True once the listener drains: every answer is the last of its connection. */
  isClosing: boolean
}
