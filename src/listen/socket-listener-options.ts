import type { ListenerOptions } from './listener-options.ts'
import type { TlsOptions } from './tls-contexts.ts'

/** What a listener on sockets of our own needs to know. */
export interface SocketListenerOptions extends ListenerOptions {
  /** Serves HTTPS instead of HTTP. */
  readonly tls?: TlsOptions | undefined
  /** Offers HTTP/2 to peers on TLS; true by default. */
  readonly http2?: boolean | undefined
  /**
   * Each connection begins with the header of the PROXY protocol, version 2, which names the client. Only those of
   * `trustedProxies` may connect.
   */
  readonly proxyProtocol?: boolean | undefined
}
