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

/** Parses a JSON text (RFC 8259) within limits. It never throws, and looks at the depth before parsing. */
export function parseJson(text: string, { depthMax, hasSafeNames }: JsonRules): JsonOutcome {
  // Most bodies are one object without others inside: nothing of it is deep.
  const isFlat = depthMax > 0 && text.indexOf('{', 1) === -1 && !text.includes('[')
  // A deep value would exhaust the stack of whatever walks it later.
  const written = isFlat ? UNCOUNTED : countWritten(text, depthMax)
  if (written === TOO_DEEP) return { value: undefined, problem: 'too-deep' }
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return { value: undefined, problem: 'malformed' }
  }
  const problem = hasSafeNames && typeof value === 'object' && value !== null ? checkNames(text, value, written) : null
  return problem === null ? { value, problem } : { value: undefined, problem }
}

/** The problem in words for who sent the text; `what` it is: `the body`. */
export function sayJsonProblem(what: string, problem: JsonProblem, depthMax: number): string {
  switch (problem) {
    case 'malformed':
      return `${what} is not valid JSON`
    case 'too-deep':
      return `the JSON of ${what} nests deeper than ${depthMax}`
    case 'duplicate-name':
      return `the JSON of ${what} has a name twice in one object`
    case 'forbidden-name':
      return `the JSON of ${what} has a member named "__proto__"`
  }
}

function checkNames(text: string, value: object, written: number): JsonProblem | null {
  const mayForbid = text.includes('__proto__') || text.includes('\\u')
  if (mayForbid && hasForbiddenName(value)) return 'forbidden-name'
  // Where the parsed value has fewer members than were written, a name was doubled.
  if (written !== UNCOUNTED) return countMembers(value) === written ? null : 'duplicate-name'
  const members = Object.keys(value).length
  const hasAll = members === countColons(text) || members === countWritten(text, 1)
  return hasAll ? null : 'duplicate-name'
}

function countColons(text: string): number {
  let count = 0
  for (let at = text.indexOf(':'); at !== -1; at = text.indexOf(':', at + 1)) count++
  return count
}

const QUOTE = 0x22
const COLON = 0x3a
const OPEN_BRACKET = 0x5b
const BACKSLASH = 0x5c
const CLOSE_BRACKET = 0x5d
const OPEN_BRACE = 0x7b
const CLOSE_BRACE = 0x7d
const TOO_DEEP = -1
const UNCOUNTED = -2

/** Colons outside strings, one for each member of a valid text; `TOO_DEEP` when it nests deeper than `depthMax`. */
function countWritten(text: string, depthMax: number): number {
  let colons = 0
  let depth = 0
  for (let i = 0; i < text.length; i++) {
    switch (text.charCodeAt(i)) {
      case QUOTE:
        i = endOfString(text, i)
        break
      case COLON:
        colons++
        break
      case OPEN_BRACKET:
      case OPEN_BRACE:
        if (++depth > depthMax) return TOO_DEEP
        break
      case CLOSE_BRACKET:
      case CLOSE_BRACE:
        depth--
    }
  }
  return colons
}

/** Index of the quote that closes a string; the end of the text where none does. */
function endOfString(text: string, open: number): number {
  let end = open + 1
  while (end < text.length) {
    const code = text.charCodeAt(end)
    if (code === QUOTE) return end
    end += code === BACKSLASH ? 2 : 1
  }
  return end
}

/** Members of all objects of a value, whose depth was bounded before. */
function countMembers(value: object): number {
  if (Array.isArray(value)) return countInside(value)
  const children: readonly unknown[] = Object.values(value)
  return children.length + countInside(children)
}

function countInside(children: readonly unknown[]): number {
  let count = 0
  for (const child of children) if (typeof child === 'object' && child !== null) count += countMembers(child)
  return count
}

// `JSON.parse` makes `__proto__` an own property; nothing is polluted before here.
function hasForbiddenName(value: object): boolean {
  if (!Array.isArray(value) && Object.hasOwn(value, '__proto__')) return true
  const children: readonly unknown[] = Object.values(value)
  return children.some((child) => typeof child === 'object' && child !== null && hasForbiddenName(child))
}
