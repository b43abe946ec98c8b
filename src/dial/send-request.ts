import { type IncomingMessage, request as requestHttp } from 'node:http'
import { request as requestHttps } from 'node:https'
import type { DialTarget } from './dial-target.ts'

const HEAD_BYTES_MAX = 16 * 1024
const USER_AGENT = 'guichet'

interface AddressedTarget extends DialTarget {
  readonly address: string
  /** Certificate authorities in PEM; undefined: the well-known ones. */
  readonly ca: string | undefined
}

/**
 * Sends one GET to one checked address: no name is resolved again, so that a name server which changes its answer
 * gains nothing. `Host` and the name of the certificate stay those of the URL. Each call has a connection of its own.
 */
export function sendRequest(target: AddressedTarget, signal: AbortSignal): Promise<IncomingMessage> {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>()
  const { url, address, serverName, ca } = target
  const options = {
    host: address,
    port: target.port,
    path: `${url.pathname}${url.search}`,
    agent: false,
    signal,
    maxHeaderSize: HEAD_BYTES_MAX,
    insecureHTTPParser: false,
    headers: { host: url.host, 'user-agent': USER_AGENT, accept: '*/*', 'accept-encoding': 'gzip, br' },
  } as const
  const request =
    url.protocol === 'https:' ? requestHttps({ ...options, ca, servername: serverName ?? '' }) : requestHttp(options)
  request.on('error', reject)
  // An upgrade that nobody asked for. Without a listener Node ends such a request in silence: nothing would ever settle.
  const refuseUpgrade = (): void => {
    request.destroy()
    reject(new Error('Cannot fetch: the other server switched protocols'))
  }
  request.once('upgrade', (_response, socket) => {
    socket.destroy()
    refuseUpgrade()
  })
  request.once('response', (response) => (response.statusCode === 101 ? refuseUpgrade() : resolve(response)))
  request.once('close', () => reject(new Error('Cannot fetch: the connection closed without an answer')))
  request.end()
  return promise
}
