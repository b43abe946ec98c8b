/** A media type (RFC 9110 section 8.3.1). */
export interface MediaType {
  /** `type/subtype`, lower-case. */
  readonly essence: string
  /** By lower-case name, quotes removed. */
  readonly parameters: ReadonlyMap<string, string>
}

const ESSENCE = /^([!#$%&'*+\-.^_`|~0-9A-Za-z]+\/[!#$%&'*+\-.^_`|~0-9A-Za-z]+)[ \t]*(?=;|$)/
const PARAMETER =
  /;[ \t]*(?:([!#$%&'*+\-.^_`|~0-9A-Za-z]+)=(?:([!#$%&'*+\-.^_`|~0-9A-Za-z]+)|"((?:[\t\x20\x21\x23-\x5b\x5d-\x7e\x80-\xff]|\\[\t\x20-\x7e\x80-\xff])*)"))?[ \t]*/y

/** Parses a media type with its parameters; null when it is malformed or names a parameter twice. */
export function parseMediaType(text: string): MediaType | null {
  const match = ESSENCE.exec(text)
  const essence = match?.[1]
  if (match === null || essence === undefined) return null
  const parameters = parseParameters(text, match[0].length)
  return parameters === null ? null : { essence: essence.toLowerCase(), parameters }
}

/** Parses `; name=value` parameters from `start` to the end of the text; null when they are malformed. */
export function parseParameters(text: string, start: number): ReadonlyMap<string, string> | null {
  const parameters = new Map<string, string>()
  PARAMETER.lastIndex = start
  let end = start
  while (end < text.length) {
    const match = PARAMETER.exec(text)
    if (match === null) return null
    end = PARAMETER.lastIndex
    const name = match[1]?.toLowerCase()
    if (name === undefined) continue
    if (parameters.has(name)) return null
    parameters.set(name, match[2] ?? (match[3] ?? '').replace(/\\(.)/gs, '$1'))
  }
  return parameters
}
