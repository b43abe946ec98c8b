import type { IncomingMessage } from 'node:http'
import type { Limits } from '../core/limits.ts'
import { Refusal } from '../core/refusal.ts'
import type { Outcome } from '../core/refusal.ts'
import { isAuthority, parseRequestTarget } from '../wire/http1/request-target.ts'
import { findHeader, lowerNames } from './header-fields.ts'
import type { StreamRequest } from './stream-received.ts'

/** Takes the head of a request over from `node:http`, with the checks that it leaves out. */
export function readNodeRequest(request: IncomingMessage, limits: Limits, onBody: () => void): Outcome<StreamRequest> {
  const pairs = lowerNames(request.rawHeaders)
  const refusal = checkHead(request, pairs, limits)
  if (refusal !== null) return refusal
  const url = request.url ?? ''
  const method = request.method ?? ''
  const target = url.includes('#') ? null : parseRequestTarget(method, url)
  if (target === null) return new Refusal('LISTEN_BAD_REQUEST')
  const { path, query, authority } = target
  const isChunked = findHeader(pairs, 'transfer-encoding') !== undefined
  const bodyBytes = isChunked ? Number.POSITIVE_INFINITY : Number(findHeader(pairs, 'content-length') ?? 0)
  const host = authority ?? (findHeader(pairs, 'host') ?? '').toLowerCase()
  return { method, path, query, host, pairs, bodyBytes, source: request, onBody }
}

function checkHead(request: IncomingMessage, pairs: readonly string[], limits: Limits): Refusal | null {
  if (request.httpVersionMajor !== 1) return new Refusal('LISTEN_VERSION')
  if ((request.url ?? '').length > limits.urlBytesMax) return new Refusal('LISTEN_URL_TOO_LONG')
  if (isOversized(pairs, limits)) return new Refusal('LISTEN_HEAD_TOO_LARGE')
  const coding = findHeader(pairs, 'transfer-encoding')
  if (coding !== undefined && coding.toLowerCase() !== 'chunked') return new Refusal('LISTEN_BAD_REQUEST')
  const hosts = pairs.filter((name, i) => i % 2 === 0 && name === 'host').length
  const hasWrongHost = hosts > 1 || (hosts === 0 && request.httpVersionMinor > 0)
  return hasWrongHost || !isAuthority(findHeader(pairs, 'host') ?? '') ? new Refusal('LISTEN_BAD_REQUEST') : null
}

/** True when there are too many fields, or one is too long. */
export function isOversized(pairs: readonly string[], { headersMax, headerLineBytesMax }: Limits): boolean {
  if (pairs.length > headersMax * 2) return true
  for (let i = 0; i + 1 < pairs.length; i += 2) {
    if ((pairs[i]?.length ?? 0) + (pairs[i + 1]?.length ?? 0) + 2 > headerLineBytesMax) return true
  }
  return false
}
