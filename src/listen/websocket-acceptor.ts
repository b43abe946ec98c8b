import type { IncomingMessage } from 'node:http'
import { WebSocketServer } from 'ws'
import { systemClock, type Clock } from '../core/clock.ts'
import { defaultLimits } from '../core/limits.ts'
import type { Received } from '../core/received.ts'
import { Refusal } from '../core/refusal.ts'
import type { StreamHandler } from './stream-connection.ts'
import { WebSocketConnection, type WebSocketLimits, type WebSocketService } from './websocket-connection.ts'
import { checkUpgrade } from './websocket-upgrade.ts'

export interface WebSocketAcceptorOptions {
  readonly limits?: Partial<WebSocketLimits>
  readonly clock?: Clock
  /** Told about errors that no peer is to blame for. */
  readonly log?: (message: string, error: unknown) => void
}

export interface AcceptedWebSocket {
  readonly received: Received
  /** The sub-protocol to answer with, one that the client offers; null: none. */
  readonly protocol: string | null
  readonly handler: StreamHandler<string>
}

/** Turns calls into WebSockets, beats their hearts, and ends them together. */
export interface WebSocketAcceptor {
  /** Shakes hands (101) and starts. A refusal: nothing was answered yet. Origin and rights were checked before. */
  accept(accepted: AcceptedWebSocket): Refusal | null
  readonly connectionCount: number
  /** Ends all with 1001 (going away), and cuts those that remain at the deadline. */
  close(deadlineMs: number): Promise<void>
}

export function createWebSocketAcceptor(options: WebSocketAcceptorOptions = {}): WebSocketAcceptor {
  return new WsAcceptor(options)
}

const SWEEPS_PER_INTERVAL = 10

class WsAcceptor implements WebSocketAcceptor {
  readonly #server: WebSocketServer
  readonly #service: WebSocketService
  readonly #connections = new Set<WebSocketConnection>()
  #sweeper: NodeJS.Timeout | null = null
  #lastId = 0
  #isClosing = false
  #onEmpty: (() => void) | null = null

  constructor({ limits: given, clock = systemClock, log = () => undefined }: WebSocketAcceptorOptions) {
    const limits: WebSocketLimits = { ...defaultLimits, ...given }
    this.#server = new WebSocketServer({
      noServer: true,
      clientTracking: false,
      // Compression costs memory for each connection, and mixes secrets with what others send (CRIME).
      perMessageDeflate: false,
      autoPong: false,
      maxPayload: limits.messageBytesMax,
      handleProtocols: (_offered, request) => protocols.get(request) ?? false,
    })
    this.#service = {
      limits,
      clock,
      rate: { perSecond: limits.messageRateMax, burst: limits.messageBurstMax },
      onFault: log,
      onGone: (connection) => this.#forget(connection),
    }
  }

  get connectionCount(): number {
    return this.#connections.size
  }

  accept({ received, protocol, handler }: AcceptedWebSocket): Refusal | null {
    if (this.#isClosing) return new Refusal('LISTEN_CLOSING')
    const refusal = checkUpgrade(received)
    if (refusal !== null || received.upgrade === undefined) return refusal
    const { socket, head } = received.upgrade()
    const request = requestOf(received)
    protocols.set(request, protocol ?? false)
    this.#server.handleUpgrade(request, socket, Buffer.from(head), (webSocket) => {
      const id = ++this.#lastId
      const connection = new WebSocketConnection({ id, peer: received.peer, webSocket, socket, handler }, this.#service)
      this.#connections.add(connection)
      this.#startSweeping()
      connection.start()
    })
    return null
  }

  async close(deadlineMs: number): Promise<void> {
    this.#isClosing = true
    for (const connection of [...this.#connections]) connection.end(new Refusal('LISTEN_CLOSING'))
    if (this.#connections.size > 0) await this.#empty(deadlineMs)
    if (this.#sweeper !== null) clearInterval(this.#sweeper)
    this.#sweeper = null
  }

  #forget(connection: WebSocketConnection): void {
    this.#connections.delete(connection)
    if (this.#connections.size === 0) this.#onEmpty?.()
  }

  #startSweeping(): void {
    if (this.#sweeper !== null) return
    const { heartbeatIntervalMs, sendTimeoutMs } = this.#service.limits
    const intervalMs = Math.max(10, Math.min(heartbeatIntervalMs, sendTimeoutMs) / SWEEPS_PER_INTERVAL)
    this.#sweeper = setInterval(() => {
      const nowMs = this.#service.clock.now()
      for (const connection of this.#connections) connection.sweep(nowMs)
    }, intervalMs)
    this.#sweeper.unref()
  }

  #empty(deadlineMs: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        for (const connection of [...this.#connections]) connection.destroy()
      }, deadlineMs)
      this.#onEmpty = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  }
}

/** What was decided for the handshake that `ws` does next. */
const protocols = new WeakMap<object, string | false>()

// All that `ws` reads of a request; the checks of `checkUpgrade` were done.
function requestOf(received: Received): IncomingMessage {
  const names = ['upgrade', 'connection', 'sec-websocket-key', 'sec-websocket-version', 'sec-websocket-protocol']
  const headers = Object.fromEntries(
    names.flatMap((name) => {
      const value = received.header(name)
      return value === undefined ? [] : [[name, value]]
    }),
  )
  const request: Pick<IncomingMessage, 'headers' | 'method' | 'url'> = { method: 'GET', url: received.path, headers }
  return request as IncomingMessage // `ws` reads nothing else of it
}
