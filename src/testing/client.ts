import { AssertionError } from 'node:assert'
import { WebSocketRefusedError, type WebSocketClient } from '../dial/websocket-client.ts'
import { checkReply } from './check-reply.ts'
import { CookieJar } from './cookie-jar.ts'
import type { TestReply, TestRequest } from './exchange.ts'
import { encodeBody, formatFields, type RequestOptions } from './request-options.ts'
import { TestMember } from './member.ts'
import type { TestTransport } from './transport.ts'

/** How a client shows who it is: headers for each request. */
export type Credentials = () => Promise<readonly string[]>

/** Finds the credentials of a login. */
export type CredentialsOf = (login: string) => Credentials

const NOBODY: Credentials = () => Promise.resolve([])

/** How a channel is joined. */
export interface JoinOptions {
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
    return this.#with(this.#parts.credentialsOf(login))
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
      if (!(error instanceof WebSocketRefusedError)) throw error
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
      if (error instanceof WebSocketRefusedError) return error.status
      throw error
    }
  }

  async #open(path: string, { headers = {}, protocols = [] }: JoinOptions): Promise<WebSocketClient> {
    const own = Object.entries(headers).flatMap(([name, value]) => [name.toLowerCase(), value])
    const cookies = this.#parts.jar?.headerFor(path) ?? null
    const all = [...(await this.#credentials()), ...(cookies === null ? [] : ['cookie', cookies]), ...own]
    return this.#parts.transport.join({ target: path, headers: all, protocols })
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

  #with(credentials: Credentials): TestClient {
    return new TestClient({ ...this.#parts, credentials })
  }
}
