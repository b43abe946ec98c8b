import type { EncodedReply, HeadBlock } from '../../core/reply.ts'
import { STATUS_REASONS } from './status-reasons.ts'

/** Fields that frame a message or belong to one connection: the listener alone writes them. */
export function isFramingField(name: string): boolean {
  switch (name.length) {
    case 4:
      return name.toLowerCase() === 'date'
    case 10:
      return /^(?:connection|keep-alive)$/i.test(name)
    case 14:
      return name.toLowerCase() === 'content-length'
    case 16:
      return name.toLowerCase() === 'proxy-connection'
    case 17:
      return name.toLowerCase() === 'transfer-encoding'
    default:
      return false
  }
}

/** What the head of a reply says beside its shared fields. */
export interface HeadFrame {
  readonly status: number
  /** `Date` as a line with its end. */
  readonly dateLine: string
  /** Of the body, in bytes; -1: the head does not say it. */
  readonly length: number
}

/**
 * Status line, shared fields, `Date` and `Content-Length` of a reply. The text of the last one is kept in its block:
 * most replies of a route are alike for a second.
 */
export function prepareFramedHead(block: HeadBlock, { status, dateLine, length }: HeadFrame): string {
  const { last } = block
  if (last !== null && last.length === length && last.status === status && last.dateLine === dateLine) {
    if (!last.isFlat) {
      last.text = flatten(last.text)
      last.isFlat = true
    }
    return last.text
  }
  const lengthLine = length < 0 ? '' : `content-length: ${length}\r\n`
  const text = `${prepareHead(block, status)}${dateLine}${lengthLine}`
  block.last = { status, dateLine, length, text, isFlat: false }
  return text
}

/** Text that was put together stays in pieces, and each reply that has it would join them again. */
function flatten(text: string): string {
  return Buffer.from(text, 'latin1').toString('latin1')
}

/** Status line and shared fields, made once for each pair of block and status. */
export function prepareHead(block: HeadBlock, status: number): string {
  const known = block.prepared.get(status)
  if (known !== undefined) return known
  const lines = flatten(`HTTP/1.1 ${status} ${STATUS_REASONS[status] ?? ''}\r\n${formatFields(block.pairs)}`)
  block.prepared.set(status, lines)
  return lines
}

/** Fields as lines. `426` and its like need their `Upgrade` named by `Connection` (RFC 9110 section 7.8). */
export function formatFields(pairs: readonly string[]): string {
  let lines = ''
  for (let i = 0; i + 1 < pairs.length; i += 2) {
    const name = pairs[i] ?? ''
    if (isFramingField(name)) continue
    lines += `${name}: ${pairs[i + 1] ?? ''}\r\n`
    if (name.length === 7 && name.toLowerCase() === 'upgrade') lines += 'connection: upgrade\r\n'
  }
  return lines
}

/** True for a status whose reply never has a body (RFC 9110 section 6.4.1). */
export function isBodiless(status: number): boolean {
  return status === 204 || status === 304 || status < 200
}

/** Length in bytes of what a GET would get; -1 when it is a stream of unknown length. */
export function lengthOf({ body, bodyBytes }: EncodedReply): number {
  if (typeof body === 'string') return Buffer.byteLength(body)
  if (body instanceof Uint8Array) return body.length
  if (body === null) return bodyBytes ?? 0
  return bodyBytes ?? -1
}
