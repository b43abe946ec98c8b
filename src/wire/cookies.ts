import { TOKEN } from '../core/reply.ts'

/** Pairs that are looked at in one `Cookie` field: browsers keep some 180 for a site. */
export const COOKIES_MAX = 200

// cookie-octet of RFC 6265bis section 4.1.1: visible ASCII without quotes, comma, semicolon and backslash.
const VALUE = /^[\x21\x23-\x2b\x2d-\x3a\x3c-\x5b\x5d-\x7e]*$/
const PREFIXED = /^__(?:host|secure)-/i

/** True for a text that can name a cookie. */
export function isCookieName(text: string): boolean {
  return TOKEN.test(text)
}

/** True for a text that can be the value of a cookie as it is. */
export function isCookieValue(text: string): boolean {
  return VALUE.test(text)
}

/**
 * Parses a `Cookie` field (RFC 6265bis section 5.8.3). Values are not decoded; quotes around one are taken off. A pair
 * that breaks the grammar is left out: it may come from another application of the same host. Of a name sent twice the
 * first one counts, which has the longest path; of a name with a `__Host-` or `__Secure-` prefix none does, since
 * somebody else planted one of them.
 */
export function parseCookies(field: string): ReadonlyMap<string, string> {
  const cookies = new Map<string, string>()
  let doubled: string[] | null = null
  let start = 0
  for (let count = 0; start < field.length && count < COOKIES_MAX; count++) {
    let end = field.indexOf(';', start)
    if (end === -1) end = field.length
    const equals = field.indexOf('=', start)
    if (equals !== -1 && equals < end) {
      const name = field.slice(start, equals).trim()
      const value = unquote(field.slice(equals + 1, end).trim())
      if (cookies.has(name)) (doubled ??= []).push(name)
      else if (TOKEN.test(name) && VALUE.test(value)) cookies.set(name, value)
    }
    start = end + 1
  }
  if (doubled !== null) for (const name of doubled) if (PREFIXED.test(name)) cookies.delete(name)
  return cookies
}

function unquote(value: string): string {
  return value.length >= 2 && value.startsWith('"') && value.endsWith('"') ? value.slice(1, -1) : value
}
