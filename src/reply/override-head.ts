import { type EncodedReply, HeadBlock } from '../core/reply.ts'

/** Fields of which a reply has several: they add to the common ones. */
const ADDED = new Set(['link', 'set-cookie', 'vary', 'warning', 'www-authenticate'])
const NAMES = new WeakMap<HeadBlock, ReadonlySet<string>>()
// By the names taken out: a few combinations, those that routes use.
const REDUCED = new WeakMap<HeadBlock, Map<string, HeadBlock>>()

/** The reply, where what it says itself replaces what its head says: a page its policy, a file its cache time. */
export function overrideHead(reply: EncodedReply): EncodedReply {
  const { head, headers } = reply
  if (headers === null) return reply
  const common = namesOf(head)
  let replaced = ''
  for (let i = 0; i < headers.length; i += 2) {
    const name = headers[i] ?? ''
    if (common.has(name) && !ADDED.has(name)) replaced += `${name} `
  }
  return replaced === '' ? reply : { ...reply, head: reduce(head, replaced) }
}

const HSTS = 'strict-transport-security'

/** The reply for a peer that came without TLS: it must not say HSTS there (RFC 6797 section 7.2). */
export function withoutHsts(reply: EncodedReply): EncodedReply {
  const { head } = reply
  return namesOf(head).has(HSTS) ? { ...reply, head: reduce(head, `${HSTS} `) } : reply
}

/** True when the pairs have a field of this lower-case name. */
export function hasHeader(pairs: readonly string[] | null, name: string): boolean {
  if (pairs === null) return false
  for (let i = 0; i < pairs.length; i += 2) if (pairs[i]?.toLowerCase() === name) return true
  return false
}

function namesOf(head: HeadBlock): ReadonlySet<string> {
  let names = NAMES.get(head)
  if (names === undefined) {
    names = new Set(head.pairs.filter((_, i) => i % 2 === 0))
    NAMES.set(head, names)
  }
  return names
}

function reduce(head: HeadBlock, replaced: string): HeadBlock {
  let known = REDUCED.get(head)
  if (known === undefined) REDUCED.set(head, (known = new Map<string, HeadBlock>()))
  let reduced = known.get(replaced)
  if (reduced === undefined) {
    const names = replaced.trim().split(' ')
    reduced = new HeadBlock(head.pairs.filter((_, i) => !names.includes(head.pairs[i - (i % 2)] ?? '')))
    known.set(replaced, reduced)
  }
  return reduced
}
