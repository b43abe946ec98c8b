import type { Peer, Received, Transport, Upgraded } from '../core/received.ts'
import type { MaybePromise, Outcome } from '../core/refusal.ts'
import type { EncodedReply } from '../core/reply.ts'
import type { RequestHead } from '../wire/http1/request-head.ts'
import { Http1Body } from './http1-body.ts'
import type { BodySource } from './http1-body.ts'
import type { Exchange } from './http1-exchange.ts'

/** What a request needs of its connection. */
export interface RequestSource extends BodySource {
  /** The peer of this request: another than the socket's where a trusted proxy says so. */
  peerOf(head: RequestHead): Peer
  /** Gives the socket away. */
  detach(): Upgraded
}

/** One request on an HTTP/1.1 connection; what is not asked for is not computed. */
export class Http1Received implements Received, Exchange {
  readonly transport: Transport = 'http'
  readonly method: string
  readonly path: string
  readonly query: string
  reply: EncodedReply | null = null
  /** Null when the request has none. */
  readonly body: Http1Body | null
  readonly #head: RequestHead
  readonly #source: RequestSource
  #peer: Peer | null = null
  #controller: AbortController | null = null
  #isAborted = false

  constructor(head: RequestHead, source: RequestSource) {
    this.method = head.method
    this.path = head.path
    this.query = head.query
    this.body = head.facts.bodyLength === 0 ? null : new Http1Body(source, head.facts.bodyLength)
    this.#head = head
    this.#source = source
  }

  get host(): string {
    return this.#head.host
  }

  get peer(): Peer {
    return (this.#peer ??= this.#source.peerOf(this.#head))
  }

  get hasBody(): boolean {
    return this.body !== null
  }

  /** The target is absolute and names `https`. */
  get isHttps(): boolean {
    return this.#head.isHttps
  }

  get isPersistent(): boolean {
    return this.#head.facts.isPersistent
  }

  get isVersion10(): boolean {
    return this.#head.facts.isVersion10
  }

  /** The peer waits for `100 Continue` before it sends the body. */
  get expectsContinue(): boolean {
    return this.#head.facts.expectsContinue
  }

  get wantsUpgrade(): boolean {
    return this.#head.facts.wantsUpgrade
  }

  get signal(): AbortSignal {
    this.#controller ??= new AbortController()
    if (this.#isAborted) this.#controller.abort()
    return this.#controller.signal
  }

  get upgrade(): (() => Upgraded) | undefined {
    return this.#head.facts.wantsUpgrade ? () => this.#source.detach() : undefined
  }

  header(name: string): string | undefined {
    return this.#head.header(name)
  }

  headerPairs(): readonly string[] {
    return this.#head.headerPairs()
  }

  readBody(bytesMax: number): MaybePromise<Outcome<Uint8Array>> {
    return this.body === null ? EMPTY : this.body.readAll(bytesMax)
  }

  streamBody(bytesMax: number): AsyncIterable<Uint8Array> {
    return this.body === null ? nothing() : this.body.stream(bytesMax)
  }

  abort(): void {
    this.#isAborted = true
    this.#controller?.abort()
  }
}

const EMPTY = new Uint8Array(0)

async function* nothing(): AsyncGenerator<Uint8Array> {}
