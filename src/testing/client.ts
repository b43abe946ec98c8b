import { AssertionError } from 'node:assert'
import { WebSocketRefusedError } from '../dial/websocket-client.ts'
import { checkReply } from './check-reply.ts'
import { CookieJar } from './cookie-jar.ts'
import type { TestReply, TestRequest } from './exchange.ts'
import { encodeBody, formatFields, type RequestOptions } from './request-options.ts'
import { openEvents } from './event-member.ts'
import { TestMember } from './member.ts'
import { JoinRefusedError, type MemberConnection, overWebSocket } from './member-connection.ts'
import type { SocketPlaces } from './socket-places.ts'
import { openTcp } from './tcp-member.ts'
import { openUdp } from './udp-member.ts'
import type { TestTransport } from './transport.ts'

/** How a client shows who it is: headers for each request. */
export type Credentials = () => Promise<readonly string[]>

/** Finds the credentials of a login. */
export type CredentialsOf = (login: string) => Credentials

const NOBODY: Credentials = () => Promise.resolve([])

/** How a channel is joined. */
export interface JoinOptions {
  /** What carries it: a WebSocket by default. TCP and UDP are sockets of this machine, in memory too. */
  readonly by?: 'events' | 'tcp' | 'udp' | 'websocket'
  readonly headers?: Readonly<Record<string, string>>
  /** `guichet.json`, `guichet.text`; none by default. */
  readonly protocols?: readonly string[]
}

export interface ClientParts {
  readonly transport: TestTransport
  readonly credentialsOf: CredentialsOf
  readonly credentials?: Credentials
  /** Keeps cookies from one request to the next. */
  readonly jar?: CookieJar
  /** Told each login that a client calls as. */
  readonly onLogin?: (login: string) => void
  /** Who the client calls as; it signs datagrams. */
  readonly login?: string
  /** Null where only the URL of the app is known. */
  readonly places: SocketPlaces | null
}

/** Sends the requests of a test as somebody, or as nobody. */
export class TestClient {
  readonly #parts: ClientParts
  readonly #credentials: Credentials

  constructor(parts: ClientParts) {
    this.#parts = parts
    this.#credentials = parts.credentials ?? NOBODY
  }

  /** Where the app is reached. */
  get url(): string {
    return this.#parts.transport.url
  }

  /** The same client as a user of the app: `client.as('calvin').get('/owned')`. */
  as(login: string): TestClient {
    this.#parts.onLogin?.(login)
    return this.#with(this.#parts.credentialsOf(login), login)
  }

  /** The same client with login and password (RFC 7617), right or wrong. */
  withPassword(login: string, password: string): TestClient {
    this.#parts.onLogin?.(login)
    const value = `Basic ${Buffer.from(`${login}:${password}`).toString('base64')}`
    return this.#with(() => Promise.resolve(['authorization', value]))
  }

  /** The same client with a bearer token (RFC 6750). */
  withToken(token: string): TestClient {
    return this.#with(() => Promise.resolve(['authorization', `Bearer ${token}`]))
  }

  /** The same client with a cookie, beside the credentials that it has. */
  withCookie(name: string, value: string): TestClient {
    const before = this.#credentials
    return this.#with(async () => [...(await before()), 'cookie', `${name}=${value}`])
  }

