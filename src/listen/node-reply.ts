import type { ServerResponse } from 'node:http'
import { asError } from '../core/as-error.ts'
import type { EncodedReply, ReplyBody } from '../core/reply.ts'
import { isBodiless, isFramingField, lengthOf } from '../wire/http1/reply-head.ts'
import { discardBody } from './discard-body.ts'

/** Writes a reply through `node:http`, a stream no faster than the peer reads it. */
export async function writeReply(reply: EncodedReply, response: ServerResponse): Promise<void> {
  let failure: Error | null = null
  try {
    if (response.destroyed) throw new Error('Cannot send: the peer went away')
    const isSilent = response.req.method === 'HEAD' || isBodiless(reply.status)
    response.writeHead(reply.status, headersOf(reply, response))
    if (isSilent) discardBody(reply.body)
    await writeBody(isSilent ? null : reply.body, reply, response)
  } catch (error) {
    discardBody(reply.body)
    failure = asError(error)
    throw error
  } finally {
    reply.onEnd?.(failure)
  }
}

// A flat list keeps repeated fields (`set-cookie`) as they are.
function headersOf(reply: EncodedReply, response: ServerResponse): string[] {
  const fields: string[] = []
  for (const pairs of [reply.head.pairs, reply.headers ?? []]) {
    for (let i = 0; i + 1 < pairs.length; i += 2) {
      const name = pairs[i] ?? ''
      if (!isFramingField(name)) fields.push(name, pairs[i + 1] ?? '')
    }
  }
  const length = lengthOf(reply)
  if (length >= 0 && !isBodiless(reply.status)) fields.push('content-length', String(length))
  // writeHead with a list forgets what node:http would add by itself.
  fields.push('date', new Date().toUTCString())
  if (!response.shouldKeepAlive) fields.push('connection', 'close')
  return fields
}

async function writeBody(body: ReplyBody, reply: EncodedReply, response: ServerResponse): Promise<void> {
  if (body === null || typeof body === 'string' || body instanceof Uint8Array) {
    await new Promise<void>((resolve) => {
      response.once('close', resolve)
      response.end(body ?? undefined, resolve)
    })
    return
  }
  const announced = reply.bodyBytes ?? -1
  let sent = 0
  for await (const piece of body) {
    if (response.destroyed) throw new Error('Cannot send: the peer went away')
    sent += piece.length
    if (announced >= 0 && sent > announced) throw new RangeError(`Cannot send: more than ${announced} bytes came`)
    if (!response.write(piece)) await drained(response)
  }
  if (announced >= 0 && sent < announced)
    throw new RangeError(`Cannot send: ${sent} bytes came instead of ${announced}`)
  response.end()
}

function drained(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      response.off('drain', done)
      response.off('close', done)
      resolve()
    }
    response.once('drain', done)
    response.once('close', done)
  })
}
