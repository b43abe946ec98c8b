import { createHash } from 'node:crypto'
import { Refusal } from '../core/refusal.ts'
import type { EncodedReply } from '../core/reply.ts'
import { checkPreconditions, type ConditionalRequest, parseEtags, type Validators } from '../wire/conditional.ts'
import { parseHttpDate } from '../wire/http-date.ts'
import { headersWithVary, withPlainTags } from './compression.ts'

export { checkPreconditions, isRangeFresh, parseEtags } from '../wire/conditional.ts'
export type { ConditionalRequest, Precondition, Validators } from '../wire/conditional.ts'

/** Adds the entity tag of a reply: a hash of its bytes. A stream, whose bytes are not known yet, has none. */
export function tagReply(reply: EncodedReply): EncodedReply {
  const { body, headers } = reply
  if (typeof body !== 'string' && !(body instanceof Uint8Array)) return reply
  const etag = `"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"`
  return { ...reply, headers: [...(headers ?? []), 'etag', etag] }
}

/** True where a reply says its version, so that conditions about it can be decided. */
export function hasValidators(headers: readonly string[]): boolean {
  return headers.some((name, i) => i % 2 === 0 && (name === 'etag' || name === 'last-modified'))
}

/**
 * Decides the conditions of a read about a reply that says its version (RFC 9110 section 13): the reply itself, 304
 * without its body, or the refusal 412.
 */
export function answerConditions(
  reply: EncodedReply,
  request: ConditionalRequest,
  nowMs: number,
): EncodedReply | Refusal {
  const headers = reply.headers ?? []
  const validators = validatorsOf(headers, nowMs)
  const outcome = checkPreconditions(ofAnyCoding(request), validators, nowMs)
  if (outcome === 'proceed') return reply
  if (outcome === 'failed') return new Refusal('REPLY_PRECONDITION')
  // RFC 9110 section 15.4.5: what a cache needs to go on, nothing about the body.
  const whole = headersWithVary(reply)
  const kept = whole.filter((_, i) => !BODY_FIELDS.has(whole[i - (i % 2)] ?? ''))
  const tagAt = kept.indexOf('etag') + 1
  // Whoever asks keeps the reply under this tag.
  if (tagAt > 0) kept[tagAt] = heldTag(request, validators.etag) ?? kept[tagAt] ?? ''
  return { status: 304, head: reply.head.without(BODY_NAMES), headers: kept, body: null }
}

/** A version that was sent in some coding is still that version. */
function ofAnyCoding(request: ConditionalRequest): ConditionalRequest {
  const header = (name: string): string | undefined => {
    const value = request.header(name)
    return name === 'if-match' || name === 'if-none-match' ? value && withPlainTags(value) : value
  }
  return { method: request.method, header }
}

/** The tag, of those that `If-None-Match` names, by which this version is known; null for none. */
function heldTag(request: ConditionalRequest, etag: string | null): string | null {
  const held = parseEtags(request.header('if-none-match') ?? '') ?? []
  return held.find((one) => etag !== null && (one === etag || withPlainTags(one).endsWith(`, ${etag}`))) ?? null
}

const BODY_NAMES = 'content-type content-encoding content-range content-disposition content-language'
const BODY_FIELDS: ReadonlySet<string> = new Set(BODY_NAMES.split(' '))

function validatorsOf(headers: readonly string[], nowMs: number): Validators {
  const value = (name: string): string | null => headers[headers.indexOf(name) + 1] ?? null
  const modified = headers.includes('last-modified') ? value('last-modified') : null
  return {
    etag: headers.includes('etag') ? value('etag') : null,
    lastModifiedMs: modified === null ? null : parseHttpDate(modified, nowMs),
  }
}

/** What `requireVersion` reads of a call. */
export interface VersionedCall {
  readonly method: string
  header(name: string): string | undefined
  now(): Date
}

/**
 * Throws the refusal 412 when a writing call names another version of what it changes (`If-Match`,
 * `If-Unmodified-Since`, `If-None-Match: *`), so that nobody overwrites what they have not seen. `validators` is null
 * where nothing exists yet.
 */
export function requireVersion(call: VersionedCall, validators: Validators | null): void {
  const outcome = checkPreconditions(ofAnyCoding(call), validators, call.now().getTime())
  if (outcome !== 'proceed') throw new Refusal('REPLY_PRECONDITION')
}
