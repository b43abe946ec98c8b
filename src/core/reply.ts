/**
 * Headers that many replies share, known at boot: name, value, name, value. The writer for HTTP/1.1 keeps here what it made
 * of them.
 */
export class HeadBlock {
  readonly pairs: readonly string[]
  /** Their lines with a status line, by status. */
  readonly prepared: Map<number, string> = new Map()
  /** The last head that was sent with them. */
  last: PreparedHead | null = null
  #names: ReadonlySet<string> | null = null
  #reduced: Map<string, HeadBlock> | null = null

  constructor(pairs: readonly string[]) {
    assertHeaders(pairs)
    this.pairs = pairs
  }

  has(name: string): boolean {
    this.#names ??= new Set(this.pairs.filter((_, i) => i % 2 === 0))
    return this.#names.has(name)
  }

  /** The others; `names` are separated by a space. Made once for each set of names: routes use few. */
  without(names: string): HeadBlock {
    this.#reduced ??= new Map()
    let reduced = this.#reduced.get(names)
    if (reduced === undefined) {
      const list = names.split(' ')
      reduced = new HeadBlock(this.pairs.filter((_, i) => !list.includes(this.pairs[i - (i % 2)] ?? '')))
      this.#reduced.set(names, reduced)
    }
    return reduced
  }
}

/** Text of a head with what it depends on. */
export interface PreparedHead {
  readonly status: number
  readonly dateLine: string
  readonly length: number
  text: string
  /** True when the text is in one piece. */
  isFlat: boolean
}

export type ReplyBody = string | Uint8Array | AsyncIterable<Uint8Array> | null

/** An answer as bytes, for a listener to write. Field values were checked against injection. */
export interface EncodedReply {
  readonly status: number
  readonly head: HeadBlock
  /** Headers of this reply alone: name, value, name, value. */
  readonly headers: readonly string[] | null
  /** `null`: no body at all. A string is written as UTF-8. */
  readonly body: ReplyBody
  /** Length in bytes when `body` is a stream of known length; `-1` or absent otherwise. */
  readonly bodyBytes?: number
  /** Called once when the answer is written, or when it could not be. */
  readonly onEnd?: (error: Error | null) => void
}

/** A reply that a handler has already encoded, such as a file: it is sent as it is. */
export class Encoded {
  readonly reply: EncodedReply

  constructor(reply: EncodedReply) {
    this.reply = reply
  }
}

/** A token (RFC 9110 section 5.6.2): the name of a header, of a cookie, of a sub-protocol. */
export const TOKEN: RegExp = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/
// Field values: visible ASCII, space, tab and obs-text (RFC 9110 section 5.5). CR, LF and NUL would let a value
// start a header or a message of its own.
const FIELD_VALUE = /^[\t\x20-\x7e\x80-\xff]*$/

/** The pairs with their names in lower case, as all stages look for them (RFC 9110 section 5.1). Throws as `assertHeaders`. */
export function normalizeHeaders(pairs: readonly string[]): readonly string[] {
  assertHeaders(pairs)
  return pairs.map((text, i) => (i % 2 === 0 ? text.toLowerCase() : text))
}

/** Throws a `TypeError` on a header name or value that could change the shape of the message. */
export function assertHeaders(pairs: readonly string[]): void {
  for (let i = 0; i < pairs.length; i += 2) {
    const name = pairs[i]
    const value = pairs[i + 1]
    if (name === undefined || !TOKEN.test(name))
      throw new TypeError(`Cannot send header: name "${name}" is not a token`)
    if (value === undefined || !FIELD_VALUE.test(value)) {
      throw new TypeError(`Cannot send header "${name}": its value has a control character or is not Latin-1`)
    }
  }
}
