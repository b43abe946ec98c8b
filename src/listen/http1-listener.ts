import { createServer } from 'node:net'
import type { Server, Socket } from 'node:net'
import type { Answer, Listener } from '../core/received.ts'
import { ConnectionGate } from './connection-gate.ts'
import { Http1Engine } from './http1-engine.ts'
import { listenUrl } from './listen-url.ts'
import type { ListenerOptions } from './listener-options.ts'
import { createTrustedProxies, isLoopback, plainAddress } from './trusted-proxies.ts'
import type { TrustedProxies } from './trusted-proxies.ts'

/** Serves HTTP/1.1 from the socket up (RFC 9110, RFC 9112). */
export function createHttp1Listener(options: ListenerOptions): Listener {
  return new Http1Listener(options)
}

class Http1Listener implements Listener {
  readonly name = 'http1'
  readonly #options: ListenerOptions
  readonly #proxies: TrustedProxies
  readonly #gate: ConnectionGate
  #server: Server | null = null
  #engine: Http1Engine | null = null

  constructor(options: ListenerOptions) {
    this.#options = options
    this.#gate = new ConnectionGate(options.limits)
    this.#proxies = createTrustedProxies(options.trustedProxies, options.forwardingHeader ?? 'x-forwarded-for')
  }

  async open(answer: Answer): Promise<string> {
    const engine = new Http1Engine(this.#options, this.#proxies, answer)
    const server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => this.#accept(socket, engine))
    this.#engine = engine
    this.#server = server
    await startListening(server, this.#options)
    server.on('error', (error) => this.#options.log?.('Cannot accept a connection', error))
    return listenUrl('http', server.address())
  }

  async close(deadlineMs: number): Promise<void> {
    const server = this.#server
    const engine = this.#engine
    if (server === null || engine === null) return
    this.#server = null
    const closed = new Promise<void>((resolve) => server.close(() => resolve()))
    engine.drain(deadlineMs)
    const timer = setTimeout(() => engine.destroy(), deadlineMs)
    await Promise.all([closed, engine.whenEmpty()])
    clearTimeout(timer)
    engine.destroy()
  }

  #accept(socket: Socket, engine: Http1Engine): void {
    const address = plainAddress(socket.remoteAddress)
    const peer = {
      address,
      port: socket.remotePort ?? 0,
      isSecure: false,
      isDirectLoopback: isLoopback(address),
    }
    if (!this.#gate.enter(address)) {
      engine.refuse(socket, peer)
      return
    }
    socket.once('close', () => this.#gate.leave(address))
    engine.accept(socket, peer)
  }
}

async function startListening(server: Server, { host, port }: ListenerOptions): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen({ host, port, backlog: 1024 }, () => {
      server.off('error', reject)
      resolve()
    })
  })
}
