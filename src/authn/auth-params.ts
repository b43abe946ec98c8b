/** Parameters of credentials or a challenge (RFC 9110 section 11.2), names in lower case. */
export type AuthParams = ReadonlyMap<string, string>

const PARAM =
  /\s*([!#$%&'*+\-.^_`|~0-9A-Za-z]+)\s*=\s*(?:([!#$%&'*+\-.^_`|~0-9A-Za-z]+)|"((?:[^"\\]|\\.)*)")\s*(?:,|$)/y

/** Reads `name=token, name="text"`; null on anything else, also on a name that comes twice. */
export function parseAuthParams(text: string): AuthParams | null {
  const params = new Map<string, string>()
  PARAM.lastIndex = 0
  while (PARAM.lastIndex < text.length) {
    const found = PARAM.exec(text)
    if (found === null) return null
    const name = (found[1] ?? '').toLowerCase()
    if (params.has(name)) return null
    params.set(name, found[2] ?? (found[3] ?? '').replace(/\\(.)/g, '$1'))
  }
  return params.size === 0 ? null : params
}
