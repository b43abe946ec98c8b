import type { EncodedReply } from '../core/reply.ts'
import { Encoded, HeadBlock } from '../core/reply.ts'
import { Html } from '../wire/html.ts'
import { formatJson } from './json.ts'
import { Reply, Text } from './reply.ts'

/** Headers of every reply of a route: name, value, name, value; pages have others than data. */
export interface FixedHeaders {
  readonly api: readonly string[]
  readonly page: readonly string[]
}

/** The heads of the replies of one route: its fixed headers with each content type, made when one is needed. */
export class Heads {
  readonly #fixed: FixedHeaders
  #bare: HeadBlock | null = null
  #json: HeadBlock | null = null
  #text: HeadBlock | null = null
  #html: HeadBlock | null = null
  #bytes: HeadBlock | null = null
  #problem: HeadBlock | null = null

  constructor(fixed: FixedHeaders) {
    this.#fixed = fixed
  }

  get bare(): HeadBlock {
    return (this.#bare ??= new HeadBlock(this.#fixed.api))
  }

  get json(): HeadBlock {
    return (this.#json ??= this.#withType('application/json'))
  }

  get text(): HeadBlock {
    return (this.#text ??= this.#withType('text/plain; charset=utf-8'))
  }

  get html(): HeadBlock {
    return (this.#html ??= new HeadBlock(['content-type', 'text/html; charset=utf-8', ...this.#fixed.page]))
  }

  get bytes(): HeadBlock {
    return (this.#bytes ??= this.#withType('application/octet-stream'))
  }

  get problem(): HeadBlock {
    return (this.#problem ??= this.#withType('application/problem+json'))
  }

  /** True for the head of pages. */
  isHtml(head: HeadBlock): boolean {
    return head === this.#html
  }

  #withType(type: string): HeadBlock {
    return new HeadBlock(['content-type', type, ...this.#fixed.api])
  }
}

/** Makes the bytes of what a handler gave. `undefined` is 204, a string is JSON, bytes and streams go as they are. */
export function encodeValue(value: unknown, heads: Heads): EncodedReply {
  if (value instanceof Encoded) return value.reply
  if (value instanceof Reply) {
    const headers = value.headers.length === 0 ? null : value.headers
    return encodeBody(value.body, { status: value.status, headers, heads })
  }
  return encodeBody(value, { status: value === undefined ? 204 : 200, headers: null, heads })
}

// It tells the peer to empty its form, and never has content (RFC 9110 section 15.3.6).
const RESET_CONTENT = 205

interface Frame {
  readonly status: number
  readonly headers: readonly string[] | null
  readonly heads: Heads
}

function encodeBody(value: unknown, { status, headers, heads }: Frame): EncodedReply {
  if (value === undefined || status === RESET_CONTENT) return { status, head: heads.bare, headers, body: null }
  if (value === null || typeof value !== 'object') return { status, head: heads.json, headers, body: formatJson(value) }
  if (value instanceof Html) return { status, head: heads.html, headers, body: value.toString() }
  if (value instanceof Text) return { status, head: heads.text, headers, body: value.text }
  const hasType = headers !== null && hasName(headers, 'content-type')
  const raw = hasType ? heads.bare : heads.bytes
  if (value instanceof Uint8Array) return { status, head: raw, headers, body: value }
  if (isAsyncIterable(value)) {
    if (hasType) return { status, head: raw, headers, body: encodeChunks(value) }
    return { status, head: heads.json, headers, body: encodeJsonArray(value) }
  }
  return { status, head: heads.json, headers, body: formatJson(value) }
}

function hasName(pairs: readonly string[], name: string): boolean {
  for (let i = 0; i < pairs.length; i += 2) if (pairs[i]?.toLowerCase() === name) return true
  return false
}

function isAsyncIterable(value: object): value is AsyncIterable<unknown> {
  return Symbol.asyncIterator in value
}

const encoder = new TextEncoder()
const CHUNK_CHARS = 16 * 1024

/** A JSON array, item by item, in pieces of some 16 KiB: memory stays constant whatever the number of rows. */
async function* encodeJsonArray(items: AsyncIterable<unknown>): AsyncGenerator<Uint8Array> {
  let text = '['
  let isFirst = true
  for await (const item of items) {
    text += isFirst ? formatJson(item) : `,${formatJson(item)}`
    isFirst = false
    if (text.length >= CHUNK_CHARS) {
      yield encoder.encode(text)
      text = ''
    }
  }
  yield encoder.encode(`${text}]`)
}

async function* encodeChunks(chunks: AsyncIterable<unknown>): AsyncGenerator<Uint8Array> {
  for await (const chunk of chunks) {
    if (typeof chunk === 'string') yield encoder.encode(chunk)
    else if (chunk instanceof Uint8Array) yield chunk
    else throw new TypeError(`Cannot reply: a stream with a content type gives text or bytes, not ${typeof chunk}`)
  }
}
