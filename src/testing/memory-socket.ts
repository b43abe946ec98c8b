import { duplexPair, type Duplex } from 'node:stream'
import { WebSocketRefusedError, type WebSocketClient, type WebSocketEnd } from '../dial/websocket-client.ts'
import { findHeader } from '../listen/header-fields.ts'
import type { Answer, Peer, Received, Transport, Upgraded } from '../core/received.ts'
import { MessageQueue } from './member-connection.ts'
import {
  encodeClientFrame,
  OPCODE_CLOSE,
  OPCODE_PING,
  OPCODE_PONG,
  OPCODE_TEXT,
  ServerFrameDecoder,
} from '../wire/websocket-client-frame.ts'

/** What opens a WebSocket in this process. */
export interface MemorySocketRequest {
  /** Path and query. */
  readonly target: string
  /** Name, value, name, value; names lower-case. */
  readonly headers: readonly string[]
}

const KEY = 'dGhlIHNhbXBsZSBub25jZQ=='
const HEAD_END = '\r\n\r\n'
const NO_STATUS = 1005
const ABNORMAL = 1006

/** Opens a WebSocket without a network: the server's side is the real one. */
export async function openMemorySocket(
  answer: Answer,
  { target, headers }: MemorySocketRequest,
): Promise<WebSocketClient> {
  const [own, served] = duplexPair()
  const received = new UpgradeReceived(target, headers, served)
  const { status, body } = await answer(received)
  if (status !== 101) throw new WebSocketRefusedError(status, typeof body === 'string' ? body : '')
  return new MemorySocket(own)
}

class UpgradeReceived implements Received {
  readonly transport: Transport = 'http'
  readonly method = 'GET'
  readonly path: string
  readonly query: string
  readonly host = 'memory'
  readonly peer: Peer = { address: '127.0.0.1', port: 0, isSecure: false, isDirectLoopback: true }
  readonly hasBody = false
  readonly signal: AbortSignal = new AbortController().signal
  readonly #headers: readonly string[]
  readonly #socket: Duplex

  constructor(target: string, headers: readonly string[], socket: Duplex) {
    const mark = target.indexOf('?')
    this.path = mark === -1 ? target : target.slice(0, mark)
    this.query = mark === -1 ? '' : target.slice(mark + 1)
    const upgrade = [
      'upgrade',
      'websocket',
      'connection',
      'upgrade',
      'sec-websocket-version',
      '13',
      'sec-websocket-key',
      KEY,
    ]
    this.#headers = [...headers, ...upgrade]
    this.#socket = socket
  }

  get upgrade(): () => Upgraded {
    return () => ({ socket: this.#socket, head: new Uint8Array(0) })
  }

  header(name: string): string | undefined {
    return findHeader(this.#headers, name)
  }

  headerPairs(): readonly string[] {
    return this.#headers
  }

  readBody(): Uint8Array {
    return new Uint8Array(0)
  }

  async *streamBody(): AsyncGenerator<Uint8Array> {
    // A request to upgrade has no body.
  }
}

class MemorySocket implements WebSocketClient {
  readonly ended: Promise<WebSocketEnd>
  readonly messages: AsyncIterableIterator<string>
  readonly #socket: Duplex
  readonly #decoder = new ServerFrameDecoder()
  readonly #queue = new MessageQueue()
  #head = ''
  #hasHead = false
  #protocol = ''
  #end: WebSocketEnd = { code: ABNORMAL, reason: '' }

  constructor(socket: Duplex) {
    this.#socket = socket
    this.messages = this.#queue[Symbol.asyncIterator]()
    socket.on('data', (bytes: Buffer) => this.#take(bytes))
    socket.on('error', () => undefined)
    this.ended = new Promise((resolve) => {
      socket.once('end', () => {
        socket.end()
        this.#queue.end()
        resolve(this.#end)
      })
    })
  }

  get protocol(): string {
    return this.#protocol
  }

  send(text: string): Promise<void> {
    return this.#write(OPCODE_TEXT, Buffer.from(text, 'utf8'))
  }

  close(code = 1000, reason = ''): void {
    const payload = Buffer.concat([Buffer.from([code >> 8, code & 0xff]), Buffer.from(reason)])
    void this.#write(OPCODE_CLOSE, payload)
  }

  #write(opcode: number, payload: Uint8Array): Promise<void> {
    return new Promise((resolve) => this.#socket.write(encodeClientFrame(opcode, payload), () => resolve()))
  }

  #take(bytes: Buffer): void {
    if (this.#hasHead) this.#decoder.push(bytes)
    else this.#takeHead(bytes)
    for (let frame = this.#decoder.next(); frame !== undefined; frame = this.#decoder.next()) {
      const payload = Buffer.from(frame.payload)
      if (frame.opcode === OPCODE_TEXT) this.#queue.push(payload.toString('utf8'))
      else if (frame.opcode === OPCODE_PING) void this.#write(OPCODE_PONG, payload)
      else if (frame.opcode === OPCODE_CLOSE) this.#takeClose(payload)
    }
  }

  #takeHead(bytes: Buffer): void {
    this.#head += bytes.toString('latin1')
    const end = this.#head.indexOf(HEAD_END)
    if (end === -1) return
    this.#hasHead = true
    this.#protocol = /^sec-websocket-protocol: (.*)$/im.exec(this.#head.slice(0, end))?.[1] ?? ''
    this.#decoder.push(Buffer.from(this.#head.slice(end + HEAD_END.length), 'latin1'))
  }

  #takeClose(payload: Buffer): void {
    const code = payload.length < 2 ? NO_STATUS : payload.readUInt16BE(0)
    this.#end = { code, reason: payload.toString('utf8', 2) }
    void this.#write(OPCODE_CLOSE, payload.subarray(0, 2))
  }
}