  /** The same client with a jar: it sends back the cookies that it was given, as a browser does. */
  withJar(jar: CookieJar = new CookieJar()): TestClient {
    return new TestClient({ ...this.#parts, credentials: this.#credentials, jar })
  }

  /** The jar of `withJar()`; null for a client that keeps no cookies. */
  get jar(): CookieJar | null {
    return this.#parts.jar ?? null
  }

  get(path: string, options: RequestOptions = {}): Promise<TestReply> {
    return this.request('GET', path, options)
  }

  head(path: string, options: RequestOptions = {}): Promise<TestReply> {
    return this.request('HEAD', path, options)
  }

  post(path: string, options: RequestOptions = {}): Promise<TestReply> {
    return this.request('POST', path, options)
  }

  put(path: string, options: RequestOptions = {}): Promise<TestReply> {
    return this.request('PUT', path, options)
  }

  patch(path: string, options: RequestOptions = {}): Promise<TestReply> {
    return this.request('PATCH', path, options)
  }

  delete(path: string, options: RequestOptions = {}): Promise<TestReply> {
    return this.request('DELETE', path, options)
  }

  /**
   * Joins a channel: `const calvin = await client.as('calvin').join('/rooms/tea')`. Throws an `AssertionError` where the
   * app refuses; `refused()` is for that.
   */
  async join(path: string, options: JoinOptions = {}): Promise<TestMember> {
    try {
      return new TestMember(path, await this.#open(path, options))
    } catch (error) {
      if (!isRefused(error)) throw error
      throw new AssertionError({
        message: `GET ${path}: ${error.message}\n\n${error.body}\n`,
        actual: error.status,
        expected: 101,
      })
    }
  }

  /** Expects that the app does not let this client into a channel, with this status. */
  async refused(path: string, status: number, options: JoinOptions = {}): Promise<void> {
    const actual = await this.#statusOf(path, options)
    if (actual !== status)
      throw new AssertionError({
        message: `GET ${path}: status ${actual}, expected ${status}`,
        actual,
        expected: status,
      })
  }

  async #statusOf(path: string, options: JoinOptions): Promise<number> {
    try {
      const socket = await this.#open(path, options)
      socket.close()
      return 101
    } catch (error) {
      if (isRefused(error)) return error.status
      throw error
    }
  }

  async #open(
    path: string,
    { by = 'websocket', headers = {}, protocols = [] }: JoinOptions,
  ): Promise<MemberConnection> {
    const own = Object.entries(headers).flatMap(([name, value]) => [name.toLowerCase(), value])
    const cookies = this.#parts.jar?.headerFor(path) ?? null
    const all = [...(await this.#credentials()), ...(cookies === null ? [] : ['cookie', cookies]), ...own]
    const { transport } = this.#parts
    if (by === 'events') return openEvents({ transport, target: path, headers: all })
    if (by !== 'websocket') return this.#dial(by, path, all)
    return overWebSocket(await transport.join({ target: path, headers: all, protocols }))
  }

  async #dial(by: 'tcp' | 'udp', target: string, headers: readonly string[]): Promise<MemberConnection> {
    const { places, login } = this.#parts
    if (places === null) throw new RangeError('Cannot join by TCP or UDP: only the URL of the app is known')
    const [path = '', query = ''] = target.split('?')
    const search = new URLSearchParams(query)
    const [place, since] = [await places.find(by, path), search.get('since')]
    if (by === 'udp') {
      if (login === undefined) throw new RangeError("Cannot join by UDP as nobody: client.as('calvin') signs datagrams")
      return openUdp(place, { login, since })
    }
    const at = headers.findIndex((name, i) => i % 2 === 0 && name === 'authorization')
    const authorization = at === -1 ? null : (headers[at + 1] ?? null)
    return openTcp(place, { authorization, name: search.get('name'), since })
  }

  /** Sends a request; throws an `AssertionError` that shows the exchange where it is not answered as expected. */
  async request(method: string, path: string, options: RequestOptions = {}): Promise<TestReply> {
    const { bytes, type } = await encodeBody(options)
    const own = Object.entries(options.headers ?? {}).flatMap(([name, value]) => [name.toLowerCase(), value])
    const target =
      options.query === undefined ? path : `${path}${path.includes('?') ? '&' : '?'}${formatFields(options.query)}`
    const { jar } = this.#parts
    const cookies = jar?.headerFor(target) ?? null
    const headers = [
      ...(await this.#credentials()),
      ...(cookies === null ? [] : ['cookie', cookies]),
      ...(type === null ? [] : ['content-type', type]),
      ...own,
    ]
    const request: TestRequest = { method, target, headers, body: bytes }
    const reply = await this.#parts.transport.send(request)
    jar?.take(target, reply)
    if (options.expect !== undefined) checkReply(request, reply, options.expect)
    return reply
  }

  #with(credentials: Credentials, login = this.#parts.login): TestClient {
    return new TestClient({ ...this.#parts, credentials, ...(login === undefined ? {} : { login }) })
  }
}

function isRefused(error: unknown): error is JoinRefusedError | WebSocketRefusedError {
  return error instanceof WebSocketRefusedError || error instanceof JoinRefusedError
}
