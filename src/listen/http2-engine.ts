import { constants, performServerHandshake } from 'node:http2'
import type { IncomingHttpHeaders, ServerHttp2Session, ServerHttp2Stream } from 'node:http2'
import type { Duplex } from 'node:stream'
import type { Limits } from '../core/limits.ts'
import type { Answer, Peer } from '../core/received.ts'
import { Refusal } from '../core/refusal.ts'
import { isPeerGone, writeHttp2Reply } from './http2-reply.ts'
import { readHttp2Request } from './http2-request.ts'
import type { StreamHead } from './http2-request.ts'
import type { ListenerOptions } from './listener-options.ts'
import { StreamReceived } from './stream-received.ts'
import type { TrustedProxies } from './trusted-proxies.ts'

// Pseudo-headers count as fields to nghttp2.
const PSEUDO_HEADERS = 4

/** Speaks HTTP/2 (RFC 9113) on TLS sockets that chose it, through Node's nghttp2, within our limits. */
export class Http2Engine {
  readonly #options: ListenerOptions
  readonly #proxies: TrustedProxies
  readonly #answer: Answer
  readonly #sessions = new Set<ServerHttp2Session>()
  #isClosing = false

  constructor(options: ListenerOptions, proxies: TrustedProxies, answer: Answer) {
    this.#options = options
    this.#proxies = proxies
    this.#answer = answer
  }

  accept(socket: Duplex, peer: Peer): void {
    const session = performServerHandshake(socket, sessionOptions(this.#options.limits))
    this.#sessions.add(session)
    const calls = new Set<StreamReceived>()
    let requests = 0
    let running = 0
    session.setTimeout(this.#options.limits.idleTimeoutMs)
    session.on('timeout', () => {
      session.close()
      // A head that never ends is a stream too, though none of ours, and the session would wait for it.
      if (running === 0) setImmediate(() => session.destroy())
    })
    session.on('error', ignore)
    session.on('close', () => this.#sessions.delete(session))
    session.on('stream', (...[stream, , flags, rawHeaders]: StreamEvent) => {
      requests += 1
      if (requests >= this.#options.limits.requestsPerConnectionMax) session.close()
      running += 1
      stream.once('close', () => (running -= 1))
      const isEnded = (flags & constants.NGHTTP2_FLAG_END_STREAM) !== 0
      void this.#serve(stream, { rawHeaders, isEnded }, { peer, calls })
    })
    // Half-open sockets stay, and a broken connection may look like one: what has an end is still sent, as in HTTP/1.1;
    // what has none would go on for a peer that is gone.
    socket.once('end', () => {
      for (const received of calls) received.abort()
      session.close()
    })
    if (this.#isClosing) session.close()
  }

  /**
   * No new streams; those that run end. Node cannot announce the end before it comes (the shutdown notice of nghttp2):
   * requests on their way are refused as unprocessed, which lets their peer send them again (RFC 9113 section 8.7).
   */
  drain(): void {
    this.#isClosing = true
    for (const session of this.#sessions) session.close()
  }

  destroy(): void {
    for (const session of this.#sessions) session.destroy()
  }

  async #serve(stream: ServerHttp2Stream, head: StreamHead, { peer, calls }: Connection): Promise<void> {
    const { limits } = this.#options
    stream.on('error', ignore)
    const request = readHttp2Request(stream, head, limits)
    const received =
      request instanceof Refusal ? null : new StreamReceived(request, { limits, peer, proxies: this.#proxies })
    if (received !== null) calls.add(received)
    let isWhole = false
    stream.once('close', () => {
      if (received !== null) calls.delete(received)
      // Node ends the streams of a session that closes as if they had been answered.
      if (!isWhole || stream.rstCode !== constants.NGHTTP2_NO_ERROR) received?.abort()
    })
    const method = request instanceof Refusal ? 'GET' : request.method
    try {
      const reply = await (received === null
        ? this.#options.refuse(request instanceof Refusal ? request : new Refusal('LISTEN_BAD_REQUEST'), null, peer)
        : this.#answer(received))
      const onWhole = (): void => void (isWhole = true)
      await writeHttp2Reply(reply, stream, { method, sendTimeoutMs: limits.sendTimeoutMs, onWhole })
    } catch (error) {
      if (!isPeerGone(error)) this.#options.log?.('Cannot send a reply', error)
      stream.destroy(error instanceof Error ? error : undefined)
    }
  }
}

/** What the streams of one session share. */
interface Connection {
  readonly peer: Peer
  /** Those that run. */
  readonly calls: Set<StreamReceived>
}

function sessionOptions(limits: Limits): Parameters<typeof performServerHandshake>[1] {
  return {
    maxHeaderListPairs: limits.headersMax + PSEUDO_HEADERS,
    settings: {
      enablePush: false,
      maxConcurrentStreams: limits.streamsMax,
      maxHeaderListSize: limits.headBytesMax,
    },
  }
}

type StreamEvent = [stream: ServerHttp2Stream, headers: IncomingHttpHeaders, flags: number, rawHeaders: string[]]

function ignore(): void {}
