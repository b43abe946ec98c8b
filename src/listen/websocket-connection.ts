import type { Duplex } from 'node:stream'
import type { RawData, WebSocket } from 'ws'
import type { Clock } from '../core/clock.ts'
import type { Limits } from '../core/limits.ts'
import type { Peer } from '../core/received.ts'
import { Refusal, type Outcome } from '../core/refusal.ts'
import { cutUtf8 } from '../wire/utf8.ts'
import { encodeTextFrame } from '../wire/websocket-frame.ts'
import { MessagePump, type PumpSource } from './message-pump.ts'
import { SocketWriter, StallWatch } from './socket-writer.ts'
import type { ConnectionEnd, StreamConnection, StreamHandler } from './stream-connection.ts'
import type { Rate } from './token-bucket.ts'

export type WebSocketLimits = Pick<
  Limits,
  | 'heartbeatIntervalMs'
  | 'messageBytesMax'
  | 'messageBurstMax'
  | 'messageRateMax'
  | 'sendBufferBytesMax'
  | 'sendTimeoutMs'
>

/** What all WebSockets of one app share. */
export interface WebSocketService {
  readonly limits: WebSocketLimits
  readonly rate: Rate
  readonly clock: Clock
  readonly onFault: (message: string, error: unknown) => void
  readonly onGone: (connection: WebSocketConnection) => void
}

export interface OpenedWebSocket {
  readonly id: number
  readonly peer: Peer
  readonly webSocket: WebSocket
  readonly socket: Duplex
  readonly handler: StreamHandler<string>
}

// RFC 6455 section 5.5: the reason of a close frame has at most 123 bytes.
const REASON_BYTES_MAX = 123
const ABNORMAL_CLOSURE = 1006

/** One WebSocket after its handshake: text messages in and out. Binary ones are refused. */
export class WebSocketConnection implements StreamConnection<string>, PumpSource<string> {
  readonly id: number
  readonly peer: Peer
  readonly #service: WebSocketService
  readonly #webSocket: WebSocket
  readonly #socket: Duplex
  readonly #handler: StreamHandler<string>
  readonly #pump: MessagePump<string>
  readonly #writer: SocketWriter
  readonly #stall = new StallWatch()
  /** Messages of the last bytes that were read; reading stops while the first is handled. */
  #came: Outcome<string>[] | null = null
  /** The peer has closed in order. */
  #hasClosed = false
  #end: ConnectionEnd | null = null
  #endedAtMs = 0
  #isAlive = true
  #beatAtMs: number
  #writtenBytes = 0

  constructor({ id, peer, webSocket, socket, handler }: OpenedWebSocket, service: WebSocketService) {
    this.id = id
    this.peer = peer
    this.#service = service
    this.#webSocket = webSocket
    this.#socket = socket
    this.#handler = handler
    this.#pump = new MessagePump(this, service.rate, service.clock)
    this.#writer = new SocketWriter(socket)
    this.#beatAtMs = service.clock.now()
  }

  /** The sub-protocol; empty when there is none. */
  get protocol(): string {
    return this.#webSocket.protocol
  }

  get bufferedBytes(): number {
    return this.#writer.bufferedBytes
  }

  get onDrain(): (() => void) | null {
    return this.#writer.onDrain
  }

  set onDrain(listener: (() => void) | null) {
    this.#writer.onDrain = listener
  }

