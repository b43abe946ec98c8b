import type { Socket } from 'node:net'
import { createServer } from 'node:tls'
import type { Server, TLSSocket } from 'node:tls'
import type { Certificate, TlsContexts } from './tls-contexts.ts'

/** What peers on TLS may choose by ALPN (RFC 7301), the best first. */
export type ApplicationProtocol = 'h2' | 'http/1.1' | 'http/1.0'

export interface HandshakeOptions {
  readonly protocols: readonly ApplicationProtocol[]
  readonly timeoutMs: number
}

/** Shakes hands on connections that others accepted. */
export class TlsHandshakes {
  readonly #contexts: TlsContexts
  readonly #server: Server
  #certificate: Certificate
  /** By addresses and ports of both ends, which no two open connections share. */
  readonly #waiting = new Map<string, (secure: TLSSocket | null) => void>()

  constructor(contexts: TlsContexts, { protocols, timeoutMs }: HandshakeOptions) {
    this.#contexts = contexts
    this.#certificate = contexts.main
    this.#server = createServer({
      ...contexts.main,
      SNICallback: (name, done) => done(null, contexts.choose(name)),
      ALPNProtocols: [...protocols],
      handshakeTimeout: timeoutMs,
    })
    this.#server.on('secureConnection', (secure) => this.#settle(secure, secure))
    this.#server.on('tlsClientError', (_error, secure) => secure.destroy())
  }

  /** The connection on TLS; null when the handshake fails or takes longer than allowed, and the socket is gone. */
  shakeHands(socket: Socket): Promise<TLSSocket | null> {
    // The server reads nothing else from its files: it gets what was loaded since.
    if (this.#certificate !== this.#contexts.main) {
      this.#certificate = this.#contexts.main
      this.#server.setSecureContext(this.#certificate)
    }
    return new Promise((resolve) => {
      const key = keyOf(socket)
      this.#waiting.set(key, resolve)
      socket.on('error', ignore)
      socket.once('close', () => {
        this.#waiting.get(key)?.(null)
        this.#waiting.delete(key)
      })
      this.#server.emit('connection', socket)
    })
  }

  #settle(socket: Socket, secure: TLSSocket): void {
    const key = keyOf(socket)
    const resolve = this.#waiting.get(key)
    this.#waiting.delete(key)
    // Until its next owner listens: an error that nobody hears ends the process.
    secure.on('error', ignore)
    if (resolve === undefined) secure.destroy()
    else resolve(secure)
  }
}

function ignore(): void {}

function keyOf({ remoteAddress, remotePort, localAddress, localPort }: Socket): string {
  return `${remoteAddress} ${remotePort} ${localAddress} ${localPort}`
}
