import type { EncodedReply } from '../core/reply.ts'

/** Fields of which a reply has several: they add to the common ones. */
const ADDED = new Set(['link', 'set-cookie', 'vary', 'warning', 'www-authenticate'])

/** The reply, where what it says itself replaces what its head says: a page its policy, a file its cache time. */
export function overrideHead(reply: EncodedReply): EncodedReply {
  const { head, headers } = reply
  if (headers === null) return reply
  let replaced = ''
  for (let i = 0; i < headers.length; i += 2) {
    const name = headers[i] ?? ''
    if (head.has(name) && !ADDED.has(name)) replaced += replaced === '' ? name : ` ${name}`
  }
  return replaced === '' ? reply : { ...reply, head: head.without(replaced) }
}

const HSTS = 'strict-transport-security'

/** The reply for a peer that came without TLS: it must not say HSTS there (RFC 6797 section 7.2). */
export function withoutHsts(reply: EncodedReply): EncodedReply {
  const { head } = reply
  return head.has(HSTS) ? { ...reply, head: head.without(HSTS) } : reply
}

/** True when the pairs have a field of this lower-case name. */
export function hasHeader(pairs: readonly string[] | null, name: string): boolean {
  if (pairs === null) return false
  for (let i = 0; i < pairs.length; i += 2) if (pairs[i]?.toLowerCase() === name) return true
  return false
}
