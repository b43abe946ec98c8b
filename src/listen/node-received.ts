import type { IncomingMessage } from 'node:http'
import type { Limits } from '../core/limits.ts'
import type { Peer, Received, Transport, Upgraded } from '../core/received.ts'
import { Refusal } from '../core/refusal.ts'
import type { MaybePromise, Outcome } from '../core/refusal.ts'
import { isAuthority, parseRequestTarget } from '../wire/http1/request-target.ts'
import type { RequestTarget } from '../wire/http1/request-target.ts'
import { findHeader, lowerNames } from './header-fields.ts'
import { StreamBody, tooLarge } from './stream-body.ts'
import { FORWARDING_HEADERS } from './trusted-proxies.ts'
import type { TrustedProxies } from './trusted-proxies.ts'

interface Frame {
  readonly limits: Limits
  readonly peer: Peer
  readonly proxies: TrustedProxies
  /** Runs before the first byte of the body is asked for. */
  readonly onBody: () => void
}

/** Takes the head of a request over from `node:http`, with the checks that it leaves out. */
export function readRequest(request: IncomingMessage, frame: Frame): NodeReceived | Refusal {
  const { limits } = frame
  const url = request.url ?? ''
  const pairs = lowerNames(request.rawHeaders)
  if (url.length > limits.urlBytesMax) return new Refusal('LISTEN_URL_TOO_LONG')
  if (pairs.length > limits.headersMax * 2) return new Refusal('LISTEN_HEAD_TOO_LARGE')
  for (let i = 0; i + 1 < pairs.length; i += 2) {
    const bytes = (pairs[i]?.length ?? 0) + (pairs[i + 1]?.length ?? 0) + 2
    if (bytes > limits.headerLineBytesMax) return new Refusal('LISTEN_HEAD_TOO_LARGE')
  }
  if (request.httpVersionMajor !== 1) return new Refusal('LISTEN_VERSION')
  const coding = findHeader(pairs, 'transfer-encoding')
  if (coding !== undefined && coding.toLowerCase() !== 'chunked') return new Refusal('LISTEN_BAD_REQUEST')
  const target = url.includes('#') ? null : parseRequestTarget(request.method ?? '', url)
  const hosts = pairs.filter((name, i) => i % 2 === 0 && name === 'host').length
  const hasWrongHost = hosts > 1 || (hosts === 0 && request.httpVersionMinor > 0)
  const isWrong = target === null || hasWrongHost || !isAuthority(findHeader(pairs, 'host') ?? '')
  return isWrong ? new Refusal('LISTEN_BAD_REQUEST') : new NodeReceived(request, { ...frame, target, pairs })
}

interface Parts extends Frame {
  readonly target: RequestTarget
  readonly pairs: readonly string[]
}

/** One request that came through `node:http`. */
export class NodeReceived implements Received {
  readonly transport: Transport = 'http'
  readonly method: string
  readonly path: string
  readonly query: string
  readonly host: string
  readonly peer: Peer
  readonly hasBody: boolean
  upgrade?: (() => Upgraded) | undefined
  readonly #request: IncomingMessage
  readonly #pairs: readonly string[]
  readonly #body: StreamBody
  readonly #length: number
  /** Somebody reads the body, or did. */
  isBodyTaken = false
  #controller: AbortController | null = null
  #isAborted = false

  constructor(request: IncomingMessage, { target, pairs, peer, proxies, limits, onBody }: Parts) {
    this.#request = request
    this.#pairs = pairs
    this.method = request.method ?? ''
    this.path = target.path
    this.query = target.query
    this.host = target.authority ?? (findHeader(pairs, 'host') ?? '').toLowerCase()
    const isChunked = findHeader(pairs, 'transfer-encoding') !== undefined
    this.#length = isChunked ? Number.POSITIVE_INFINITY : Number(findHeader(pairs, 'content-length') ?? 0)
    this.hasBody = this.#length > 0
    this.#body = new StreamBody(request, limits, onBody)
    const isForwarded = pairs.some((name, i) => i % 2 === 0 && FORWARDING_HEADERS.includes(name))
    const direct = isForwarded ? { ...peer, isDirectLoopback: false } : peer
    this.peer = isForwarded ? proxies.resolve(direct, (name) => this.header(name)) : direct
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
    if (this.#length > bytesMax && this.#length !== Number.POSITIVE_INFINITY) return tooLarge(bytesMax)
    this.isBodyTaken = true
    return this.#body.readAll(bytesMax)
  }

  streamBody(bytesMax: number): AsyncIterable<Uint8Array> {
    this.isBodyTaken = true
    return this.#body.stream(bytesMax)
  }

  /** Bytes of the body that nobody asked for; unknown ones count as endless. */
  unreadBytes(): number {
    return this.#request.complete || this.isBodyTaken ? 0 : this.#length
  }

  abort(): void {
    this.#isAborted = true
    this.#controller?.abort()
  }
}

const EMPTY = new Uint8Array(0)
