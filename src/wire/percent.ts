/** Text of a percent-encoded one (RFC 3986 section 2.1); null where it is malformed or not UTF-8. `+` stays. */
export function decodePercent(text: string): string | null {
  if (!text.includes('%')) return text
  try {
    return decodeURIComponent(text)
  } catch {
    return null
  }
}
