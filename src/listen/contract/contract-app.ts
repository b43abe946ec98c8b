import { setTimeout as sleep } from 'node:timers/promises'
import type { Received } from '../../core/received.ts'
import { Refusal } from '../../core/refusal.ts'
import type { MaybePromise } from '../../core/refusal.ts'
import type { EncodedReply } from '../../core/reply.ts'
import { HeadBlock } from '../../core/reply.ts'

/** What the contract's own pipeline saw, for a test to look at. */
export class ContractApp {
  /** `path` of each call, when it began. */
  readonly began: string[] = []
  /** `path` of each call, when its answer was out; with an error's message where it was not. */
  readonly ended: string[] = []
  /** `path` of each call whose signal aborted. */
  readonly aborted: string[] = []
  /** Bytes that the producer of `/endless` made. */
  producedBytes = 0
  /** Bytes of the last body that was read. */
  bodyBytes = 0
  bodyBytesMax: number = 1024 * 1024
  /** Answers of `/held-bytes` wait for it. */
  gate: Promise<void> = Promise.resolve()

  readonly refuse = (refusal: Refusal): EncodedReply => ({
    status: refusal.status,
    head: TEXT,
    headers: null,
    body: refusal.code,
  })

  readonly answer = (received: Received): MaybePromise<EncodedReply> => {
    const { path } = received
    this.began.push(path)
    const onEnd = (error: Error | null): void => {
      this.ended.push(error === null ? path : `${path}: ${error.message}`)
    }
    const reply = this.#route(received)
    return reply instanceof Promise ? reply.then((late) => ({ ...late, onEnd })) : { ...reply, onEnd }
  }

  #route(received: Received): MaybePromise<EncodedReply> {
    const { path, query } = received
    switch (path) {
      case '/show':
        return text(JSON.stringify(show(received)))
      case '/echo':
        return this.#echo(received)
      case '/echo-late':
        return sleep(30).then(() => this.#echo(received))
      case '/echo-stream':
        return { status: 200, head: BYTES, headers: null, body: received.streamBody(this.bodyBytesMax) }
      case '/count':
        return this.#count(received)
      case '/none':
        return { status: Number(query), head: TEXT, headers: null, body: null }
      case '/text':
        return text(decodeURIComponent(query))
      case '/bytes':
        return { status: 200, head: BYTES, headers: null, body: Buffer.alloc(Number(query), 'b') }
      case '/held-bytes':
        return this.gate.then(() => ({
          status: 200,
          head: BYTES,
          headers: null,
          body: Buffer.alloc(Number(query), 'b'),
        }))
      case '/cookies':
        return { status: 200, head: TEXT, headers: ['set-cookie', 'a=1', 'set-cookie', 'b=2'], body: '' }
      case '/framing':
        return { status: 200, head: TEXT, headers: ['content-length', '999', 'connection', 'close'], body: 'ok' }
      case '/wait':
        return this.#wait(received)
      case '/never':
        return this.#never(received)
      case '/pieces':
        return { status: 200, head: BYTES, headers: null, body: pieces(['one', 'two', 'three']) }
      case '/sized':
        return { status: 200, head: BYTES, headers: null, body: pieces(['abc', 'def']), bodyBytes: Number(query) }
      case '/failing':
        return { status: 200, head: BYTES, headers: null, body: failing() }
      case '/endless':
        return { status: 200, head: BYTES, headers: null, body: this.#endless() }
      case '/upgrade':
        return this.#upgrade(received)
      default:
        return text('ok')
    }
  }

  async #echo(received: Received): Promise<EncodedReply> {
    const body = await received.readBody(this.bodyBytesMax)
    return body instanceof Refusal ? this.refuse(body) : { status: 200, head: BYTES, headers: null, body }
  }

  async #count(received: Received): Promise<EncodedReply> {
    this.bodyBytes = 0
    try {
      for await (const piece of received.streamBody(Number.MAX_SAFE_INTEGER)) this.bodyBytes += piece.length
    } catch (error) {
      if (error instanceof Refusal) return this.refuse(error)
      throw error
    }
    return text(String(this.bodyBytes))
  }

  async #wait({ query, signal }: Received): Promise<EncodedReply> {
    signal.addEventListener('abort', () => this.aborted.push('/wait'))
    await sleep(Number(query))
    return text(`waited ${query}`)
  }

  #never({ signal, path }: Received): Promise<EncodedReply> {
    return new Promise((resolve) => {
      signal.addEventListener('abort', () => {
        this.aborted.push(path)
        resolve(text('nobody reads this'))
      })
    })
  }

  async *#endless(): AsyncGenerator<Uint8Array> {
    const piece = Buffer.alloc(16 * 1024, 'e')
    for (;;) {
      this.producedBytes += piece.length
      yield piece
    }
  }

  #upgrade(received: Received): EncodedReply {
    const upgraded = received.upgrade?.()
    if (upgraded === undefined) return { status: 426, head: TEXT, headers: ['upgrade', 'echo'], body: '' }
    const { socket, head } = upgraded
    socket.on('error', () => undefined)
    socket.write('HTTP/1.1 101 Switching Protocols\r\nupgrade: echo\r\nconnection: upgrade\r\n\r\n')
    if (head.length > 0) socket.write(head)
    socket.on('data', (chunk: Uint8Array) => socket.write(chunk))
    socket.on('end', () => socket.end())
    return { status: 101, head: TEXT, headers: null, body: null }
  }
}

const TEXT = new HeadBlock(['content-type', 'text/plain; charset=utf-8'])
const BYTES = new HeadBlock(['content-type', 'application/octet-stream'])

function text(body: string): EncodedReply {
  return { status: 200, head: TEXT, headers: null, body }
}

function show(received: Received): object {
  const { method, path, query, host, peer, hasBody } = received
  const headers = received.headerPairs()
  return {
    method,
    path,
    query,
    host,
    hasBody,
    address: peer.address,
    isSecure: peer.isSecure,
    headers,
    ...probe(received),
  }
}

function probe(received: Received): object {
  const direct = received.peer.isDirectLoopback
  return { direct, cookie: received.header('cookie') ?? null, probe: received.header('x-probe') ?? null }
}

async function* pieces(texts: readonly string[]): AsyncGenerator<Uint8Array> {
  for (const piece of texts) {
    await sleep(1)
    yield Buffer.from(piece)
  }
}

async function* failing(): AsyncGenerator<Uint8Array> {
  yield Buffer.from('some')
  await sleep(5)
  throw new Error('the source broke')
}
