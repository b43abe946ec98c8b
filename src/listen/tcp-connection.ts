import type { Socket } from 'node:net'
import type { Clock } from '../core/clock.ts'
import type { Limits } from '../core/limits.ts'
import type { Peer } from '../core/received.ts'
import { Refusal, type Outcome } from '../core/refusal.ts'
import type { FrameDecoder, Framing } from '../wire/framing.ts'
import { MessagePump, type PumpSource } from './message-pump.ts'
import { SocketWriter, StallWatch } from './socket-writer.ts'
import type { ConnectionEnd, StreamConnection, StreamHandler } from './stream-connection.ts'
import type { Rate } from './token-bucket.ts'

export type TcpLimits = Pick<
  Limits,
  | 'connectionsMax'
  | 'connectionsPerAddressMax'
  | 'idleTimeoutMs'
  | 'messageBytesMax'
  | 'messageBurstMax'
  | 'messageRateMax'
  | 'sendBufferBytesMax'
  | 'sendTimeoutMs'
  | 'silenceTimeoutMs'
>

/** What all connections of one listener share. */
export interface TcpService<In, Out> {
  readonly framing: Framing<In, Out>
  readonly handler: StreamHandler<In, Out>
  readonly limits: TcpLimits
  readonly rate: Rate
  readonly clock: Clock
  readonly onFault: (message: string, error: unknown) => void
  readonly onGone: (connection: TcpConnection<In, Out>) => void
}

export interface AcceptedSocket {
  readonly id: number
  readonly peer: Peer
  readonly socket: Socket
}

const LINGER_MS = 1000

/** One TCP connection: bytes in, messages out, one message at a time. */
export class TcpConnection<In, Out> implements StreamConnection<Out>, PumpSource<In> {
  readonly id: number
  readonly peer: Peer
  readonly #service: TcpService<In, Out>
  readonly #socket: Socket
  readonly #decoder: FrameDecoder<In>
  readonly #pump: MessagePump<In>
  readonly #writer: SocketWriter
  readonly #stall = new StallWatch()
  /** The peer will send no more. */
  #hasEnded = false
  #isBroken = false
  #end: ConnectionEnd | null = null
  #endedAtMs = 0
  #hasSpoken = false
  #heardAtMs: number

