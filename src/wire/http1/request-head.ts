import { TOKEN_LOWER } from './octets.ts'

/** What the fields of a head say about its message and its connection. */
export interface HeadFacts {
  /** Index of `Host` in the list of offsets; -1 when there is none. */
  readonly hostField: number
  /** Bytes of the body; 0 when there is none, -1 when it is chunked. */
  readonly bodyLength: number
  /** The peer wants, and may have, another request on this connection. */
  readonly isPersistent: boolean
  readonly isVersion10: boolean
  readonly expectsContinue: boolean
  /** `Connection: upgrade` with an `Upgrade` field, on a GET without a body. */
  readonly wantsUpgrade: boolean
  /** A field that only proxies set is there. */
  readonly isForwarded: boolean
}

/** Numbers of one field in the list of offsets: start and end of its name, start and end of its value. */
export const FIELD_NUMBERS = 4

/** A request's head: one string, and where its fields lie in it. Values are taken out when they are asked for. */
export class RequestHead {
  readonly method: string
  /** Starts with `/`; `*` for the asterisk form. */
  readonly path: string
  readonly query: string
  /** The target is absolute and names `https`. */
  readonly isHttps: boolean
  readonly facts: HeadFacts
  readonly #text: string
  readonly #fields: readonly number[]
  readonly #authority: string | null

  constructor(line: RequestLine, fields: readonly number[], facts: HeadFacts) {
    this.method = line.method
    this.path = line.path
    this.query = line.query
    this.isHttps = line.isHttps
    this.facts = facts
    this.#text = line.text
    this.#fields = fields
    this.#authority = line.authority
  }

  /** Lower-case, with its port if any: of an absolute target, else of `Host`; empty when there is none. */
  get host(): string {
    if (this.#authority !== null) return this.#authority
    const { hostField } = this.facts
    return hostField === -1 ? '' : this.#value(hostField).toLowerCase()
  }

  /** Value of a field by lower-case name, repeated ones joined (RFC 9110 section 5.3; cookies by `; `). */
  header(name: string): string | undefined {
    const fields = this.#fields
    const length = name.length
    let value: string | undefined
    for (let i = 0; i < fields.length; i += FIELD_NUMBERS) {
      const start = fields[i] as number // i is below the length, as are the three after it
      const end = fields[i + 1] as number // as said above
      if (end - start !== length || !isNameAt(this.#text, start, name)) continue
      const found = this.#value(i)
      value = value === undefined ? found : `${value}${name === 'cookie' ? '; ' : ', '}${found}`
    }
    return value
  }

  /** All fields in order as name, value, name, value; names lower-case. */
  headerPairs(): readonly string[] {
    const pairs: string[] = []
    for (let i = 0; i < this.#fields.length; i += FIELD_NUMBERS) {
      pairs.push(this.#text.slice(this.#fields[i], this.#fields[i + 1]).toLowerCase(), this.#value(i))
    }
    return pairs
  }

  #value(field: number): string {
    return this.#text.slice(this.#fields[field + 2], this.#fields[field + 3])
  }
}

/** The first line of a request, and the text of the whole head. */
export interface RequestLine {
  readonly method: string
  readonly path: string
  readonly query: string
  /** Authority of an absolute target, lower-case; null where `Host` decides. */
  readonly authority: string | null
  /** The absolute form names `https`. */
  readonly isHttps: boolean
  readonly text: string
}

/** True when the field name at `start` is `name`, which is lower-case. */
export function isNameAt(text: string, start: number, name: string): boolean {
  for (let i = 0; i < name.length; i += 1) {
    if (TOKEN_LOWER[text.charCodeAt(start + i)] !== name.charCodeAt(i)) return false
  }
  return true
}
