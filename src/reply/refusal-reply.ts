import type { ErrorPageReply } from '../core/error-page.ts'
import type { Refusal, RefusalCode } from '../core/refusal.ts'
import { REFUSALS } from '../core/refusal.ts'
import type { EncodedReply } from '../core/reply.ts'
import type { Heads } from './encode.ts'
import { hasHeader } from './override-head.ts'

/** How refusals read on the wire: problem details (RFC 9457), `{"error": "…"}`, or plain text. */
export type ErrorFormat = 'problem' | 'json:error' | 'text'

/** Prefix of the `type` of problem details; each code has its row in `docs/reference/refusals.md`. */
const PROBLEM_TYPES = 'urn:guichet:refusal:'

/** The `type` of the problem details of a code. */
export function problemType(code: RefusalCode): string {
  return `${PROBLEM_TYPES}${code.toLowerCase().replaceAll('_', '-')}`
}

/** What is wrong with a token is told to the audit and the log only: it would help who tries tokens out. */
function publicCode(code: RefusalCode): RefusalCode {
  return code.startsWith('AUTHN_TOKEN_') ? 'AUTHN_TOKEN_INVALID' : code
}

export interface RefusalFrame {
  readonly format: ErrorFormat
  readonly heads: Heads
  /** Id of the call, which the audit and the log have too. */
  readonly callId: string
  /** Further headers: name, value, name, value. */
  readonly headers: readonly string[]
}

/** The answer to a refused call. */
export function encodeRefusal(refusal: Refusal, { format, heads, callId, headers }: RefusalFrame): EncodedReply {
  const { status, message } = refusal
  // A cache may keep a 404 without being told (RFC 9110 section 15.1), and give these details to who wants a page.
  const isKept = hasHeader(headers, 'cache-control') || hasHeader(refusal.headers, 'cache-control')
  const keeping = isKept ? [] : ['cache-control', 'no-store']
  const own = ['x-request-id', callId, ...keeping, ...refusal.headers, ...headers]
  if (format === 'text') return { status, head: heads.text, headers: own, body: `${message}\n` }
  if (format === 'json:error')
    return { status, head: heads.json, headers: own, body: JSON.stringify({ error: message }) }
  const code = publicCode(refusal.code)
  const problem = {
    type: problemType(code),
    title: REFUSALS[refusal.code].sentence,
    status,
    detail: message,
    code,
    instance: callId,
    ...(refusal.errors.length > 0 ? { errors: refusal.errors } : {}),
  }
  return { status, head: heads.problem, headers: own, body: JSON.stringify(problem) }
}

/** The answer to a refused call of a person who looks at pages. */
export function encodeErrorPage(
  refusal: Refusal,
  page: ErrorPageReply,
  { heads, callId, headers }: Omit<RefusalFrame, 'format'>,
): EncodedReply {
  const own = ['x-request-id', callId, ...refusal.headers, ...headers, ...page.headers]
  return { status: refusal.status, head: heads.html, headers: own, body: page.text }
}
