import { parseHttpDate } from './http-date.ts'

/** What tells one version of a resource from another (RFC 9110 section 8.8). */
export interface Validators {
  /** With its quotes, and `W/` when it is weak; null where there is none. */
  readonly etag: string | null
  /** Milliseconds since 1970; null where it is not known. */
  readonly lastModifiedMs: number | null
}

/** The part of a request that preconditions and ranges read. */
export interface ConditionalRequest {
  readonly method: string
  header(name: string): string | undefined
}

/** `proceed`: answer as if there were no condition; `not-modified`: 304; `failed`: 412. */
export type Precondition = 'proceed' | 'not-modified' | 'failed'

/**
 * Evaluates `If-Match`, `If-Unmodified-Since`, `If-None-Match` and `If-Modified-Since` in the order of RFC 9110
 * section 13.2.2. `validators` is null where nothing exists at this address.
 */
export function checkPreconditions(
  request: ConditionalRequest,
  validators: Validators | null,
  nowMs: number,
): Precondition {
  const ifMatch = request.header('if-match')
  if (ifMatch !== undefined) {
    if (!matches(ifMatch, validators, isStrongMatch)) return 'failed'
  } else if (isModifiedSince(request.header('if-unmodified-since'), validators, nowMs) === true) return 'failed'

  const isRead = request.method === 'GET' || request.method === 'HEAD'
  const ifNoneMatch = request.header('if-none-match')
  if (ifNoneMatch !== undefined) {
    if (!matches(ifNoneMatch, validators, isWeakMatch)) return 'proceed'
    return isRead ? 'not-modified' : 'failed'
  }
  if (isRead && isModifiedSince(request.header('if-modified-since'), validators, nowMs) === false) return 'not-modified'
  return 'proceed'
}

/**
 * True when `Range` may be honoured: `If-Range` is absent, or names exactly this version by a strong validator
 * (RFC 9110 section 13.1.5). A date counts as strong from one second after the change on.
 */
export function isRangeFresh(request: ConditionalRequest, validators: Validators, nowMs: number): boolean {
  const ifRange = request.header('if-range')
  if (ifRange === undefined) return true
  if (ifRange.startsWith('"') || ifRange.startsWith('W/')) {
    return validators.etag !== null && isStrongMatch(ifRange, validators.etag)
  }
  const { lastModifiedMs } = validators
  if (lastModifiedMs === null || nowMs - lastModifiedMs < 1000) return false
  return parseHttpDate(ifRange, nowMs) === Math.floor(lastModifiedMs / 1000) * 1000
}

/** The entity tags of `If-Match` or `If-None-Match`; null when the list is malformed (RFC 9110 section 8.8.3). */
export function parseEtags(text: string): readonly string[] | null {
  const etags: string[] = []
  ETAG_ITEM.lastIndex = 0
  while (ETAG_ITEM.lastIndex < text.length) {
    const item = ETAG_ITEM.exec(text)
    if (item === null) return null
    if (item[1] !== undefined) etags.push(item[1])
  }
  return etags
}

const ETAG_ITEM = /[ \t]*(?:((?:W\/)?"[\x21\x23-\x7e\x80-\xff]*")[ \t]*)?(?:,|$)/y

function matches(
  field: string,
  validators: Validators | null,
  isMatch: (one: string, other: string) => boolean,
): boolean {
  if (validators === null) return false
  if (field === '*') return true
  const { etag } = validators
  if (etag === null) return false
  // One tag, as browsers send it.
  if (field === etag) return isMatch(field, etag)
  return parseEtags(field)?.some((one) => isMatch(one, etag)) ?? false
}

function isStrongMatch(one: string, other: string): boolean {
  return one === other && !one.startsWith('W/')
}

function isWeakMatch(one: string, other: string): boolean {
  return opaque(one) === opaque(other)
}

function opaque(etag: string): string {
  return etag.startsWith('W/') ? etag.slice(2) : etag
}

/** Null where the condition does not apply: no date, or one that cannot be read. */
function isModifiedSince(field: string | undefined, validators: Validators | null, nowMs: number): boolean | null {
  if (field === undefined || validators === null || validators.lastModifiedMs === null) return null
  const since = parseHttpDate(field, nowMs)
  return since === null ? null : Math.floor(validators.lastModifiedMs / 1000) * 1000 > since
}
