import { isDeeperThan } from './json-depth.ts'

/** What is wrong with a JSON text. */
export type JsonProblem = 'malformed' | 'too-deep' | 'duplicate-name' | 'forbidden-name'

export type JsonOutcome =
  | { readonly value: unknown; readonly problem: null }
  | { readonly value: undefined; readonly problem: JsonProblem }

export interface JsonRules {
  /** Nesting of arrays and objects. */
  readonly depthMax: number
  /**
   * Refuses an object that has a name twice (RFC 8259 section 4 leaves open which one counts, so a gateway before us
   * may have checked the other one), and the name `__proto__`, which becomes a prototype when it is copied.
   */
  readonly hasSafeNames: boolean
}

const COLON = 0x3a
const QUOTE = 0x22
const BACKSLASH = 0x5c

/** Parses a JSON text (RFC 8259) within limits. It never throws, and looks at the depth before parsing. */
export function parseJson(text: string, { depthMax, hasSafeNames }: JsonRules): JsonOutcome {
  if (isDeeperThan(text, depthMax)) return { value: undefined, problem: 'too-deep' }
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return { value: undefined, problem: 'malformed' }
  }
  const problem = hasSafeNames && typeof value === 'object' && value !== null ? checkNames(text, value) : null
  return problem === null ? { value, problem } : { value: undefined, problem }
}

// In a valid text each colon outside strings is one member. Where the parsed value has fewer, a name was doubled.
function checkNames(text: string, value: object): JsonProblem | null {
  const members = countMembers(value)
  if (members === FORBIDDEN) return 'forbidden-name'
  if (members === countColons(text)) return null
  return members === countColonsOutsideStrings(text) ? null : 'duplicate-name'
}

const FORBIDDEN = -1

/** Members of all objects of a value; `FORBIDDEN` when one is named `__proto__`. Its depth is bounded by the caller. */
function countMembers(value: object): number {
  const isList = Array.isArray(value)
  const children: readonly unknown[] = isList ? value : Object.values(value)
  // `JSON.parse` makes `__proto__` an own property; nothing is polluted before here.
  if (!isList && Object.hasOwn(value, '__proto__')) return FORBIDDEN
  let count = isList ? 0 : children.length
  for (const child of children) {
    if (typeof child !== 'object' || child === null) continue
    const inner = countMembers(child)
    if (inner === FORBIDDEN) return FORBIDDEN
    count += inner
  }
  return count
}

function countColons(text: string): number {
  let count = 0
  for (let at = text.indexOf(':'); at !== -1; at = text.indexOf(':', at + 1)) count++
  return count
}

function countColonsOutsideStrings(text: string): number {
  let count = 0
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (code === COLON) count++
    else if (code === QUOTE) i = endOfString(text, i)
  }
  return count
}

/** Index of the closing quote; the text is known to be valid. */
function endOfString(text: string, open: number): number {
  let end = open + 1
  while (end < text.length && text.charCodeAt(end) !== QUOTE) end += text.charCodeAt(end) === BACKSLASH ? 2 : 1
  return end
}
