import { createServer } from 'node:http'
import type { IncomingMessage, Server, ServerOptions, ServerResponse } from 'node:http'
import { createServer as createTlsServer, type Server as TlsServer } from 'node:https'
import type { Socket } from 'node:net'
import { pipeline } from 'node:stream'
import type { Duplex } from 'node:stream'
import type { Answer, Listener, Peer } from '../core/received.ts'
import { Refusal } from '../core/refusal.ts'
import type { RefusalCode } from '../core/refusal.ts'
import type { EncodedReply } from '../core/reply.ts'
import { checkScheme } from './check-scheme.ts'
import { formatFields, lengthOf, prepareHead } from '../wire/http1/reply-head.ts'
import { ConnectionGate } from './connection-gate.ts'
import { readNodeRequest } from './node-request.ts'
import { writeReply } from './node-reply.ts'
import type { ListenerOptions } from './listener-options.ts'
import type { SocketListenerOptions } from './socket-listener-options.ts'
import { StreamReceived } from './stream-received.ts'
import { TlsContexts } from './tls-contexts.ts'
import { createTrustedProxies, isLoopback, plainAddress } from './trusted-proxies.ts'
import type { TrustedProxies } from './trusted-proxies.ts'
import { listenUrl } from './listen-url.ts'

export type NodeListenerOptions = Omit<SocketListenerOptions, 'proxyProtocol' | 'http2'>

/**
 * Serves HTTP/1.1 through `node:http`, or `node:https`: slower than our own engine, and what that is compared with.
 */
export function createNodeListener(options: NodeListenerOptions): Listener {
  return new NodeListener(options)
}

class NodeListener implements Listener {
  readonly name = 'node'
  readonly #options: NodeListenerOptions
  readonly #proxies: TrustedProxies
  readonly #peers = new WeakMap<Duplex, Peer>()
  readonly #finished = new WeakSet<Duplex>()
  readonly #requests = new WeakMap<Duplex, number>()
  readonly #running = new Set<ServerResponse>()
  /** Sockets that `upgrade()` gave away. */
  readonly #given = new Set<Duplex>()
  readonly #gate: ConnectionGate
  #server: Server | null = null
  #contexts: TlsContexts | null = null
  #answer: Answer | null = null
  #isClosing = false

  constructor(options: NodeListenerOptions) {
    this.#options = options
    this.#gate = new ConnectionGate(options.limits)
    this.#proxies = createTrustedProxies(options.trustedProxies, options.forwardingHeader ?? 'x-forwarded-for')
  }

