import { decodePercent } from './percent.ts'

/**
 * Names and values of a query or form in the order sent: name, value, name, value. Null stands for a text that is
 * malformed.
 */
export type Pairs = readonly (string | null)[]

/** Why there are no pairs at all. */
export type PairsProblem = 'malformed' | 'too-many'

/** Malformed texts beyond which nothing more is looked at: each costs an exception. */
const MALFORMED_MAX = 20
const NO_PAIRS: Pairs = []
// RFC 3986 section 3.4 has ASCII only; what is not was put there by no client that encodes.
const NOT_ASCII = /[^\x21-\x7e]/

/**
 * Takes the query of a URL apart by the rules of HTML forms (WHATWG URL section 5.1): `&` separates, the first `=`
 * ends a name, `+` is a space. At most `fieldsMax` fields.
 */
export function parseQuery(query: string, fieldsMax: number): Pairs | PairsProblem {
  if (query === '') return NO_PAIRS
  return NOT_ASCII.test(query) ? 'malformed' : parsePairs(query, fieldsMax)
}

/** The same for a text that may hold characters beyond ASCII as they are. */
export function parsePairs(text: string, fieldsMax: number): Pairs | PairsProblem {
  const pairs: (string | null)[] = []
  let start = 0
  let malformed = 0
  while (start < text.length) {
    let end = text.indexOf('&', start)
    if (end === -1) end = text.length
    if (end > start) {
      if (pairs.length >= fieldsMax * 2) return 'too-many'
      const equals = text.indexOf('=', start)
      const nameEnd = equals === -1 || equals > end ? end : equals
      const name = decodeFormText(text.slice(start, nameEnd))
      const value = decodeFormText(text.slice(nameEnd + 1, end))
      if ((name === null || value === null) && ++malformed > MALFORMED_MAX) return 'malformed'
      pairs.push(name, value)
    }
    start = end + 1
  }
  return pairs
}

function decodeFormText(text: string): string | null {
  return decodePercent(text.includes('+') ? text.replaceAll('+', ' ') : text)
}
