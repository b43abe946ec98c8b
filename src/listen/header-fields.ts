/** Value of a header among name, value, name, value pairs; repeated ones joined (RFC 9110 section 5.3, cookies by `; `). */
export function findHeader(pairs: readonly string[], name: string): string | undefined {
  let value: string | undefined
  for (let i = 0; i + 1 < pairs.length; i += 2) {
    if (pairs[i] !== name) continue
    value = value === undefined ? pairs[i + 1] : `${value}${name === 'cookie' ? '; ' : ', '}${pairs[i + 1]}`
  }
  return value
}

/** The same pairs with lower-case names. */
export function lowerNames(pairs: readonly string[]): readonly string[] {
  return pairs.map((text, i) => (i % 2 === 0 ? text.toLowerCase() : text))
}
