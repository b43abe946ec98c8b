import { parsePairs } from './query.ts'
import { decodeUtf8 } from './utf8.ts'

/** One value, or all of a name that was repeated. */
export type FormValue = string | readonly string[]

export interface Form {
  readonly fields: ReadonlyMap<string, FormValue>
  /** Names whose value is malformed: `fields` does not have that value. */
  readonly malformed: readonly string[]
}

/**
 * Decodes `application/x-www-form-urlencoded` (WHATWG URL section 5.1), UTF-8 only. A name that is malformed makes the
 * whole form malformed.
 */
export function decodeForm(bytes: Uint8Array, fieldsMax: number): Form | 'malformed' | 'too-many' {
  const text = decodeUtf8(bytes)
  if (text === null) return 'malformed'
  const pairs = parsePairs(text, fieldsMax)
  if (typeof pairs === 'string') return pairs
  const fields = new Map<string, string | string[]>()
  const malformed: string[] = []
  for (let i = 0; i < pairs.length; i += 2) {
    const name = pairs[i] ?? null
    const value = pairs[i + 1] ?? null
    if (name === null) return 'malformed'
    if (value === null) malformed.push(name)
    else addFormValue(fields, name, value)
  }
  return { fields, malformed }
}

/** Adds one value of a name; a second one makes a list. */
export function addFormValue(fields: Map<string, string | string[]>, name: string, value: string): void {
  const known = fields.get(name)
  if (known === undefined) fields.set(name, value)
  else if (typeof known === 'string') fields.set(name, [known, value])
  else known.push(value)
}
