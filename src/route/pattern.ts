/** One segment of a path pattern. */
export type Segment =
  | { readonly kind: 'static'; readonly text: string }
  | { readonly kind: 'param'; readonly name: string }
  | { readonly kind: 'rest'; readonly name: string }

export interface Pattern {
  readonly segments: readonly Segment[]
  readonly names: readonly string[]
}

const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/

/** Reads a pattern such as `/owners/:oid/things` or `/files/*path`; gives what is wrong with it as text. */
export function parsePattern(path: string): Pattern | string {
  if (!path.startsWith('/')) return 'a path starts with "/"'
  if (/[?#\s]/.test(path)) return 'a path has no query, fragment or space'
  const segments: Segment[] = []
  const names: string[] = []
  const texts = path.slice(1).split('/')
  for (const [index, text] of texts.entries()) {
    const segment = parseSegment(text)
    if (typeof segment === 'string') return segment
    if (segment.kind !== 'static') {
      if (names.includes(segment.name)) return `the parameter "${segment.name}" appears twice`
      names.push(segment.name)
    }
    if (segment.kind === 'rest' && index < texts.length - 1) return `"*${segment.name}" must be the last segment`
    segments.push(segment)
  }
  return { segments, names }
}

function parseSegment(text: string): Segment | string {
  const mark = text[0]
  if (mark === ':' || mark === '*') {
    const name = text.slice(1)
    if (!NAME.test(name)) return `"${text}" is not a parameter: a name has letters, digits and "_"`
    return { kind: mark === ':' ? 'param' : 'rest', name }
  }
  if (text === '.' || text === '..') return `"${text}" is not a segment: clients remove it before they send`
  try {
    return { kind: 'static', text: decodeURIComponent(text) }
  } catch {
    return `"${text}" is not valid percent-encoding`
  }
}

/** The lower, the more specific. */
const RANK: Readonly<Record<Segment['kind'], number>> = { static: 0, param: 1, rest: 2 }

/** True when some path matches both and neither is the more specific one at each segment. */
export function isAmbiguous(one: Pattern, other: Pattern): boolean {
  let oneWins = false
  let otherWins = false
  const count = Math.max(one.segments.length, other.segments.length)
  for (let i = 0; i < count; i++) {
    const a = one.segments[i]
    const b = other.segments[i]
    if (a === undefined || b === undefined) return false
    if (a.kind === 'static' && b.kind === 'static' && a.text !== b.text) return false
    oneWins ||= RANK[a.kind] < RANK[b.kind]
    otherWins ||= RANK[b.kind] < RANK[a.kind]
    // A rest takes one segment or more; all after it belongs to it.
    if (a.kind === 'rest' || b.kind === 'rest') break
  }
  return oneWins === otherWins
}
