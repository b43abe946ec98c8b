import { Agent as HttpAgent, type IncomingMessage, request as httpRequest } from 'node:http'
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https'
import { findHeader } from '../listen/header-fields.ts'
import { createMemoryListener, type MemoryListenerOptions } from '../listen/memory-listener.ts'
import type { Answer } from '../core/received.ts'
import { createWebSocketClient, type WebSocketClient } from '../dial/websocket-client.ts'
import { TestReply, type TestRequest } from './exchange.ts'
import { openMemorySocket } from './memory-socket.ts'

/** What opens a WebSocket. */
export interface TestUpgrade {
  /** Path and query. */
  readonly target: string
  /** Name, value, name, value; names lower-case. */
  readonly headers: readonly string[]
  /** Sub-protocols, the preferred first. */
  readonly protocols: readonly string[]
}

/** An answer while it comes. */
export interface TestStream {
  readonly status: number
  readonly body: AsyncIterable<Uint8Array>
}

/** How requests of a test reach the app. */
export interface TestTransport {
  readonly url: string
  send(request: TestRequest): Promise<TestReply>
  /** Sends a request whose answer may have no end; `signal` ends it. */
  stream(request: TestRequest, signal: AbortSignal): Promise<TestStream>
  /** Opens a WebSocket; throws a `WebSocketRefusedError` where the app refuses. */
  join(request: TestUpgrade): Promise<WebSocketClient>
  close(): Promise<void>
}

/** Requests that were not answered yet. */
export class CallCounter implements TestTransport {
  readonly #transport: TestTransport
  readonly #running = new Set<string>()

  constructor(transport: TestTransport) {
    this.#transport = transport
  }

  get url(): string {
    return this.#transport.url
  }

  /** In words, for a failure. */
  list(): readonly string[] {
    return [...this.#running]
  }

  async send(request: TestRequest): Promise<TestReply> {
    const name = `the call ${request.method} ${request.target}`
    this.#running.add(name)
    try {
      return await this.#transport.send(request)
    } finally {
      this.#running.delete(name)
    }
  }

  stream(request: TestRequest, signal: AbortSignal): Promise<TestStream> {
    return this.#transport.stream(request, signal)
  }

  join(request: TestUpgrade): Promise<WebSocketClient> {
    return this.#transport.join(request)
  }

  close(): Promise<void> {
    return this.#transport.close()
  }
}

/** Calls the pipeline in this process. */
export async function openMemoryTransport(answer: Answer, options: MemoryListenerOptions): Promise<TestTransport> {
  const listener = createMemoryListener(options)
  const url = await listener.open(answer)
  return {
    url,
    send: async (request) => {
      const { status, headers, body } = await listener.request({
        ...request,
        headers: withHost('memory', request.headers),
      })
      return new TestReply(status, headers, body)
    },
    stream: (request, signal) => listener.stream({ ...request, headers: withHost('memory', request.headers), signal }),
    join: ({ target, headers, protocols }) => {
      const offered = protocols.length === 0 ? [] : ['sec-websocket-protocol', protocols.join(', ')]
      return openMemorySocket(answer, { target, headers: [...withHost('memory', headers), ...offered] })
    },
    close: () => listener.close(1000),
  }
}

/** Calls a server over its socket, with connections that are kept and reused. */
export function openSocketTransport(url: string): TestTransport {
  const base = new URL(url)
  const isSecure = base.protocol === 'https:'
  const agent = isSecure
    ? new HttpsAgent({ keepAlive: true, rejectUnauthorized: false })
    : new HttpAgent({ keepAlive: true })
  const open = isSecure ? httpsRequest : httpRequest
  const prefix = base.pathname === '/' ? '' : base.pathname.replace(/\/$/, '')
  const start = (request: TestRequest, signal?: AbortSignal): Promise<IncomingMessage> =>
    new Promise((resolve, reject) => {
      const place = { host: base.hostname.replace(/^\[|\]$/g, ''), port: base.port }
      const options = { method: request.method, path: prefix + request.target, agent, setHost: false }
      const outgoing = open({ ...place, ...options, ...(signal === undefined ? {} : { signal }) }, resolve)
      outgoing.on('error', reject)
      setHeaders(outgoing, withHost(base.host, request.headers))
      if (request.body !== null) outgoing.setHeader('content-length', request.body.length)
      outgoing.end(request.body ?? undefined)
    })
  return {
    url,
    send: async (request) => {
      const incoming = await start(request)
      const parts: Buffer[] = []
      for await (const part of incoming) parts.push(part as Buffer) // a message without an encoding gives bytes
      const headers = incoming.rawHeaders.map((text, i) => (i % 2 === 0 ? text.toLowerCase() : text))
      return new TestReply(incoming.statusCode ?? 0, headers, Buffer.concat(parts))
    },
    stream: async (request, signal) => {
      const incoming = await start(request, signal)
      return { status: incoming.statusCode ?? 0, body: incoming }
    },
    join: ({ target, headers, protocols }) =>
      createWebSocketClient(`${url.replace(/^http/, 'ws').replace(/\/$/, '')}${target}`, {
        headers: toRecord(headers),
        protocols,
      }),
    close: () => {
      agent.destroy()
      return Promise.resolve()
    },
  }
}

/** A test may call a virtual host: then it says the name itself. */
function withHost(host: string, headers: readonly string[]): readonly string[] {
  return headers.some((name, i) => i % 2 === 0 && name === 'host') ? headers : ['host', host, ...headers]
}

function setHeaders(
  outgoing: { setHeader(name: string, value: string | string[]): unknown },
  pairs: readonly string[],
): void {
  const byName = new Map<string, string[]>()
  for (let i = 0; i < pairs.length; i += 2) {
    const name = pairs[i] ?? ''
    byName.set(name, [...(byName.get(name) ?? []), pairs[i + 1] ?? ''])
  }
  for (const [name, values] of byName) outgoing.setHeader(name, values.length === 1 ? (values[0] ?? '') : values)
}

/** Each name once, its values joined. */
function toRecord(pairs: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(pairs.filter((_, i) => i % 2 === 0).map((name) => [name, findHeader(pairs, name) ?? '']))
}
