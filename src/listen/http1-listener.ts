import { createServer } from 'node:net'
import type { Server, Socket } from 'node:net'
import type { TLSSocket } from 'node:tls'
import type { Answer, Listener, Peer } from '../core/received.ts'
import { ConnectionGate } from './connection-gate.ts'
import { Http1Engine } from './http1-engine.ts'
import { Http2Engine } from './http2-engine.ts'
import { listenUrl } from './listen-url.ts'
import { lendReads } from './lending-socket.ts'
import type { ListenerOptions } from './listener-options.ts'
import { readProxyPreamble } from './proxy-preamble.ts'
import type { SocketListenerOptions } from './socket-listener-options.ts'
import { TlsContexts } from './tls-contexts.ts'
import { TlsHandshakes } from './tls-handshake.ts'
import type { ApplicationProtocol } from './tls-handshake.ts'
import { createTrustedProxies, isLoopback, plainAddress } from './trusted-proxies.ts'
import type { TrustedProxies } from './trusted-proxies.ts'

// A producer is paused when so much waits, or less where the limit says so.
const SEND_BYTES = 64 * 1024
const HTTP_1: readonly ApplicationProtocol[] = ['http/1.1', 'http/1.0']

/** Serves HTTP/1.1 from the socket up (RFC 9110, RFC 9112); on TLS also HTTP/2 for peers that choose it. */
export function createHttp1Listener(options: SocketListenerOptions): Listener {
  return new Http1Listener(options)
}

/** What is open between `open` and `close`. */
interface Opened {
  readonly server: Server
  readonly http1: Http1Engine
  readonly http2: Http2Engine | null
  readonly contexts: TlsContexts | null
  readonly handshakes: TlsHandshakes | null
}

class Http1Listener implements Listener {
  readonly name = 'http1'
  readonly #options: SocketListenerOptions
  readonly #proxies: TrustedProxies
  readonly #gate: ConnectionGate
  readonly #highWaterMark: number
  /** Connections before their first byte of HTTP. */
  readonly #greeting = new Set<Socket>()
  #opened: Opened | null = null

  constructor(options: SocketListenerOptions) {
    this.#options = options
    this.#gate = new ConnectionGate(options.limits)
    this.#highWaterMark = Math.min(SEND_BYTES, options.limits.sendBufferBytesMax)
    this.#proxies = createTrustedProxies(options.trustedProxies, options.forwardingHeader ?? 'x-forwarded-for')
  }

  async open(answer: Answer): Promise<string> {
    const options = this.#options
    const log = options.log ?? (() => undefined)
    const contexts = options.tls === undefined ? null : new TlsContexts(options.tls, log)
    const server = createServer({
      allowHalfOpen: true,
      noDelay: true,
      // Plain connections begin to read once their reads are lent, proxied ones after their preamble.
      pauseOnConnect: contexts === null || options.proxyProtocol === true,
      highWaterMark: this.#highWaterMark,
    })
    const http1 = new Http1Engine(options, this.#proxies, answer)
    const http2 = contexts === null || options.http2 === false ? null : new Http2Engine(options, this.#proxies, answer)
    const protocols: readonly ApplicationProtocol[] = http2 === null ? HTTP_1 : ['h2', ...HTTP_1]
    const timeoutMs = options.limits.firstByteTimeoutMs
    const handshakes = contexts === null ? null : new TlsHandshakes(contexts, { protocols, timeoutMs })
    const opened = { server, http1, http2, contexts, handshakes }
    // Before it listens: to a worker of a cluster the first connection may come at once.
    server.on('connection', (socket) => this.#accept(socket, opened))
    try {
      await startListening(server, options)
    } catch (error) {
      http1.destroy()
      contexts?.close()
      throw error
    }
    server.on('error', (error) => log('Cannot accept a connection', error))
    this.#opened = opened
    return listenUrl(contexts === null ? 'http' : 'https', server.address())
  }

  async close(deadlineMs: number): Promise<void> {
    if (this.#opened === null) return
    const { server, http1, http2, contexts } = this.#opened
    this.#opened = null
    // Connections that the kernel took for us are reset when the socket closes: the loop accepts them all just before.
    // Only then do answers tell peers to go, who would else come back at once.
    await new Promise((resolve) => setImmediate(resolve))
    const closed = new Promise<void>((resolve) => server.close(() => resolve()))
    http1.drain(deadlineMs)
    http2?.drain()
    const timer = setTimeout(() => {
      for (const socket of this.#greeting) socket.destroy()
      http1.destroy()
      http2?.destroy()
    }, deadlineMs)
    await Promise.all([closed, http1.whenEmpty()])
    clearTimeout(timer)
    http1.destroy()
    contexts?.close()
  }

  #accept(socket: Socket, opened: Opened): void {
    const address = plainAddress(socket.remoteAddress)
    if (this.#options.proxyProtocol === true) {
      void this.#acceptProxied(socket, address, opened)
      return
    }
    const isSecure = opened.contexts !== null
    const peer = peerOf(address, socket.remotePort, isSecure)
    const own = isSecure ? socket : lendReads(socket, this.#highWaterMark)
    this.#admit(own, { ...peer, isProxied: this.#proxies.has(address) }, opened)
  }

  async #acceptProxied(socket: Socket, address: string, opened: Opened): Promise<void> {
    socket.on('error', ignore)
    if (!this.#proxies.has(address)) {
      socket.destroy()
      return
    }
    this.#greet(socket)
    const client = await readProxyPreamble(socket, this.#options.limits.firstByteTimeoutMs)
    if (client === undefined || socket.destroyed) return
    const isSecure = opened.contexts !== null
    const { port } = client ?? { port: socket.remotePort }
    const peer = peerOf(client?.address ?? address, port, isSecure)
    // What the preamble does not say comes from the client: its headers are a proxy's where its address is listed.
    const isProxied = this.#proxies.has(peer.address)
    this.#admit(socket, client === null ? peer : { ...peer, isDirectLoopback: false, isProxied }, opened)
  }

  #admit(socket: Socket, peer: Peer, opened: Opened): void {
    if (!this.#gate.enter(peer.address)) {
      // On TLS a handshake would cost more than the refusal is worth.
      if (opened.contexts !== null) socket.destroy()
      else opened.http1.refuse(socket, peer)
      return
    }
    socket.once('close', () => this.#gate.leave(peer.address))
    if (opened.handshakes !== null) {
      void this.#secure(opened.handshakes.shakeHands(socket), peer, opened)
      this.#greet(socket)
      return
    }
    this.#greeting.delete(socket)
    opened.http1.accept(socket, peer)
    if (this.#options.proxyProtocol === true) socket.resume()
  }

  async #secure(handshake: Promise<TLSSocket | null>, peer: Peer, { http1, http2 }: Opened): Promise<void> {
    const secure = await handshake
    // A socket that closed meanwhile would never tell so again.
    if (secure === null || secure.destroyed) return
    if (secure.alpnProtocol === 'h2' && http2 !== null) http2.accept(secure, peer)
    else http1.accept(secure, peer)
  }

  #greet(socket: Socket): void {
    this.#greeting.add(socket)
    socket.once('close', () => this.#greeting.delete(socket))
  }
}

function peerOf(address: string, port: number | undefined, isSecure: boolean): Peer {
  return { address, port: port ?? 0, isSecure, isDirectLoopback: isLoopback(address) }
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

function ignore(): void {}
