const SPACE = 0x20

/**
 * What follows the name of a scheme in an `Authorization` value (RFC 9110 section 11.4), without spaces around it: empty
 * where nothing does, null where another scheme is named. `scheme` is lower-case.
 */
export function readSchemeValue(header: string, scheme: string): string | null {
  const { length } = scheme
  if (header.slice(0, length).toLowerCase() !== scheme) return null
  if (header.length > length && header.charCodeAt(length) !== SPACE) return null
  // By hand: a pattern that skips spaces on both sides takes the square of the length for a header full of them.
  let start = length
  let end = header.length
  while (start < end && header.charCodeAt(start) === SPACE) start++
  while (end > start && header.charCodeAt(end - 1) === SPACE) end--
  return header.slice(start, end)
}
