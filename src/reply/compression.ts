import { pipeline, Readable } from 'node:stream'
import {
  brotliCompress,
  brotliCompressSync,
  constants,
  createBrotliCompress,
  createGzip,
  createZstdCompress,
  gzip,
  gzipSync,
  zstdCompress,
  zstdCompressSync,
} from 'node:zlib'
import type { MaybePromise } from '../core/refusal.ts'
import type { EncodedReply, HeadBlock } from '../core/reply.ts'
import { weighChoices } from '../wire/quality.ts'

/** A content coding (RFC 9110 section 8.4.1). */
export type ContentCoding = 'zstd' | 'br' | 'gzip'

// The best first where the peer likes several equally: for answers made on the spot zstd costs least.
const CODINGS: readonly ContentCoding[] = ['zstd', 'br', 'gzip']
/** Below this the headers cost what the coding saves. */
export const COMPRESSION_BYTES_MIN = 1024
// Up to this a thread costs more than the work.
const INLINE_BYTES_MAX = 8 * 1024
const PREFERENCES_MAX = 256
const FLUSH_MS = 50

const GZIP = { level: 6 }
const ZSTD = { params: { [constants.ZSTD_c_compressionLevel]: 3 } }
const BROTLI = {
  params: { [constants.BROTLI_PARAM_QUALITY]: 4, [constants.BROTLI_PARAM_MODE]: constants.BROTLI_MODE_TEXT },
}

const FLUSHES = {
  zstd: constants.ZSTD_e_flush,
  br: constants.BROTLI_OPERATION_FLUSH,
  gzip: constants.Z_SYNC_FLUSH,
} as const

// What browsers and clients send is one of a few dozen texts.
const preferences = new Map<string, ContentCoding | null>()
const types = new WeakMap<HeadBlock, string | null>()

/**
 * Compresses the body of a reply by what the peer accepts (`Accept-Encoding`), where its type is text and its size
 * worth it; adds `Vary`. A reply that is coded already, partial, or marked `no-transform` stays as it is. A page that
 * repeats what the peer sent beside a secret of the user should be marked so: its length can tell the secret (BREACH).
 */
export function compressReply(reply: EncodedReply, acceptEncoding: string | undefined): MaybePromise<EncodedReply> {
  const { body, status } = reply
  if (body === null || status === 206 || status < 200 || status === 204 || status === 304) return reply
  if (isBelowMinimum(body) || !isCompressible(reply)) return reply
  const coding = acceptEncoding === undefined ? null : chooseCoding(acceptEncoding)
  if (coding === null) return { ...reply, headers: withVary(reply) }
  if (typeof body !== 'string' && !(body instanceof Uint8Array)) return compressStream(reply, body, coding)
  const bytes = typeof body === 'string' ? Buffer.from(body) : body
  if (bytes.length <= INLINE_BYTES_MAX) return withCoding(reply, compressInline(bytes, coding), coding)
  return compressAside(bytes, coding).then((compressed) => withCoding(reply, compressed, coding))
}

/** The headers of a reply with what others would get by their `Accept-Encoding`; those of a small one as they are. */
export function headersWithVary(reply: EncodedReply): readonly string[] {
  const { body, headers } = reply
  return body === null || isBelowMinimum(body) || !isCompressible(reply) ? (headers ?? []) : withVary(reply)
}

/** The coding that an `Accept-Encoding` likes best; null for none of ours. */
export function chooseCoding(acceptEncoding: string): ContentCoding | null {
  const known = preferences.get(acceptEncoding)
  if (known !== undefined) return known
  const weights = weighChoices(acceptEncoding, CODINGS)
  const best = Math.max(...weights)
  const [plain = 0] = weighChoices(acceptEncoding, ['identity'])
  const coding = best > 0 && best >= plain ? (CODINGS[weights.indexOf(best)] ?? null) : null
  if (preferences.size >= PREFERENCES_MAX) preferences.clear()
  preferences.set(acceptEncoding, coding)
  return coding
}

/** True for a media type whose bytes repeat themselves. */
export function isCompressibleType(type: string): boolean {
  const name = type.split(';', 1)[0]?.trim().toLowerCase() ?? ''
  // Events must arrive when they happen, not when a block is full.
  if (name === 'text/event-stream') return false
  if (name.startsWith('text/') || name.endsWith('+json') || name.endsWith('+xml')) return true
  return TYPES.has(name)
}

const TYPES: ReadonlySet<string> = new Set([
  'application/json',
  'application/javascript',
  'application/manifest+json',
  'application/wasm',
  'application/xml',
  'font/otf',
  'font/ttf',
  'image/bmp',
  'image/svg+xml',
  'image/vnd.microsoft.icon',
])

function isBelowMinimum(body: NonNullable<EncodedReply['body']>): boolean {
  // A string may have more bytes than characters; the difference does not matter here.
  return (typeof body === 'string' || body instanceof Uint8Array) && body.length < COMPRESSION_BYTES_MIN
}

