import type { Peer, Received, Transport } from '../core/received.ts'
import type { Identity } from '../core/scheme.ts'

/** What a client without HTTP says of itself when it comes. */
export interface SeatRequest {
  /** `JOIN`, `MESSAGE`. */
  readonly method: string
  readonly transport: Transport
  readonly peer: Peer
  /** Who it is, where a signature has shown it; null: credentials may. */
  readonly identity: Identity | null
  /** Path of the room, percent-encoded. */
  readonly path: string
  readonly query: string
  /** As in the header of that name; null: none. */
  readonly authorization: string | null
  readonly signal: AbortSignal
  /** True: it only speaks, and takes no place in the room. */
  readonly isVisit?: boolean
}

const NOTHING = new Uint8Array(0)

/** The call by which a TCP or UDP client joins: the same stages look at it as at an upgrade. */
export class SeatReceived implements Received {
  readonly transport: Transport
  readonly method: string
  readonly identity: Identity | null
  readonly path: string
  readonly query: string
  readonly host = ''
  readonly peer: Peer
  readonly hasBody = false
  readonly signal: AbortSignal
  readonly isVisit: boolean
  readonly #authorization: string | null

  constructor({ method, transport, peer, identity, path, query, authorization, signal, isVisit = false }: SeatRequest) {
    this.method = method
    this.transport = transport
    this.identity = identity
    this.peer = peer
    this.path = path
    this.query = query
    this.signal = signal
    this.isVisit = isVisit
    this.#authorization = authorization
  }

  header(name: string): string | undefined {
    return name === 'authorization' ? (this.#authorization ?? undefined) : undefined
  }

  headerPairs(): readonly string[] {
    return this.#authorization === null ? [] : ['authorization', this.#authorization]
  }

  readBody(): Uint8Array {
    return NOTHING
  }

  async *streamBody(): AsyncGenerator<Uint8Array> {
    // All that such a client says of itself is in its head.
  }
}