  async open(answer: Answer): Promise<string> {
    const { host, port } = this.#options
    this.#answer = answer
    const server = this.#createServer()
    this.#server = server
    // Node drops fields beyond its own maximum in silence; we count, and refuse.
    server.maxHeadersCount = 0
    server.on('connection', (socket) => this.#accept(socket))
    server.on('secureConnection', (socket: Socket) => this.#know(socket))
    server.on('request', (request, response) => this.#serve(request, response, () => undefined))
    server.on('checkContinue', (request, response) => this.#serve(request, response, () => response.writeContinue()))
    server.on('checkExpectation', (_request, response) => this.#refuseExpectation(response))
    server.on('upgrade', (request, socket, head) => this.#upgrade(request, socket, head))
    server.on('connect', (_request, socket) => this.#refuseRaw(socket, 'LISTEN_BAD_REQUEST'))
    server.on('clientError', (error: NodeJS.ErrnoException, socket) => this.#refuseRaw(socket, codeOf(error)))
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject)
      server.listen({ host, port }, () => {
        server.off('error', reject)
        resolve()
      })
    })
    server.on('error', (error) => this.#options.log?.('Cannot accept a connection', error))
    return listenUrl(this.#contexts === null ? 'http' : 'https', server.address())
  }

  #createServer(): Server {
    const { tls, limits, log = () => undefined } = this.#options
    const options = serverOptions(this.#options)
    if (tls === undefined) return createServer(options)
    const contexts = new TlsContexts(tls, log)
    this.#contexts = contexts
    let current = contexts.main
    const server: TlsServer = createTlsServer({
      ...options,
      ...current,
      SNICallback: (name, done) => done(null, contexts.choose(name)),
      ALPNProtocols: ['http/1.1', 'http/1.0'],
      handshakeTimeout: limits.firstByteTimeoutMs,
    })
    server.on('tlsClientError', (_error, socket) => socket.destroy())
    server.prependListener('connection', () => {
      // The server reads nothing else from the files: it gets what was loaded since.
      if (current === contexts.main) return
      current = contexts.main
      server.setSecureContext(current)
    })
    return server
  }

  async close(deadlineMs: number): Promise<void> {
    const server = this.#server
    if (server === null) return
    this.#isClosing = true
    for (const response of this.#running) if (!response.headersSent) response.shouldKeepAlive = false
    const closed = new Promise<void>((resolve) => server.close(() => resolve()))
    server.closeIdleConnections()
    const sweep = setInterval(() => server.closeIdleConnections(), 50)
    const timer = setTimeout(() => {
      server.closeAllConnections()
      for (const socket of this.#given) socket.destroy()
    }, deadlineMs)
    await closed
    this.#contexts?.close()
    clearInterval(sweep)
    clearTimeout(timer)
    // The sockets are gone; their calls hear of it soon.
    while (this.#running.size > 0) await new Promise((resolve) => setImmediate(resolve))
    this.#server = null
  }

  #accept(socket: Socket): void {
    const address = plainAddress(socket.remoteAddress)
    if (!this.#gate.enter(address)) {
      socket.destroy()
      return
    }
    socket.once('close', () => this.#gate.leave(address))
    if (this.#contexts === null) this.#know(socket)
  }

  #know(socket: Socket): void {
    const address = plainAddress(socket.remoteAddress)
    const isSecure = this.#contexts !== null
    const port = socket.remotePort ?? 0
    const isProxied = this.#proxies.has(address)
    this.#peers.set(socket, { address, port, isSecure, isDirectLoopback: isLoopback(address), isProxied })
  }

  #serve(request: IncomingMessage, response: ServerResponse, onBody: () => void): void {
    // Nothing behind the last request of a connection is served, even though node:http has read it.
    if (this.#finished.has(request.socket)) return
    const received = this.#read(request, onBody)
    const count = (this.#requests.get(request.socket) ?? 0) + 1
    this.#requests.set(request.socket, count)
    if (count >= this.#options.limits.requestsPerConnectionMax) response.shouldKeepAlive = false
    if (received instanceof Refusal || !response.shouldKeepAlive) this.#finished.add(request.socket)
    response.sendDate = true
    if (this.#isClosing) response.shouldKeepAlive = false
    this.#running.add(response)
    response.once('close', () => {
      this.#running.delete(response)
      if (!response.writableFinished && !(received instanceof Refusal)) received.abort()
    })
    if (received instanceof Refusal) {
      response.shouldKeepAlive = false
      this.#write(this.#options.refuse(received, null, this.#peers.get(request.socket)), response, null)
      return
    }
    const reply = this.#answer?.(received)
    if (reply instanceof Promise) void reply.then((late) => this.#write(late, response, received))
    else if (reply !== undefined) this.#write(reply, response, received)
  }

  #write(reply: EncodedReply, response: ServerResponse, received: StreamReceived | null): void {
    const request = response.req
    // An unread body is thrown away up to the limit; one that is known to be larger ends the connection.
    const unread = received === null ? Number.MAX_VALUE : received.unreadBytes()
    if (!request.complete && Number.isFinite(unread) && unread > this.#options.limits.drainBodyBytesMax) {
      response.shouldKeepAlive = false
    }
    writeReply(reply, response).catch((error: unknown) => {
      if (!response.destroyed) this.#options.log?.('Cannot send a reply', error)
      response.destroy()
    })
    if (!request.complete && received?.isBodyTaken !== true) this.#drainBody(request)
  }

  #drainBody(request: IncomingMessage): void {
    let length = 0
    request.on('data', (chunk: Uint8Array) => {
      length += chunk.length
      if (length > this.#options.limits.drainBodyBytesMax) request.socket.destroySoon()
    })
  }

  #refuseExpectation(response: ServerResponse): void {
    this.#finished.add(response.req.socket)
    response.shouldKeepAlive = false
    const peer = this.#peers.get(response.req.socket)
    this.#write(this.#options.refuse(new Refusal('LISTEN_EXPECTATION'), null, peer), response, null)
  }

  #read(request: IncomingMessage, onBody: () => void): StreamReceived | Refusal {
    const peer = this.#peers.get(request.socket)
    if (peer === undefined) return new Refusal('LISTEN_BAD_REQUEST')
    const { limits } = this.#options
    const parts = readNodeRequest(request, limits, onBody)
    if (parts instanceof Refusal) return parts
    const received = new StreamReceived(parts, { limits, peer, proxies: this.#proxies })
    return (/^https:/i.test(request.url ?? '') ? checkScheme(received.peer) : null) ?? received
  }

  #upgrade(request: IncomingMessage, socket: Duplex, head: Uint8Array): void {
    const received = this.#read(request, () => undefined)
    if (received instanceof Refusal) {
      this.#writeRaw(socket, this.#options.refuse(received, null, this.#peers.get(request.socket)))
      return
    }
    let isTaken = false
    received.upgrade = () => {
      isTaken = true
      this.#given.add(socket)
      socket.once('close', () => this.#given.delete(socket))
      return { socket, head }
    }
    socket.once('close', () => received.abort())
    socket.on('error', () => undefined)
    const end = (reply: EncodedReply): void => {
      if (isTaken) reply.onEnd?.(null)
      else this.#writeRaw(socket, reply)
    }
    const reply = this.#answer?.(received)
    if (reply instanceof Promise) void reply.then(end)
    else if (reply !== undefined) end(reply)
  }

  #refuseRaw(socket: Duplex, code: RefusalCode): void {
    // The answer to the last request is under way: what came behind it changes nothing.
    if (this.#finished.has(socket)) return
    this.#finished.add(socket)
    if (!socket.writable) {
      socket.destroy()
      return
    }
    socket.on('error', () => undefined)
    this.#writeRaw(socket, this.#options.refuse(new Refusal(code), null, this.#peers.get(socket)))
  }

  // Node gives these sockets without a response object.
  #writeRaw(socket: Duplex, reply: EncodedReply): void {
    const { body } = reply
    const length = lengthOf(reply)
    const lengthField = length < 0 ? '' : `content-length: ${length}\r\n`
    const date = new Date().toUTCString()
    const fields = `${formatFields(reply.headers ?? [])}date: ${date}\r\nconnection: close\r\n${lengthField}\r\n`
    socket.write(prepareHead(reply.head, reply.status) + fields, 'latin1')
    const end = (error: Error | null): void => {
      socket.destroy()
      reply.onEnd?.(error)
    }
    if (body === null || typeof body === 'string' || body instanceof Uint8Array) socket.end(body ?? '', () => end(null))
    else pipeline(body, socket, (error) => end(error ?? null))
  }
}

function serverOptions({ limits }: ListenerOptions): ServerOptions {
  return {
    insecureHTTPParser: false,
    // We check Host ourselves: node:http would answer by itself, and go on with the next request.
    requireHostHeader: false,
    maxHeaderSize: limits.headBytesMax,
    headersTimeout: limits.headTimeoutMs,
    requestTimeout: 0,
    keepAliveTimeout: limits.idleTimeoutMs,
    connectionsCheckingInterval: Math.max(10, Math.min(1000, limits.headTimeoutMs / 4)),
    noDelay: true,
    // What else asks for an upgrade (HTTP/2 by clients that send a body at once) is a request like any other: handed
    // over as an upgrade, its body would be lost.
    shouldUpgradeCallback: ({ method, headers }) =>
      method === 'GET' && Number(headers['content-length'] ?? 0) === 0 && headers['transfer-encoding'] === undefined,
  }
}

function codeOf(error: NodeJS.ErrnoException): RefusalCode {
  if (error.code === 'HPE_HEADER_OVERFLOW') return 'LISTEN_HEAD_TOO_LARGE'
  return error.code === 'ERR_HTTP_REQUEST_TIMEOUT' ? 'LISTEN_HEAD_TOO_SLOW' : 'LISTEN_BAD_REQUEST'
}