function isCompressible(reply: EncodedReply): boolean {
  const type = findHeader(reply.headers, 'content-type') ?? typeOf(reply.head)
  if (type === null || !isCompressibleType(type)) return false
  if (has(reply, 'content-encoding') || has(reply, 'content-range')) return false
  const control = findHeader(reply.headers, 'cache-control') ?? findHeader(reply.head.pairs, 'cache-control')
  return control === null || !control.toLowerCase().includes('no-transform')
}

function typeOf(head: HeadBlock): string | null {
  const known = types.get(head)
  if (known !== undefined) return known
  const type = findHeader(head.pairs, 'content-type')
  types.set(head, type)
  return type
}

function compressInline(bytes: Uint8Array, coding: ContentCoding): Uint8Array {
  if (coding === 'zstd') return zstdCompressSync(bytes, ZSTD)
  return coding === 'br' ? brotliCompressSync(bytes, BROTLI) : gzipSync(bytes, GZIP)
}

function compressAside(bytes: Uint8Array, coding: ContentCoding): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    const done = (error: Error | null, compressed: Uint8Array): void => {
      if (error === null) resolve(compressed)
      else reject(error)
    }
    if (coding === 'zstd') zstdCompress(bytes, ZSTD, done)
    else if (coding === 'br') brotliCompress(bytes, BROTLI, done)
    else gzip(bytes, GZIP, done)
  })
}

function compressStream(reply: EncodedReply, body: AsyncIterable<Uint8Array>, coding: ContentCoding): EncodedReply {
  const { bodyBytes: _identityBytes, ...rest } = reply
  return { ...rest, headers: codedHeaders(reply, coding), body: encodeStream(body, coding) }
}

// Begun only when somebody reads: a HEAD never does.
async function* encodeStream(body: AsyncIterable<Uint8Array>, coding: ContentCoding): AsyncGenerator<Uint8Array> {
  const encoder =
    coding === 'zstd' ? createZstdCompress(ZSTD) : coding === 'br' ? createBrotliCompress(BROTLI) : createGzip(GZIP)
  const source = Readable.from(
    flushed(body, () => encoder.flush(FLUSHES[coding])),
    { objectMode: false },
  )
  // A failure of either destroys both; the reader below hears of it.
  pipeline(source, encoder, () => undefined)
  for await (const piece of encoder) yield piece as Uint8Array // an encoder without an encoding set gives buffers
}

/** The body, with a flush wherever it makes its reader wait: an encoder keeps what it was given until it has enough. */
async function* flushed(body: AsyncIterable<Uint8Array>, flush: () => void): AsyncGenerator<Uint8Array> {
  let timer: NodeJS.Timeout | null = null
  try {
    for await (const piece of body) {
      yield piece
      timer = timer === null ? setTimeout(flush, FLUSH_MS) : timer.refresh()
    }
  } finally {
    if (timer !== null) clearTimeout(timer)
  }
}

function withCoding(reply: EncodedReply, body: Uint8Array, coding: ContentCoding): EncodedReply {
  const plain = typeof reply.body === 'string' || reply.body instanceof Uint8Array ? reply.body.length : 0
  if (body.length >= plain) return { ...reply, headers: withVary(reply) }
  return { ...reply, headers: codedHeaders(reply, coding), body }
}

function codedHeaders(reply: EncodedReply, coding: ContentCoding): readonly string[] {
  const headers = ['content-encoding', coding]
  const own = withVary(reply)
  for (let i = 0; i + 1 < own.length; i += 2) {
    const name = own[i] ?? ''
    const value = own[i + 1] ?? ''
    if (name.toLowerCase() === 'etag') headers.push(name, codedTag(value, coding))
    else if (name.toLowerCase() !== 'accept-ranges') headers.push(name, value)
  }
  return headers
}

/**
 * The entity tag of a reply in a coding: `"7-gzip"` for `"7"`. Other bytes are another representation, so a strong tag says
 * which (RFC 9110 section 8.8.3.3); a weak one stays as it is.
 */
function codedTag(etag: string, coding: ContentCoding): string {
  return etag.startsWith('"') && etag.endsWith('"') ? `${etag.slice(0, -1)}-${coding}"` : etag
}

const CODED_TAG = /(?<!W\/)"([\x21\x23-\x7e\x80-\xff]*)-(?:zstd|br|gzip)"/g

/** A list of entity tags with, after each that is of a coding, the one that the same version has without. */
export function withPlainTags(etags: string): string {
  return etags.replace(CODED_TAG, '$&, "$1"')
}

function withVary(reply: EncodedReply): readonly string[] {
  const headers = reply.headers ?? []
  const vary = findHeader(headers, 'vary') ?? findHeader(reply.head.pairs, 'vary') ?? ''
  if (/(?:^|[\s,])(?:accept-encoding|\*)(?:[\s,]|$)/i.test(vary)) return headers
  return [...headers, 'vary', 'accept-encoding']
}

function has(reply: EncodedReply, name: string): boolean {
  return findHeader(reply.headers, name) !== null || findHeader(reply.head.pairs, name) !== null
}

function findHeader(pairs: readonly string[] | null, name: string): string | null {
  if (pairs === null) return null
  for (let i = 0; i + 1 < pairs.length; i += 2) {
    const field = pairs[i]
    if (field?.length === name.length && field.toLowerCase() === name) return pairs[i + 1] ?? ''
  }
  return null
}
