import { createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import { createServer as createTlsServer, type TlsOptions } from 'node:tls'
import { systemClock, type Clock } from '../core/clock.ts'
import { defaultLimits } from '../core/limits.ts'
import type { Framing } from '../wire/framing.ts'
import { ConnectionGate } from './connection-gate.ts'
import { ListenError } from './listen-error.ts'
import { socketUrl } from './listen-url.ts'
import type { StreamHandler } from './stream-connection.ts'
import { TcpConnection, type TcpLimits, type TcpService } from './tcp-connection.ts'
import { isLoopback, plainAddress } from './trusted-proxies.ts'

export interface TcpListenerOptions<In, Out = In> {
  /** Address or name to listen on; this machine alone by default. */
  readonly host?: string
  /** 0: one that the system chooses. */
  readonly port: number
  /** How messages lie in the stream: `lines`, `lengthPrefixedJson(…)`, or your own. */
  readonly framing: Framing<In, Out>
  readonly limits?: Partial<TcpLimits>
  /** With a key and a certificate the listener speaks TLS only. */
  readonly tls?: TlsOptions
  readonly clock?: Clock
  /** Told about errors that no peer is to blame for. */
  readonly log?: (message: string, error: unknown) => void
}

/** A TCP server: sockets in, messages out. */
export interface TcpListener<In, Out = In> {
  readonly name: string
  /** Opens the socket; gives its URL, `tcp://127.0.0.1:7777`. Throws an error that says why it cannot. */
  open(handler: StreamHandler<In, Out>): Promise<string>
  /** Where it listens; null when it does not. */
  readonly address: AddressInfo | null
  readonly connectionCount: number
  /** Stops accepting, ends all connections after what waits was sent, and cuts those that remain at the deadline. */
  close(deadlineMs: number): Promise<void>
}

const SWEEPS_PER_TIMEOUT = 4
const HANDSHAKE_MS_MAX = 10_000

export function createTcpListener<In, Out = In>(options: TcpListenerOptions<In, Out>): TcpListener<In, Out> {
  return new NetListener(options)
}

class NetListener<In, Out> implements TcpListener<In, Out> {
  readonly name: string
  readonly #options: TcpListenerOptions<In, Out>
  readonly #limits: TcpLimits
  readonly #connections = new Set<TcpConnection<In, Out>>()
  readonly #gate: ConnectionGate
  #server: Server | null = null
  #sweeper: NodeJS.Timeout | null = null
  #lastId = 0

  constructor(options: TcpListenerOptions<In, Out>) {
    this.name = options.tls === undefined ? 'tcp' : 'tls'
    this.#options = options
    this.#limits = { ...defaultLimits, ...options.limits }
    this.#gate = new ConnectionGate(this.#limits)
  }

  get address(): AddressInfo | null {
    const address = this.#server?.address() ?? null
    return typeof address === 'string' ? null : address
  }

  get connectionCount(): number {
    return this.#connections.size
  }

  async open(handler: StreamHandler<In, Out>): Promise<string> {
    const { tls, host = '127.0.0.1', port, clock = systemClock, log = () => undefined } = this.#options
    const service: TcpService<In, Out> = {
      framing: this.#options.framing,
      handler,
      limits: this.#limits,
      rate: { perSecond: this.#limits.messageRateMax, burst: this.#limits.messageBurstMax },
      clock,
      onFault: log,
      onGone: (connection) => this.#connections.delete(connection),
    }
    const server = this.#create(tls, (socket) => this.#accept(socket, service))
    // Sockets are counted as soon as the system has them: a TLS handshake costs more than a connection.
    server.prependListener('connection', (socket: Socket) => this.#count(socket))
    this.#server = server
    try {
      await listen(server, host, port)
    } catch (error) {
      this.#server = null
      throw error instanceof Error ? new ListenError({ transport: 'TCP', host, port }, error) : error
    }
    server.on('error', (error) => log('Cannot accept a connection', error))
    this.#sweeper = setInterval(() => this.#sweep(clock.now()), this.#sweepMs())
    this.#sweeper.unref()
    return socketUrl(this.name, this.address)
  }

  async close(deadlineMs: number): Promise<void> {
    const server = this.#server
    if (server === null) return
    this.#server = null
    const closed = new Promise<void>((resolve) => server.close(() => resolve()))
    for (const connection of [...this.#connections]) connection.end()
    const timer = setTimeout(() => this.#destroyAll(), deadlineMs)
    await closed
    clearTimeout(timer)
    if (this.#sweeper !== null) clearInterval(this.#sweeper)
  }

  #create(tls: TlsOptions | undefined, accept: (socket: Socket) => void): Server {
    // Half-open ends stay usable: a peer that has said all may still listen to the answer.
    if (tls === undefined) return createServer({ allowHalfOpen: true }, accept)
    const server = createTlsServer(
      { ...tls, allowHalfOpen: true, handshakeTimeout: Math.min(this.#limits.idleTimeoutMs, HANDSHAKE_MS_MAX) },
      accept,
    )
    // A failed handshake is the peer's affair; without a listener it would end the process.
    server.on('tlsClientError', (_error, socket) => socket.destroy())
    return server
  }

  #count(socket: Socket): void {
    const address = plainAddress(socket.remoteAddress)
    socket.on('error', () => undefined)
    if (this.#gate.enter(address)) socket.once('close', () => this.#gate.leave(address))
    else socket.destroy()
  }

  #accept(socket: Socket, service: TcpService<In, Out>): void {
    if (socket.destroyed) return
    const address = plainAddress(socket.remoteAddress)
    const peer = {
      address,
      port: socket.remotePort ?? 0,
      isSecure: this.#options.tls !== undefined,
      isDirectLoopback: isLoopback(address),
    }
    const connection = new TcpConnection({ id: ++this.#lastId, peer, socket }, service)
    this.#connections.add(connection)
    connection.start()
  }

  #sweepMs(): number {
    const { idleTimeoutMs, silenceTimeoutMs, sendTimeoutMs } = this.#limits
    return Math.max(10, Math.min(idleTimeoutMs, silenceTimeoutMs, sendTimeoutMs) / SWEEPS_PER_TIMEOUT)
  }

  #sweep(nowMs: number): void {
    for (const connection of this.#connections) connection.sweep(nowMs)
  }

  #destroyAll(): void {
    for (const connection of this.#connections) connection.destroy()
  }
}

function listen(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen({ host, port }, () => {
      server.off('error', reject)
      resolve()
    })
  })
}
