import { constants } from 'node:http2'
import type { OutgoingHttpHeaders, ServerHttp2Stream } from 'node:http2'
import { asError } from '../core/as-error.ts'
import type { EncodedReply, HeadBlock, ReplyBody } from '../core/reply.ts'
import { isBodiless, isFramingField, lengthOf } from '../wire/http1/reply-head.ts'
import { discardBody } from './discard-body.ts'

/** Writes a reply to an HTTP/2 stream, no faster than its peer takes it. */
export async function writeHttp2Reply(
  reply: EncodedReply,
  stream: ServerHttp2Stream,
  frame: Http2Frame,
): Promise<void> {
  let failure: Error | null = null
  try {
    if (stream.destroyed) throw gone()
    const isSilent = frame.method === 'HEAD' || isBodiless(reply.status) || reply.body === null
    if (isSilent) frame.onWhole()
    stream.respond(headersOf(reply), { endStream: isSilent })
    if (isSilent) discardBody(reply.body)
    else await writeBody(reply, stream, frame)
    // Nobody reads what is left of the request (RFC 9113 section 8.1).
    if (!stream.readableEnded) stream.close(constants.NGHTTP2_NO_ERROR)
  } catch (error) {
    discardBody(reply.body)
    failure = asError(error)
    // Not `close`, which would first end the stream as if this were the whole body.
    stream.destroy(failure)
    throw error
  } finally {
    reply.onEnd?.(failure)
  }
}

export interface Http2Frame {
  readonly method: string
  readonly sendTimeoutMs: number
  /** Called when the stream has all of the reply. */
  readonly onWhole: () => void
}

/** The fields of each head, made once. */
const fieldsOfHead = new WeakMap<HeadBlock, OutgoingHttpHeaders>()

function headersOf(reply: EncodedReply): OutgoingHttpHeaders {
  let shared = fieldsOfHead.get(reply.head)
  if (shared === undefined) {
    shared = {}
    addFields(shared, reply.head.pairs)
    fieldsOfHead.set(reply.head, shared)
  }
  const headers: OutgoingHttpHeaders = { ':status': reply.status, ...shared }
  if (reply.headers !== null) addFields(headers, reply.headers)
  const length = lengthOf(reply)
  if (length >= 0 && !isBodiless(reply.status)) headers['content-length'] = length
  return headers
}

function addFields(headers: OutgoingHttpHeaders, pairs: readonly string[]): void {
  for (let i = 0; i + 1 < pairs.length; i += 2) {
    const name = pairs[i]?.toLowerCase() ?? ''
    // Fields of one connection do not exist here (RFC 9113 section 8.2.2).
    if (isFramingField(name) || name === 'upgrade') continue
    const known = headers[name]
    const value = pairs[i + 1] ?? ''
    headers[name] = known === undefined ? value : [...(Array.isArray(known) ? known : [String(known)]), value]
  }
}

async function writeBody(reply: EncodedReply, stream: ServerHttp2Stream, frame: Http2Frame): Promise<void> {
  const { sendTimeoutMs, onWhole } = frame
  const announced = reply.bodyBytes ?? -1
  const whole = wholeOf(reply.body)
  if (whole !== null && announced < 0) {
    onWhole()
    return ended(stream, sendTimeoutMs, whole)
  }
  let sent = 0
  for await (const piece of piecesOf(reply.body)) {
    if (stream.destroyed) throw gone()
    sent += piece.length
    if (announced >= 0 && sent > announced) throw new RangeError(`Cannot send: more than ${announced} bytes came`)
    if (!stream.write(piece)) await drained(stream, sendTimeoutMs)
  }
  if (announced >= 0 && sent < announced)
    throw new RangeError(`Cannot send: ${sent} bytes came instead of ${announced}`)
  onWhole()
  await ended(stream, sendTimeoutMs)
}

const SLICE_BYTES = 64 * 1024

// A peer that takes a large body slowly is told from one that takes nothing by its slices.
function* slicesOf(bytes: Uint8Array): Generator<Uint8Array> {
  for (let i = 0; i < bytes.length; i += SLICE_BYTES) yield bytes.subarray(i, i + SLICE_BYTES)
}

/** A body that goes out at once, with the end of the stream; null for one that is large or still comes. */
function wholeOf(body: ReplyBody): Uint8Array | null {
  const bytes = typeof body === 'string' ? Buffer.from(body) : body
  return bytes instanceof Uint8Array && bytes.length <= SLICE_BYTES ? bytes : null
}

function piecesOf(body: ReplyBody): Iterable<Uint8Array> | AsyncIterable<Uint8Array> {
  if (body === null) return []
  if (typeof body === 'string') return slicesOf(Buffer.from(body))
  return body instanceof Uint8Array ? slicesOf(body) : body
}

/** Waits until the peer takes more; ends the stream when it does not for `sendTimeoutMs`. */
function drained(stream: ServerHttp2Stream, sendTimeoutMs: number): Promise<void> {
  return waitFor(stream, 'drain', sendTimeoutMs)
}

function ended(stream: ServerHttp2Stream, sendTimeoutMs: number, last?: Uint8Array): Promise<void> {
  stream.end(last)
  return stream.writableFinished ? Promise.resolve() : waitFor(stream, 'finish', sendTimeoutMs)
}

function waitFor(stream: ServerHttp2Stream, event: 'drain' | 'finish', timeoutMs: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const settle = (error: Error | null): void => {
      clearTimeout(timer)
      stream.off(event, done)
      stream.off('close', close)
      if (error === null) resolve()
      else reject(error)
    }
    const done = (): void => settle(null)
    const close = (): void => settle(stream.writableFinished ? null : gone())
    // Its `close` tells the call first that nobody waits for it, then the reply.
    const timer = setTimeout(() => stream.destroy(), timeoutMs)
    stream.on(event, done)
    stream.on('close', close)
  })
}

class PeerGone extends Error {}

function gone(): Error {
  return new PeerGone('Cannot send: the peer went away')
}

/** True for the error of a reply that its peer no longer wanted. */
export function isPeerGone(error: unknown): boolean {
  return error instanceof PeerGone
}
