import type { Readable } from 'node:stream'
import type { Limits } from '../core/limits.ts'
import type { Peer, Received, Transport, Upgraded } from '../core/received.ts'
import type { MaybePromise, Outcome } from '../core/refusal.ts'
import { findHeader } from './header-fields.ts'
import { StreamBody, tooLarge } from './stream-body.ts'
import { peerOfMessage } from './trusted-proxies.ts'
import type { TrustedProxies } from './trusted-proxies.ts'

/** What a listener took over of a request whose body is a stream of Node's. */
export interface StreamRequest {
  readonly method: string
  readonly path: string
  readonly query: string
  readonly host: string
  /** Name, value, name, value; names lower-case. */
  readonly pairs: readonly string[]
  /** Bytes of the body; infinite when nobody said. */
  readonly bodyBytes: number
  readonly source: Readable
  /** Runs before the first byte of the body is asked for. */
  readonly onBody: () => void
}

/** What the requests of one connection share. */
export interface RequestFrame {
  readonly limits: Limits
  readonly peer: Peer
  readonly proxies: TrustedProxies
}

/** One request that came through a stream of Node's: `node:http`, HTTP/2. */
export class StreamReceived implements Received {
  readonly transport: Transport = 'http'
  readonly method: string
  readonly path: string
  readonly query: string
  readonly host: string
  readonly peer: Peer
  readonly hasBody: boolean
  upgrade?: (() => Upgraded) | undefined
  /** Somebody reads the body, or did. */
  isBodyTaken = false
  readonly #pairs: readonly string[]
  readonly #body: StreamBody
  readonly #bodyBytes: number
  #controller: AbortController | null = null
  #isAborted = false

  constructor(request: StreamRequest, { limits, peer, proxies }: RequestFrame) {
    const { pairs } = request
    this.method = request.method
    this.path = request.path
    this.query = request.query
    this.host = request.host
    this.hasBody = request.bodyBytes > 0
    this.#pairs = pairs
    this.#bodyBytes = request.bodyBytes
    this.#body = new StreamBody(request.source, limits, request.onBody)
    this.peer = peerOfMessage(peer, pairs, proxies)
  }

  get signal(): AbortSignal {
    this.#controller ??= new AbortController()
    if (this.#isAborted) this.#controller.abort()
    return this.#controller.signal
  }

  header(name: string): string | undefined {
    return findHeader(this.#pairs, name)
  }

  headerPairs(): readonly string[] {
    return this.#pairs
  }

  readBody(bytesMax: number): MaybePromise<Outcome<Uint8Array>> {
    if (!this.hasBody) return EMPTY
    if (this.#bodyBytes > bytesMax && this.#bodyBytes !== Number.POSITIVE_INFINITY) return tooLarge(bytesMax)
    this.isBodyTaken = true
    return this.#body.readAll(bytesMax)
  }

  streamBody(bytesMax: number): AsyncIterable<Uint8Array> {
    this.isBodyTaken = true
    return this.#body.stream(bytesMax)
  }

  /** Bytes of the body that nobody asked for; infinite when nobody knows how many. */
  unreadBytes(): number {
    return this.isBodyTaken ? 0 : this.#bodyBytes
  }

  abort(): void {
    this.#isAborted = true
    this.#controller?.abort()
  }
}

const EMPTY = new Uint8Array(0)
