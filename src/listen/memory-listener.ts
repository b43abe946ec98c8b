import { Readable } from 'node:stream'
import { asError } from '../core/as-error.ts'
import { defaultLimits } from '../core/limits.ts'
import type { Limits } from '../core/limits.ts'
import type { Answer, Listener, Peer, Received, Transport } from '../core/received.ts'
import type { MaybePromise, Outcome } from '../core/refusal.ts'
import type { EncodedReply } from '../core/reply.ts'
import { isFramingField, isBodiless, lengthOf } from '../wire/http1/reply-head.ts'
import { parseRequestTarget } from '../wire/http1/request-target.ts'
import { discardBody } from './discard-body.ts'
import { findHeader, lowerNames } from './header-fields.ts'
import { StreamBody, tooLarge } from './stream-body.ts'
import { createTrustedProxies, peerOfMessage, type TrustedProxies } from './trusted-proxies.ts'

/** A request that never becomes a message on a socket. */
export interface MemoryRequest {
  readonly method: string
  /** Path and query as a client would send them, percent-encoded. */
  readonly target: string
  /** Name, value, name, value. */
  readonly headers?: readonly string[] | undefined
  readonly body?: string | Uint8Array | AsyncIterable<Uint8Array> | null | undefined
  readonly peer?: Partial<Peer> | undefined
  /** Aborts the call as a peer does that goes away. */
  readonly signal?: AbortSignal | undefined
}

export interface MemoryReply {
  readonly status: number
  /** Name, value, name, value; names lower-case. */
  readonly headers: readonly string[]
  readonly body: Uint8Array
}

/** Serves the pipeline without sockets: what the test client uses. */
export interface MemoryListener extends Listener {
  request(request: MemoryRequest): Promise<MemoryReply>
  /** The same with the body piece by piece, for long answers (events). */
  stream(request: MemoryRequest): Promise<MemoryStream>
}

export interface MemoryStream extends Omit<MemoryReply, 'body'> {
  readonly body: AsyncIterable<Uint8Array>
}

export interface MemoryListenerOptions {
  readonly limits?: Limits | undefined
  /** Whose forwarding headers count; nobody's by default. */
  readonly proxies?: TrustedProxies | undefined
}

const NO_PROXIES = createTrustedProxies([], 'x-forwarded-for')

/** Makes a listener whose calls come from this process. */
export function createMemoryListener(options: MemoryListenerOptions = {}): MemoryListener {
  const { limits = defaultLimits, proxies = NO_PROXIES } = options
  let answer: Answer | null = null
  const running = new Set<AbortController>()
  const stream = async (request: MemoryRequest): Promise<MemoryStream> => {
    if (answer === null) throw new Error('Cannot request: the memory listener is not open')
    const received = new MemoryReceived(request, limits, proxies)
    running.add(received.controller)
    try {
      const reply = await answer(received)
      return openReply(reply, request.method, () => running.delete(received.controller))
    } catch (error) {
      running.delete(received.controller)
      throw error
    }
  }
  return {
    name: 'memory',
    stream,
    async request(request) {
      const { body, ...head } = await stream(request)
      return { ...head, body: await collect(body) }
    },
    open(pipeline) {
      answer = pipeline
      return Promise.resolve('http://memory')
    },
    async close(deadlineMs) {
      answer = null
      const deadline = performance.now() + deadlineMs
      while (running.size > 0 && performance.now() < deadline) await new Promise((resolve) => setTimeout(resolve, 5))
      for (const controller of running) controller.abort()
    },
  }
}

class MemoryReceived implements Received {
  readonly transport: Transport = 'http'
  readonly method: string
  readonly path: string
  readonly query: string
  readonly host: string
  readonly peer: Peer
  readonly hasBody: boolean
  readonly controller = new AbortController()
  readonly signal: AbortSignal
  readonly #pairs: readonly string[]
  readonly #whole: Uint8Array | null
  readonly #source: StreamBody | null

  constructor(request: MemoryRequest, limits: Limits, proxies: TrustedProxies) {
    const { method, target, headers = [], body = null, peer = {} } = request
    const parts = parseRequestTarget(method, target)
    if (parts === null) throw new TypeError(`Cannot request: "${target}" is not a target for ${method}`)
    this.#pairs = lowerNames(headers)
    this.method = method
    this.path = parts.path
    this.query = parts.query
    this.host = parts.authority ?? (findHeader(this.#pairs, 'host') ?? 'memory').toLowerCase()
    const direct = { address: '127.0.0.1', port: 0, isSecure: false, isDirectLoopback: true, ...peer }
    this.peer = peerOfMessage({ ...direct, isProxied: proxies.has(direct.address) }, this.#pairs, proxies)
    this.#whole = typeof body === 'string' ? Buffer.from(body) : body instanceof Uint8Array ? body : null
    this.#source = this.#whole !== null || body === null ? null : bodyOf(body, limits)
    this.hasBody = this.#source !== null || (this.#whole !== null && this.#whole.length > 0)
    const { signal } = this.controller
    this.signal = request.signal === undefined ? signal : AbortSignal.any([signal, request.signal])
  }

  header(name: string): string | undefined {
    return findHeader(this.#pairs, name)
  }

  headerPairs(): readonly string[] {
    return this.#pairs
  }

  readBody(bytesMax: number): MaybePromise<Outcome<Uint8Array>> {
    if (this.#source !== null) return this.#source.readAll(bytesMax)
    const body = this.#whole ?? EMPTY
    return body.length > bytesMax ? tooLarge(bytesMax) : body
  }

  async *streamBody(bytesMax: number): AsyncGenerator<Uint8Array> {
    if (this.#source !== null) {
      yield* this.#source.stream(bytesMax)
      return
    }
    const body = this.#whole ?? EMPTY
    if (body.length > bytesMax) throw tooLarge(bytesMax)
    if (body.length > 0) yield body
  }
}

const EMPTY = new Uint8Array(0)

function bodyOf(body: string | Uint8Array | AsyncIterable<Uint8Array>, limits: Limits): StreamBody {
  return new StreamBody(Readable.from(body, { objectMode: false }), limits, () => undefined)
}

function openReply(reply: EncodedReply, method: string, onEnd: () => void): MemoryStream {
  const { status, head, headers } = reply
  const pairs = [...lowerNames(head.pairs), ...lowerNames(headers ?? [])]
  const fields = pairs.filter((_, i) => !isFramingField(pairs[i - (i % 2)] ?? ''))
  const length = lengthOf(reply)
  if (length >= 0 && !isBodiless(status)) fields.push('content-length', String(length))
  const isSilent = method === 'HEAD' || isBodiless(status)
  if (isSilent) discardBody(reply.body)
  const body = isSilent ? null : reply.body
  return { status, headers: fields, body: sendBody(reply, body, onEnd) }
}

async function* sendBody(
  reply: EncodedReply,
  body: EncodedReply['body'],
  onEnd: () => void,
): AsyncGenerator<Uint8Array> {
  let failure: Error | null = null
  try {
    if (typeof body === 'string') yield Buffer.from(body)
    else if (body instanceof Uint8Array) yield body
    else if (body !== null) yield* body
  } catch (error) {
    failure = asError(error)
    throw failure
  } finally {
    onEnd()
    reply.onEnd?.(failure)
  }
}

async function collect(body: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const pieces: Uint8Array[] = []
  for await (const piece of body) pieces.push(piece)
  return Buffer.concat(pieces)
}
