import type { Duplex } from 'node:stream'
import type { EncodedReply } from './reply.ts'
import type { MaybePromise, Outcome } from './refusal.ts'

export type Transport = 'http' | 'websocket' | 'sse' | 'tcp' | 'udp'

/** The other end of a connection, as far as it can be trusted. */
export interface Peer {
  /** Address of the client: the one that a trusted proxy names, else that of the socket. */
  readonly address: string
  readonly port: number
  /** True on TLS, or where a trusted proxy says that the client used it. */
  readonly isSecure: boolean
  /** True only for a loopback socket whose message carries no forwarding header. */
  readonly isDirectLoopback: boolean
  /** True where a listed proxy sent the message: what it says in other headers may count. */
  readonly isProxied?: boolean | undefined
}

/**
 * One message as a listener gives it to the pipeline. Only the head is read: the body waits until the
 * pipeline asks for it.
 */
export interface Received {
  readonly transport: Transport
  /** Upper-case method (RFC 9110 section 9); `MESSAGE` where the transport has none. */
  readonly method: string
  /** Path as sent, still percent-encoded, without the query; starts with `/`. */
  readonly path: string
  /** Query as sent, without the `?`; empty when there is none. */
  readonly query: string
  /** Host as sent in the authority, lower-case, with its port if any; empty when there is none. */
  readonly host: string
  readonly peer: Peer
  readonly hasBody: boolean
  /** Aborts when the peer goes away before its answer is written. Made on first use. */
  readonly signal: AbortSignal
  /** Value of a header by lower-case name; repeated ones joined by `, ` (`; ` for cookie). */
  header(name: string): string | undefined
  /** All headers as name, value, name, value; names lower-case. */
  headerPairs(): readonly string[]
  /** The whole body, at once when it is already here; a refusal when it is larger than `bytesMax` or too slow. */
  readBody(bytesMax: number): MaybePromise<Outcome<Uint8Array>>
  /**
   * The body piece by piece, reading no faster than the consumer. Throws a `Refusal` when it is larger than
   * `bytesMax` or too slow.
   */
  streamBody(bytesMax: number): AsyncIterable<Uint8Array>
  /**
   * Hands the socket over after `101` was decided (WebSocket). Undefined where the peer did not ask for it or the
   * listener cannot.
   */
  readonly upgrade?: (() => Upgraded) | undefined
}

/** A socket that a listener gave away, with the bytes that it had read too far. */
export interface Upgraded {
  readonly socket: Duplex
  readonly head: Uint8Array
}

/** The pipeline, as listeners know it. It never throws and never rejects. */
export type Answer = (received: Received) => MaybePromise<EncodedReply>

/** Something that takes calls from outside. */
export interface Listener {
  readonly name: string
  /** Opens the socket; gives the URL under which it can be reached. Throws when the port is taken. */
  open(answer: Answer): Promise<string>
  /** Stops accepting, lets running calls end within `deadlineMs`, then closes what remains. */
  close(deadlineMs: number): Promise<void>
}
