import type { ServerHttp2Stream } from 'node:http2'
import type { Limits } from '../core/limits.ts'
import { Refusal } from '../core/refusal.ts'
import type { Outcome } from '../core/refusal.ts'
import { isAuthority, parseRequestTarget } from '../wire/http1/request-target.ts'
import { findHeader } from './header-fields.ts'
import { isOversized } from './node-request.ts'
import type { StreamRequest } from './stream-received.ts'

/** What the `stream` event of a session says about a request. */
export interface StreamHead {
  /** Name, value, name, value, pseudo-headers included. */
  readonly rawHeaders: readonly string[]
  /** The head was all: no body comes. */
  readonly isEnded: boolean
}

/** Takes the head of a request over from `node:http2`, with the checks that it leaves out (RFC 9113 section 8.3.1). */
export function readHttp2Request(stream: ServerHttp2Stream, head: StreamHead, limits: Limits): Outcome<StreamRequest> {
  const pseudo = new Map<string, string>()
  const pairs: string[] = []
  for (let i = 0; i + 1 < head.rawHeaders.length; i += 2) {
    const name = head.rawHeaders[i] ?? ''
    const value = head.rawHeaders[i + 1] ?? ''
    if (name.startsWith(':')) pseudo.set(name, value)
    else pairs.push(name, value)
  }
  const method = pseudo.get(':method') ?? ''
  const url = pseudo.get(':path') ?? ''
  if (url.length > limits.urlBytesMax) return new Refusal('LISTEN_URL_TOO_LONG')
  if (isOversized(pairs, limits)) return new Refusal('LISTEN_HEAD_TOO_LARGE')
  const host = readHost(pseudo.get(':authority'), findHeader(pairs, 'host'))
  // The path of HTTP/2 is the origin form or `*`; it may hold no more than in HTTP/1.1.
  const target = /^[!"$-~]+$/.test(url) && /^[/*]/.test(url) ? parseRequestTarget(method, url) : null
  if (host === null || target === null) return new Refusal('LISTEN_BAD_REQUEST')
  const expect = findHeader(pairs, 'expect')
  if (expect !== undefined && expect.toLowerCase() !== '100-continue') return new Refusal('LISTEN_EXPECTATION')
  const onBody = (): void => {
    if (expect !== undefined && !stream.headersSent && !stream.destroyed) stream.additionalHeaders({ ':status': 100 })
  }
  const { path, query } = target
  return { method, path, query, host, pairs, bodyBytes: bodyBytesOf(head, pairs), source: stream, onBody }
}

function bodyBytesOf({ isEnded }: StreamHead, pairs: readonly string[]): number {
  if (isEnded) return 0
  const length = findHeader(pairs, 'content-length')
  return length === undefined ? Number.POSITIVE_INFINITY : Number(length)
}

// Two names for the host must be one: who believes the other would be led elsewhere.
function readHost(authority: string | undefined, host: string | undefined): string | null {
  const name = (authority ?? host ?? '').toLowerCase()
  if (name === '' || !isAuthority(name)) return null
  return host === undefined || host.toLowerCase() === name ? name : null
}
