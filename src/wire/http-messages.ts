import { defaultLimits } from '../core/limits.ts'
import { Refusal, type Outcome } from '../core/refusal.ts'
import { HeadBlock } from '../core/reply.ts'
import type { FrameDecoder, Framing } from './framing.ts'
import { formatHttpDate } from './http-date.ts'
import { formatFields, isBodiless, prepareHead } from './http1/reply-head.ts'
import { RequestDecoder, STEP_END, STEP_HEAD, STEP_MORE, STEP_PIECE } from './http1/request-decoder.ts'
import type { RequestHead } from './http1/request-head.ts'

/** One request with its whole body. */
export interface HttpRequest {
  readonly method: string
  /** As sent, percent-encoded, without the query. */
  readonly path: string
  readonly query: string
  readonly body: Uint8Array
  /** False: the connection ends after the response. */
  readonly isPersistent: boolean
  /** Value of a header by lower-case name. */
  header(name: string): string | undefined
}

export interface HttpResponse {
  readonly status: number
  /** Name, value, name, value. */
  readonly headers?: readonly string[]
  readonly body?: string | Uint8Array
  /** When it was made, for the `Date` that a server with a clock tells (RFC 9110 section 6.6.1). */
  readonly dateMs?: number
  /** True in answer to HEAD: the length of the body is told, the body is not sent. */
  readonly isHead?: boolean
  /** True: the peer is told that the connection ends. */
  readonly isLast?: boolean
}

/**
 * HTTP/1.1 as messages in a stream (RFC 9112), for servers small enough to fit on a page: whole bodies, one response
 * after another. An app is served by a better one.
 */
export const httpMessages: Framing<HttpRequest, HttpResponse> = {
  name: 'http',
  createDecoder: (bodyBytesMax) => new HttpDecoder(bodyBytesMax),
  encode: encodeResponse,
  encodeRefusal: ({ status, message }) => encodeResponse({ status, headers: TEXT, body: `${message}\n`, isLast: true }),
}

const TEXT: readonly string[] = ['content-type', 'text/plain; charset=utf-8']
const NO_FIELDS = new HeadBlock([])

function encodeResponse(response: HttpResponse): Uint8Array {
  const { status, headers = [], body = '', dateMs, isHead = false, isLast = false } = response
  // Checks each name and value: a line break would start a header, or another message.
  const fields = formatFields(new HeadBlock(headers).pairs)
  const bytes = Buffer.from(body)
  const length = isBodiless(status) ? '' : `content-length: ${bytes.length}\r\n`
  const date = dateMs === undefined ? '' : `date: ${formatHttpDate(dateMs)}\r\n`
  const end = isLast ? 'connection: close\r\n' : ''
  const head = `${prepareHead(NO_FIELDS, status)}${fields}${length}${date}${end}\r\n`
  return Buffer.concat([Buffer.from(head, 'latin1'), isHead || isBodiless(status) ? Buffer.alloc(0) : bytes])
}

class HttpDecoder implements FrameDecoder<HttpRequest> {
  readonly #bodyBytesMax: number
  readonly #decoder = new RequestDecoder(defaultLimits)
  /** Head of the request whose body comes in. */
  #head: RequestHead | null = null
  #pieces: Uint8Array[] = []
  #bodyBytes = 0

  constructor(bodyBytesMax: number) {
    this.#bodyBytesMax = bodyBytesMax
  }

  get pendingBytes(): number {
    return this.#decoder.waitingBytes + this.#bodyBytes
  }

  push(bytes: Uint8Array): void {
    this.#decoder.push(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length))
  }

  next(): Outcome<HttpRequest> | undefined {
    for (;;) {
      switch (this.#decoder.next()) {
        case STEP_MORE:
          return undefined
        case STEP_HEAD: {
          const { head } = this.#decoder
          if (head.facts.bodyLength === 0) return this.#finish(head)
          if (head.facts.bodyLength > this.#bodyBytesMax) return this.#tooLarge()
          this.#head = head
          break
        }
        case STEP_PIECE:
          this.#bodyBytes += this.#decoder.piece.length
          if (this.#bodyBytes > this.#bodyBytesMax) return this.#tooLarge()
          this.#pieces.push(this.#decoder.piece)
          break
        case STEP_END:
          return this.#head === null ? undefined : this.#finish(this.#head)
        default:
          return this.#decoder.refusal ?? new Refusal('LISTEN_BAD_REQUEST')
      }
    }
  }

  end(): Outcome<HttpRequest> | undefined {
    const isWhole = this.#decoder.waitingBytes === 0 && !this.#decoder.isInBody
    return isWhole ? undefined : new Refusal('LISTEN_BAD_REQUEST', { message: 'the request is not whole' })
  }

  #finish(head: RequestHead): HttpRequest {
    const body = Buffer.concat(this.#pieces)
    this.#head = null
    this.#pieces = []
    this.#bodyBytes = 0
    const { method, path, query, facts } = head
    return { method, path, query, body, isPersistent: facts.isPersistent, header: (name) => head.header(name) }
  }

  #tooLarge(): Refusal {
    this.#decoder.stop()
    this.#pieces = []
    return new Refusal('LISTEN_BODY_TOO_LARGE')
  }
}
