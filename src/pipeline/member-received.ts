import type { Peer, Received, Transport } from '../core/received.ts'
import type { Identity, Scheme } from '../core/scheme.ts'
import { SeatReceived } from './seat-received.ts'

/** What stands for a call of a member: who it is was found out when it joined. */
export interface MemberCall {
  /** `MESSAGE`, `LEAVE`, `CHECK`. */
  readonly method: string
  readonly transport: Transport
  /** The call by which the member joined. */
  readonly joined: Received
  readonly identity: Identity | null
  readonly signal: AbortSignal
}

const NOTHING = new Uint8Array(0)

/** A message of a member as the pipeline takes it: its head is that of the call by which the member joined. */
export class MemberReceived implements Received {
  readonly transport: Transport
  readonly method: string
  readonly query: string
  readonly hasBody = false
  readonly identity: Identity | null
  readonly signal: AbortSignal
  readonly #joined: Received

  constructor({ method, transport, joined, identity, signal }: MemberCall) {
    this.method = method
    this.transport = transport
    this.identity = identity
    this.signal = signal
    this.#joined = joined
    // A message has parameters of its own; the rest is about the call that joined.
    this.query = method === 'MESSAGE' ? '' : joined.query
  }

  get path(): string {
    return this.#joined.path
  }

  get host(): string {
    return this.#joined.host
  }

  get peer(): Peer {
    return this.#joined.peer
  }

  header(name: string): string | undefined {
    return this.#joined.header(name)
  }

  headerPairs(): readonly string[] {
    return this.#joined.headerPairs()
  }

  readBody(): Uint8Array {
    return NOTHING
  }

  async *streamBody(): AsyncGenerator<Uint8Array> {
    // A message came whole: its parameters are bound already.
  }
}

/** Recognises a member by the connection on which its message came, or by the signature of its datagram. */
export const memberScheme: Scheme = {
  name: 'member',
  reads: 'head',
  isAmbient: false,
  challenge: () => null,
  prepare: () => [],
  recognize: ({ received }) =>
    received instanceof MemberReceived || received instanceof SeatReceived ? received.identity : null,
  describe: () => ({}),
}
