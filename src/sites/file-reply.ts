import type { FileHandle } from 'node:fs/promises'
import { randomBytes } from 'node:crypto'
import { type EncodedReply, HeadBlock } from '../core/reply.ts'
import { type MaybePromise, type Outcome, Refusal } from '../core/refusal.ts'
import {
  type ByteRange,
  formatContentRange,
  formatPartHead,
  formatPartsEnd,
  parseByteRanges,
} from '../wire/byte-ranges.ts'
import { checkPreconditions, type ConditionalRequest, isRangeFresh } from '../wire/conditional.ts'
import { formatHttpDate } from '../wire/http-date.ts'
import { FileBody, type Piece } from './file-body.ts'
import type { StoredFile } from './stored-file.ts'

/** A file in one encoding with what its replies have in common. */
export interface FileVariant {
  readonly stored: StoredFile
  /** Content coding: `br`, `gzip`, `zstd`; null for the file itself. */
  readonly coding: string | null
  readonly type: string
  readonly head: HeadBlock
  /** For `multipart/byteranges`, whose own type replaces the file's. */
  readonly typelessHead: HeadBlock
  /** For 304 (RFC 9110 section 15.4.5). */
  readonly bareHead: HeadBlock
}

export interface VariantOptions {
  readonly coding: string | null
  readonly type: string
  readonly cacheControl: string
  /** True where other requests get other codings of this file. */
  readonly isNegotiated: boolean
  /** Further headers of every reply: name, value, name, value. */
  readonly headers: readonly string[]
}

/** One request for one variant of a file. */
export interface FileRequest {
  readonly request: ConditionalRequest
  readonly variant: FileVariant
  readonly nowMs: number
}

/** Prepares the heads of a file. */
export function createVariant(stored: StoredFile, options: VariantOptions): FileVariant {
  const { coding, type, cacheControl, isNegotiated, headers } = options
  const shared = ['etag', stored.etag, 'cache-control', cacheControl, ...headers]
  if (isNegotiated) shared.push('vary', 'accept-encoding')
  const whole = ['last-modified', formatHttpDate(stored.lastModifiedMs), 'accept-ranges', 'bytes', ...shared]
  if (coding !== null) whole.push('content-encoding', coding)
  return {
    stored,
    coding,
    type,
    head: new HeadBlock(['content-type', type, ...whole]),
    typelessHead: new HeadBlock(whole),
    bareHead: new HeadBlock(shared),
  }
}

/** The reply to a request for a file whose bytes are in memory. */
export function replyFromMemory(asked: FileRequest, bytes: Uint8Array): Outcome<EncodedReply> {
  const { variant } = asked
  const plan = planReply(asked)
  if (plan instanceof Refusal) return plan
  if (plan === 'not-modified') return notModified(variant)
  if (plan === 'whole') return { status: 200, head: variant.head, headers: null, body: bytes }
  const pieces = plan.pieces.map((piece) => ('first' in piece ? bytes.subarray(piece.first, piece.last + 1) : piece))
  return { status: 206, head: plan.head, headers: plan.headers, body: Buffer.concat(pieces) }
}

/** The reply to a request for an open file; closes it when the reply has ended. */
export function replyFromDisk(asked: FileRequest, handle: FileHandle): MaybePromise<Outcome<EncodedReply>> {
  const { variant } = asked
  const plan = planReply(asked)
  if (plan instanceof Refusal) return handle.close().then(() => plan)
  if (plan === 'not-modified') return handle.close().then(() => notModified(variant))
  const isWhole = plan === 'whole'
  const body = new FileBody(handle, isWhole ? [{ first: 0, last: variant.stored.size - 1 }] : plan.pieces)
  return {
    status: isWhole ? 200 : 206,
    head: isWhole ? variant.head : plan.head,
    headers: isWhole ? null : plan.headers,
    body,
    bodyBytes: body.length,
    onEnd: () => void body.close(),
  }
}

interface PartialPlan {
  readonly head: HeadBlock
  readonly headers: readonly string[]
  readonly pieces: readonly Piece[]
}

function planReply({ request, variant, nowMs }: FileRequest): 'whole' | 'not-modified' | PartialPlan | Refusal {
  const { stored } = variant
  const precondition = checkPreconditions(request, stored, nowMs)
  if (precondition === 'not-modified') return 'not-modified'
  if (precondition === 'failed') return new Refusal('REPLY_PRECONDITION')
  const field = request.method === 'GET' ? request.header('range') : undefined
  if (field === undefined || !isRangeFresh(request, stored, nowMs)) return 'whole'
  const ranges = parseByteRanges(field, stored.size)
  if (ranges === null) return 'whole'
  if (ranges === 'unsatisfiable') {
    return new Refusal('REPLY_RANGE', { headers: ['content-range', `bytes */${stored.size}`] })
  }
  return planRanges(variant, ranges)
}

function planRanges(variant: FileVariant, ranges: readonly ByteRange[]): PartialPlan {
  const { size } = variant.stored
  const [only] = ranges
  if (ranges.length === 1 && only !== undefined) {
    return { head: variant.head, headers: ['content-range', formatContentRange(only, size)], pieces: [only] }
  }
  const boundary = `guichet-${randomBytes(12).toString('hex')}`
  const pieces: Piece[] = ranges.flatMap((range) => [
    Buffer.from(formatPartHead(boundary, variant.type, formatContentRange(range, size))),
    range,
  ])
  pieces.push(Buffer.from(formatPartsEnd(boundary)))
  return { head: variant.typelessHead, headers: ['content-type', `multipart/byteranges; boundary=${boundary}`], pieces }
}

function notModified(variant: FileVariant): EncodedReply {
  return { status: 304, head: variant.bareHead, headers: null, body: null }
}
