import { createServer } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { Duplex } from 'node:stream'
import { defaultLimits } from '../../src/core/limits.ts'
import type { Received } from '../../src/core/received.ts'
import { Refusal } from '../../src/core/refusal.ts'
import type { EncodedReply } from '../../src/core/reply.ts'
import { HeadBlock } from '../../src/core/reply.ts'
import { Http1Engine } from '../../src/listen/http1-engine.ts'
import { createTrustedProxies } from '../../src/listen/trusted-proxies.ts'

/** One message as a server read it. */
export interface ReadMessage {
  readonly method: string
  readonly target: string
  readonly body: string
}

/** What a server made of the bytes of one connection. */
export interface Reading {
  readonly messages: readonly ReadMessage[]
  /** Final statuses of its answers, in order. */
  readonly statuses: readonly number[]
  /** The connection came to its end. */
  readonly isEnded: boolean
}

export interface Readers {
  /** Gives `bytes` (Latin-1) to our engine, in one piece or as they are cut, then ends the connection. */
  readonly readOurs: (bytes: string | readonly string[]) => Promise<Reading>
  readonly readTheirs: (bytes: string | readonly string[]) => Promise<Reading>
  readonly close: () => Promise<void>
}

/** Why two readings differ in where messages end; null when they do not. Fewer messages on one side are no difference. */
export function compareReadings(ours: Reading, theirs: Reading): string | null {
  for (const [i, message] of ours.messages.entries()) {
    const other = theirs.messages[i]
    if (other === undefined) return null
    if (JSON.stringify(message) === JSON.stringify(other)) continue
    return `Message ${i}: ours ${JSON.stringify(message)}, node:http ${JSON.stringify(other)}`
  }
  return null
}

/** A connection without a network: what is written to it is kept. */
class Pipe extends Duplex {
  readonly remoteAddress = '127.0.0.1'
  readonly remotePort = 1
  output = ''

  constructor() {
    super({ allowHalfOpen: true })
  }

  override _read(): void {}

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.output += chunk.toString('latin1')
    done()
  }

  /** Sends, then ends its side once the answers had time to come: node:http drops requests of a peer that ends early. */
  async feed(bytes: string | readonly string[]): Promise<void> {
    for (const piece of typeof bytes === 'string' ? [bytes] : bytes) this.push(Buffer.from(piece, 'latin1'))
    await turns(QUIET_TURNS, () => this.destroyed)
    if (!this.readableEnded && !this.destroyed) this.push(null)
  }

  /** Resolves when the connection is over, or stays open without an end in sight. */
  async settled(): Promise<boolean> {
    await turns(200, () => this.destroyed)
    const isEnded = this.destroyed || this.writableFinished
    this.destroy()
    return isEnded
  }

  get statuses(): readonly number[] {
    const statuses = [...this.output.matchAll(/(?:^|\r\n|BODY)HTTP\/1\.1 (\d{3}) /g)].map(([, status]) =>
      Number(status),
    )
    return statuses.filter((status) => status >= 200)
  }
}

// Enough for the longest chain of events between the bytes of a few requests and their answers.
const QUIET_TURNS = 12

async function turns(count: number, isOver: () => boolean): Promise<void> {
  for (let turn = 0; turn < count && !isOver(); turn += 1) await new Promise((resolve) => setImmediate(resolve))
}

const HEAD = new HeadBlock(['content-type', 'text/plain'])
const BODY_BYTES_MAX = 1024 * 1024

/** Makes both readers; they live until `close`. */
export function createReaders(): Readers {
  const ours = createOurs()
  const theirs = createTheirs()
  return {
    readOurs: ours.read,
    readTheirs: theirs.read,
    async close() {
      ours.close()
      await theirs.close()
    },
  }
}

function createOurs(): { read: Readers['readOurs']; close: () => void } {
  let messages: ReadMessage[] = []
  const answer = async (received: Received): Promise<EncodedReply> => {
    const { method, path, query } = received
    const body = await received.readBody(BODY_BYTES_MAX)
    if (body instanceof Refusal) return refuse(body)
    messages.push({
      method,
      target: query === '' ? path : `${path}?${query}`,
      body: Buffer.from(body).toString('latin1'),
    })
    return { status: 200, head: HEAD, headers: null, body: 'BODY' }
  }
  const refuse = (refusal: Refusal): EncodedReply => ({
    status: refusal.status,
    head: HEAD,
    headers: null,
    body: 'BODY',
  })
  const options = { host: '', port: 0, limits: defaultLimits, trustedProxies: [], refuse }
  const log = (message: string, error: unknown): void => {
    throw new Error(message, { cause: error })
  }
  const engine = new Http1Engine({ ...options, log }, createTrustedProxies([], 'x-forwarded-for'), answer)
  const read = async (bytes: string | readonly string[]): Promise<Reading> => {
    messages = []
    const pipe = new Pipe()
    const peer = { address: '127.0.0.1', port: 1, isSecure: false, isDirectLoopback: true }
    engine.accept(pipe as unknown as Socket, peer) // the engine uses no more of a socket than a Duplex has
    await pipe.feed(bytes)
    const isEnded = await pipe.settled()
    return { messages, statuses: pipe.statuses, isEnded }
  }
  return { read, close: () => engine.destroy() }
}

function createTheirs(): { read: Readers['readTheirs']; close: () => Promise<void> } {
  let messages: ReadMessage[] = []
  const serve = (request: IncomingMessage, response: ServerResponse): void => {
    let body = ''
    request.setEncoding('latin1')
    request.on('data', (piece: string) => (body += piece))
    request.on('error', () => response.destroy())
    request.on('end', () => {
      messages.push({ method: request.method ?? '', target: originForm(request), body })
      response.end('BODY')
    })
  }
  const server = createServer({ requireHostHeader: true }, serve)
  server.on('connect', (_request, socket) => socket.destroy())
  // Not at once: messages before the wrong one are on their way.
  server.on('clientError', (_error, socket) => void turns(QUIET_TURNS, () => false).then(() => socket.destroy()))
  return {
    async read(bytes) {
      messages = []
      const pipe = new Pipe()
      server.emit('connection', pipe)
      await pipe.feed(bytes)
      const isEnded = await pipe.settled()
      return { messages, statuses: pipe.statuses, isEnded }
    },
    close: () => new Promise((resolve) => (server.listening ? server.close(() => resolve()) : resolve())),
  }
}

// node:http leaves an absolute target as it is; we give its path. An empty query is none.
function originForm({ url = '', method }: IncomingMessage): string {
  const rest = url.replace(/^https?:\/\/[^/?]*/i, '')
  if (rest === '' && method === 'OPTIONS') return '*'
  const target = rest === url || rest.startsWith('/') ? rest : `/${rest}`
  return target.indexOf('?') === target.length - 1 ? target.slice(0, -1) : target
}