  start(): void {
    const webSocket = this.#webSocket
    webSocket.on('message', (data, isBinary) => this.#onMessage(data, isBinary))
    webSocket.on('pong', () => (this.#isAlive = true))
    webSocket.on('ping', (data) => this.#onPing(data))
    webSocket.on('error', (error) => this.#onError(error))
    // Both have said goodbye, and we have ended our side. The peer may keep its own open for a while.
    this.#socket.once('finish', () => {
      if (!this.#socket.readableEnded) this.#onClosed()
    })
    webSocket.on('close', (code) => {
      if (code === ABNORMAL_CLOSURE) this.#finish('lost')
      else this.#onClosed()
      this.#service.onGone(this)
    })
    this.#pump.perform(() => this.#handler.onOpen?.(this))
  }

  send(text: string): Promise<void> | undefined {
    return this.sendBytes(encodeTextFrame(text))
  }

  /**
   * Sends whole frames that were encoded before. They go to the socket beside what `ws` writes: without compression it
   * writes each frame at once and whole, so frames never mix.
   */
  sendBytes(frames: Uint8Array): Promise<void> | undefined {
    return this.#write(frames, false)
  }

  sendShared(frames: Uint8Array): Promise<void> | undefined {
    return this.#write(frames, true)
  }

  #write(frames: Uint8Array, isShared: boolean): Promise<void> | undefined {
    if (this.#end !== null || this.#webSocket.readyState !== this.#webSocket.OPEN) return undefined
    if (this.#writer.bufferedBytes > this.#service.limits.sendBufferBytesMax) {
      this.end(new Refusal('ROOMS_TOO_SLOW'))
      return undefined
    }
    this.#writtenBytes += frames.length
    return this.#writer.write(frames, isShared)
  }

  end(reason?: Refusal): void {
    if (this.#end !== null) return
    this.#finish(reason ?? 'left')
    if (reason === undefined) this.#webSocket.close(1000)
    else this.#webSocket.close(reason.closeCode, cutUtf8(Buffer.from(reason.message), REASON_BYTES_MAX))
    // Nobody waits for a peer that does not read: its close frame stands behind all that it did not take.
    if (reason?.code === 'ROOMS_TOO_SLOW') this.#webSocket.terminate()
    else this.#webSocket.resume()
  }

  destroy(): void {
    this.#webSocket.terminate()
  }

  /** Sends a heartbeat when it is time; ends who did not answer the last one, or takes nothing. */
  sweep(nowMs: number): void {
    const { heartbeatIntervalMs, sendTimeoutMs } = this.#service.limits
    if (this.#end !== null) {
      if (nowMs - this.#endedAtMs >= sendTimeoutMs) this.#webSocket.terminate()
      return
    }
    const stalledMs = this.#stall.observe(this.#writtenBytes, this.bufferedBytes, nowMs)
    if (stalledMs >= sendTimeoutMs && this.bufferedBytes > 0) {
      this.end(new Refusal('ROOMS_TOO_SLOW'))
      return
    }
    if (nowMs - this.#beatAtMs < heartbeatIntervalMs) return
    this.#beatAtMs = nowMs
    // A peer that is not read, because its messages are handled, cannot be heard answering.
    if (!this.#isAlive && !this.#pump.isBusy) {
      this.#finish('lost')
      this.#webSocket.terminate()
      return
    }
    this.#isAlive = false
    this.#webSocket.ping()
  }

  next(): Outcome<string> | undefined {
    const message = this.#came?.shift()
    if (this.#came?.length === 0) this.#came = null
    return message
  }

  handle(message: string): unknown {
    return this.#handler.onMessage(this, message)
  }

  pause(): void {
    this.#webSocket.pause()
  }

  resume(): void {
    this.#webSocket.resume()
  }

  onEmpty(): void {
    if (this.#hasClosed) this.#finish('closed')
  }

  onFailure(error: unknown): void {
    if (error instanceof Refusal) this.end(error)
    else {
      this.#service.onFault('A handler of a WebSocket failed', error)
      this.end(new Refusal('HANDLE_FAULT'))
    }
  }

  // Answers to pings wait in our memory when the peer does not read: who sends only pings gets no more of them.
  #onPing(data: Uint8Array): void {
    this.#isAlive = true
    if (this.#end === null && this.#writer.drained() === undefined) this.#webSocket.pong(data)
  }

  #onMessage(data: RawData, isBinary: boolean): void {
    if (this.#end !== null) return
    this.#isAlive = true
    this.#came ??= []
    // `ws` gives one Buffer, whose text it has checked to be UTF-8.
    const isText = !isBinary && Buffer.isBuffer(data)
    this.#came.push(isText ? data.toString('utf8') : new Refusal('ROOMS_NOT_TEXT'))
    this.#pump.run()
  }

  #onError(error: Error): void {
    const refusal = refusalOf(error)
    if (refusal !== null) this.#finish(refusal)
  }

  // What it said before is handled first.
  #onClosed(): void {
    this.#hasClosed = true
    this.#pump.run()
  }

  #finish(end: ConnectionEnd): void {
    if (this.#end !== null) return
    this.#end = end
    this.#endedAtMs = this.#service.clock.now()
    this.#came = null
    this.#pump.stop()
    this.#writer.release()
    try {
      this.#handler.onClose?.(this, end)
    } catch (error) {
      this.#service.onFault('A handler of a WebSocket failed', error)
    }
  }
}

/** What a peer did wrong, where it did; null for an error of the network. */
function refusalOf(error: Error & { readonly code?: unknown }): Refusal | null {
  if (error.code === 'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH') return new Refusal('ROOMS_TOO_LARGE')
  if (typeof error.code === 'string' && error.code.startsWith('WS_ERR')) {
    return new Refusal('ROOMS_BAD_MESSAGE', { reason: error.message })
  }
  return null
}