  constructor({ id, peer, socket }: AcceptedSocket, service: TcpService<In, Out>) {
    this.id = id
    this.peer = peer
    this.#service = service
    this.#socket = socket
    this.#decoder = service.framing.createDecoder(service.limits.messageBytesMax)
    this.#pump = new MessagePump(this, service.rate, service.clock)
    this.#writer = new SocketWriter(socket)
    this.#heardAtMs = service.clock.now()
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

  /** Starts to read. */
  start(): void {
    const socket = this.#socket
    socket.setNoDelay(true)
    // A peer whose machine is gone sends no FIN: probes find out (RFC 9293 section 3.8.4).
    socket.setKeepAlive(true, this.#service.limits.idleTimeoutMs)
    socket.on('data', (chunk: Buffer) => this.#onData(chunk))
    socket.on('end', () => this.#onEnd())
    socket.on('error', () => this.#onBreak())
    socket.on('close', () => {
      this.#finish('lost')
      this.#service.onGone(this)
    })
    this.#pump.perform(() => this.#service.handler.onOpen?.(this))
  }

  send(message: Out): Promise<void> | undefined {
    return this.sendBytes(this.#service.framing.encode(message))
  }

  sendBytes(bytes: Uint8Array): Promise<void> | undefined {
    return this.#write(bytes, false)
  }

  sendShared(bytes: Uint8Array): Promise<void> | undefined {
    return this.#write(bytes, true)
  }

  #write(bytes: Uint8Array, isShared: boolean): Promise<void> | undefined {
    if (this.#end !== null) return undefined
    if (this.#writer.bufferedBytes > this.#service.limits.sendBufferBytesMax) {
      this.end(new Refusal('ROOMS_TOO_SLOW'))
      return undefined
    }
    return this.#writer.write(bytes, isShared)
  }

  end(reason?: Refusal): void {
    if (this.#end !== null) return
    this.#finish(reason ?? 'left')
    // Nobody waits for a peer that does not read.
    if (reason?.code === 'ROOMS_TOO_SLOW') this.#socket.destroy()
    else {
      this.#socket.end(() => this.#linger())
      this.#socket.resume()
    }
  }

  destroy(): void {
    this.#socket.destroy()
  }

  /** Ends what is silent or takes nothing; called by the listener every now and then. */
  sweep(nowMs: number): void {
    const { idleTimeoutMs, silenceTimeoutMs, sendTimeoutMs } = this.#service.limits
    if (this.#end !== null) {
      // A peer that was told goodbye and does not close is closed.
      if (nowMs - this.#endedAtMs >= sendTimeoutMs) this.#socket.destroy()
      return
    }
    const stalledMs = this.#stall.observe(this.#socket.bytesWritten, this.#socket.writableLength, nowMs)
    const silenceMs = this.#hasSpoken ? silenceTimeoutMs : idleTimeoutMs
    if (stalledMs >= sendTimeoutMs && this.bufferedBytes > 0) this.end(new Refusal('ROOMS_TOO_SLOW'))
    else if (!this.#pump.isBusy && nowMs - this.#heardAtMs >= silenceMs) this.end(new Refusal('ROOMS_SILENT'))
  }

  next(): Outcome<In> | undefined {
    const message = this.#decoder.next() ?? (this.#hasEnded ? this.#decoder.end() : undefined)
    // A message that was cut has nobody left who could be told.
    return this.#isBroken && message instanceof Refusal ? undefined : message
  }

  handle(message: In): unknown {
    this.#hasSpoken = true
    return this.#service.handler.onMessage(this, message)
  }

  pause(): void {
    this.#socket.pause()
  }

  resume(): void {
    this.#socket.resume()
  }

  onEmpty(): void {
    if (!this.#hasEnded || this.#isBroken || this.#end !== null) return
    this.#finish('closed')
    this.#socket.end()
  }

  onFailure(error: unknown): void {
    if (!(error instanceof Refusal)) this.#service.onFault('A handler of a connection failed', error)
    const refusal = error instanceof Refusal ? error : new Refusal('HANDLE_FAULT')
    const words = this.#service.framing.encodeRefusal?.(refusal)
    if (words !== undefined) void this.sendBytes(words)
    this.end(refusal)
  }

  // All was sent. A peer that still sends would get a reset that takes away what it has not read yet (RFC 9112 section
  // 9.6 has the same problem): it has a moment to see the end.
  #linger(): void {
    setTimeout(() => this.#socket.destroy(), LINGER_MS).unref()
  }

  #onData(chunk: Uint8Array): void {
    if (this.#end !== null) return
    this.#heardAtMs = this.#service.clock.now()
    this.#decoder.push(chunk)
    this.#pump.run()
  }

  #onEnd(): void {
    this.#hasEnded = true
    this.#pump.run()
  }

  // Who closes before it has read all that came resets the connection (RFC 1122 section 4.2.2.13). What it wrote last is
  // here, and may be a line without its end.
  #onBreak(): void {
    if (this.#end !== null) return
    this.#hasEnded = true
    this.#isBroken = true
    this.#pump.run()
    this.#finish('lost')
  }

  #finish(end: ConnectionEnd): void {
    if (this.#end !== null) return
    this.#end = end
    this.#endedAtMs = this.#service.clock.now()
    this.#pump.stop()
    this.#writer.release()
    try {
      this.#service.handler.onClose?.(this, end)
    } catch (error) {
      this.#service.onFault('A handler of a connection failed', error)
    }
  }
}
