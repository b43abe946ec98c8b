import type { WebSocketClient, WebSocketEnd } from '../dial/websocket-client.ts'
import { REFUSALS, type RefusalCode } from '../core/refusal.ts'

/** A message of a member: its type, its parameters, and what the member calls it. */
export interface Said {
  readonly type: string
  readonly params: object
  readonly id?: number
}

/** What a member of a test hears and speaks through, whatever carries it. */
export interface MemberConnection {
  /** Events as JSON, lines as text. */
  readonly messages: AsyncIterable<string>
  /** How the server ended it. */
  readonly ended: Promise<WebSocketEnd>
  say(message: Said): Promise<void>
  /** A line of plain text. */
  write(text: string): Promise<void>
  close(): void
}

/** The app does not let a client in that comes by events, TCP or UDP. */
export class JoinRefusedError extends Error {
  readonly status: number
  readonly body: string

  constructor(status: number, body: string) {
    super(`Cannot join: the server answers ${status}`)
    this.name = 'JoinRefusedError'
    this.status = status
    this.body = body
  }
}

export function overWebSocket(socket: WebSocketClient): MemberConnection {
  return {
    messages: socket.messages,
    ended: socket.ended,
    say: (message) => socket.send(JSON.stringify(message)),
    write: (text) => socket.send(text),
    close: () => socket.close(),
  }
}

const NORMAL = 1000
const NO_STATUS = 1005

/** Turns the last words of a transport without close codes into the close code that a WebSocket would have. */
export class EndWatch {
  readonly ended: Promise<WebSocketEnd>
  readonly #resolve: (end: WebSocketEnd) => void
  #last: WebSocketEnd | null = null

  constructor() {
    const { promise, resolve } = Promise.withResolvers<WebSocketEnd>()
    this.ended = promise
    this.#resolve = resolve
  }

  /** An event came; gives its code when it refuses no message but the member itself. */
  note(text: string): RefusalCode | null {
    const { type, id, code, detail } = parseObject(text) ?? {}
    const isEnd = type === 'refused' && id === null && isRefusalCode(code)
    this.#last = isEnd ? { code: REFUSALS[code].close, reason: String(detail) } : null
    return isEnd ? code : null
  }

  /** The connection is over; `isOwn`: this side closed it. */
  end(isOwn: boolean): void {
    this.#resolve(isOwn ? { code: NORMAL, reason: '' } : (this.#last ?? { code: NO_STATUS, reason: '' }))
  }
}

function isRefusalCode(code: unknown): code is RefusalCode {
  return typeof code === 'string' && Object.hasOwn(REFUSALS, code)
}

/** Messages that were not asked for yet. */
export class MessageQueue implements AsyncIterable<string> {
  readonly #waiting: string[] = []
  #isOver = false
  #wake: (() => void) | null = null

  push(text: string): void {
    this.#waiting.push(text)
    this.#wake?.()
  }

  end(): void {
    this.#isOver = true
    this.#wake?.()
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<string> {
    for (;;) {
      const next = this.#waiting.shift()
      if (next !== undefined) yield next
      else if (this.#isOver) return
      else await new Promise<void>((resolve) => (this.#wake = resolve))
    }
  }
}

export function parseObject(text: string): Readonly<Record<string, unknown>> | null {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : null // an object
  } catch {
    return null
  }
}
