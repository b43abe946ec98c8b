import type { Peer } from '../core/received.ts'
import type { MaybePromise, Refusal } from '../core/refusal.ts'

/** How a connection ended: the peer closed it in order, it broke, or this side ended it (for a reason or not). */
export type ConnectionEnd = 'closed' | 'lost' | 'left' | Refusal

/** One connection as handlers see it; messages are of the listener's framing. */
export interface StreamConnection<Out> {
  /** Unique in its listener. */
  readonly id: number
  readonly peer: Peer
  /** Bytes given to the socket that the peer has not taken. */
  readonly bufferedBytes: number
  /** Called each time that `bufferedBytes` fell to zero. */
  onDrain: (() => void) | null
  /**
   * Sends a message. Undefined while the peer keeps up; else a promise to wait for. A connection whose peer lets more
   * than `sendBufferBytesMax` wait is ended as too slow.
   */
  send(message: Out): Promise<void> | undefined
  /** Sends bytes of the framing that were encoded before; they must not change while they wait. */
  sendBytes(bytes: Uint8Array): Promise<void> | undefined
  /** The same for one message to many connections; the bytes never change any more. */
  sendShared(bytes: Uint8Array): Promise<void> | undefined
  /** Sends what waits, then closes; the peer has `sendTimeoutMs` to take it. */
  end(reason?: Refusal): void
}

/** What a service does with its connections. A handler that throws ends the connection. */
export interface StreamHandler<In, Out = In> {
  readonly onOpen?: (connection: StreamConnection<Out>) => MaybePromise<void>
  /** The next message of this connection waits until what this gives is settled: a slow handler slows its peer. */
  readonly onMessage: (connection: StreamConnection<Out>, message: In) => MaybePromise<unknown>
  /** Called once for each connection that was opened. */
  readonly onClose?: (connection: StreamConnection<Out>, end: ConnectionEnd) => void
}
