import { type IncomingMessage, request as requestHttp, validateHeaderName, validateHeaderValue } from 'node:http'
import { request as requestHttps } from 'node:https'
import type { DialTarget } from './dial-target.ts'

const HEAD_BYTES_MAX = 16 * 1024
const USER_AGENT = 'guichet'

interface AddressedTarget extends DialTarget {
  readonly address: string
  /** Certificate authorities in PEM; undefined: the well-known ones. */
  readonly ca: string | undefined
  /** Beside our own; none of `OWN_HEADERS`. */
  readonly headers: Readonly<Record<string, string>>
}

/** What belongs to the connection, or decides how the answer is read. */
const OWN_HEADERS: ReadonlySet<string> = new Set([
  'accept-encoding',
  'connection',
  'content-length',
  'expect',
  'host',
  'keep-alive',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
])

/** Throws a `TypeError` for a header that a caller may not set, or that is not one. */
export function assertHeaders(headers: Readonly<Record<string, string>>): void {
  for (const [name, value] of Object.entries(headers)) {
    validateHeaderName(name)
    validateHeaderValue(name, value)
    if (OWN_HEADERS.has(name.toLowerCase())) throw new TypeError(`Cannot fetch: the header ${name} cannot be set`)
  }
}

/**
 * Sends one GET to one checked address: no name is resolved again, so that a name server which changes its answer
 * gains nothing. `Host` and the name of the certificate stay those of the URL. Each call has a connection of its own.
 */
export function sendRequest(target: AddressedTarget, signal: AbortSignal): Promise<IncomingMessage> {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>()
  const { url, address, serverName, ca, headers } = target
  const options = {
    host: address,
    port: target.port,
    path: `${url.pathname}${url.search}`,
    agent: false,
    signal,
    maxHeaderSize: HEAD_BYTES_MAX,
    insecureHTTPParser: false,
    headers: {
      'user-agent': USER_AGENT,
      accept: '*/*',
      ...lowerCase(headers),
      host: url.host,
      'accept-encoding': 'gzip, br',
    },
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

function lowerCase(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]))
}
