import { type RawData, WebSocket } from 'ws'
import { defaultLimits } from '../core/limits.ts'

export interface WebSocketClientOptions {
  /** Further headers of the upgrade: credentials, `origin`. */
  readonly headers?: Readonly<Record<string, string>>
  /** Sub-protocols, the preferred first. */
  readonly protocols?: readonly string[]
  readonly connectTimeoutMs?: number
  /** Bytes of one message from the server. */
  readonly messageBytesMax?: number
}

/** How a WebSocket ended (RFC 6455 section 7.1.5). */
export interface WebSocketEnd {
  readonly code: number
  readonly reason: string
}

/** One WebSocket to a server. */
export interface WebSocketClient {
  /** The sub-protocol that the server chose; empty when there is none. */
  readonly protocol: string
  /** Text messages of the server, read no faster than they are taken; ends with the connection. Can be read once. */
  readonly messages: AsyncIterableIterator<string>
  readonly ended: Promise<WebSocketEnd>
  /** Resolves when the system has taken the message. */
  send(text: string): Promise<void>
  close(code?: number, reason?: string): void
}

/** The server did not agree to the upgrade. */
export class WebSocketRefusedError extends Error {
  /** HTTP status of its answer. */
  readonly status: number
  readonly body: string

  constructor(status: number, body: string) {
    super(`Cannot open the WebSocket: the server answers ${status}`)
    this.name = 'WebSocketRefusedError'
    this.status = status
    this.body = body
  }
}

const CONNECT_TIMEOUT_MS = 10_000
const WAITING_MAX = 256
const BODY_BYTES_MAX = 64 * 1024

/** Opens a WebSocket; throws a `WebSocketRefusedError` when the server answers something else. */
export function createWebSocketClient(url: string, options: WebSocketClientOptions = {}): Promise<WebSocketClient> {
  const { headers = {}, protocols = [], connectTimeoutMs = CONNECT_TIMEOUT_MS } = options
  const socket = new WebSocket(url, [...protocols], {
    headers,
    handshakeTimeout: connectTimeoutMs,
    perMessageDeflate: false,
    maxPayload: options.messageBytesMax ?? defaultLimits.messageBytesMax * 16,
  })
  const client = new QueuedWebSocket(socket)
  return new Promise((resolve, reject) => {
    socket.once('open', () => resolve(client))
    socket.on('error', reject)
    socket.once('unexpected-response', (request, response) => {
      let body = ''
      response.setEncoding('utf8')
      response.on('data', (text: string) => (body = (body + text).slice(0, BODY_BYTES_MAX)))
      response.on('close', () => {
        reject(new WebSocketRefusedError(response.statusCode ?? 0, body))
        request.destroy()
      })
    })
  })
}

class QueuedWebSocket implements WebSocketClient {
  readonly ended: Promise<WebSocketEnd>
  readonly messages: AsyncIterableIterator<string>
  readonly #socket: WebSocket
  readonly #waiting: string[] = []
  #wake: (() => void) | null = null
  #isOver = false

  constructor(socket: WebSocket) {
    this.#socket = socket
    this.messages = this.#read()
    socket.on('message', (data) => this.#push(textOf(data)))
    this.ended = new Promise((resolve) => {
      socket.once('close', (code, reason) => {
        this.#isOver = true
        this.#wake?.()
        resolve({ code, reason: reason.toString() })
      })
    })
  }

  get protocol(): string {
    return this.#socket.protocol
  }

  send(text: string): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#socket.send(text, (error) => {
        if (error === null || error === undefined) resolve()
        else reject(error)
      })
    })
  }

  close(code = 1000, reason = ''): void {
    this.#socket.close(code, reason)
  }

  #push(text: string): void {
    this.#waiting.push(text)
    if (this.#waiting.length > WAITING_MAX) this.#socket.pause()
    this.#wake?.()
  }

  async *#read(): AsyncGenerator<string> {
    for (;;) {
      const next = this.#waiting.shift()
      if (next !== undefined) {
        if (this.#socket.isPaused && this.#waiting.length === 0) this.#socket.resume()
        yield next
      } else if (this.#isOver) return
      else await new Promise<void>((resolve) => (this.#wake = resolve))
    }
  }
}

/** `ws` gives one Buffer, unless it is told otherwise. */
function textOf(data: RawData): string {
  return Buffer.isBuffer(data) ? data.toString('utf8') : ''
}
