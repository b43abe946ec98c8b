/** Where a request goes, taken apart but not decoded. */
export interface RequestTarget {
  /** Starts with `/`; `*` for the asterisk form. */
  readonly path: string
  /** Without the `?`. */
  readonly query: string
  /** Authority of the absolute form, lower-case; null where `Host` decides. */
  readonly authority: string | null
  /** The absolute form names `https`. */
  readonly isHttps: boolean
}

const ABSOLUTE = /^https?:\/\/([^/?]*)([^?]*)(?:\?(.*))?$/i
// uri-host [":" port] (RFC 9110 section 7.2), without user information: RFC 9110 section 4.2.4 makes that an error.
const AUTHORITY =
  /^(?:[-._~%!$&'()*+,;=0-9a-z]*|\[[0-9a-f:.]+\]|\[v[0-9a-f]+\.[-._~!$&'()*+,;=:0-9a-z]+\])(?::\d{0,5})?$/i

/** Takes a request target apart (RFC 9112 section 3.2); null when it has none of the forms that `method` may use. */
export function parseRequestTarget(method: string, target: string): RequestTarget | null {
  if (target.startsWith('/')) {
    const mark = target.indexOf('?')
    if (mark === -1) return { path: target, query: '', authority: null, isHttps: false }
    return { path: target.slice(0, mark), query: target.slice(mark + 1), authority: null, isHttps: false }
  }
  if (target === '*') return method === 'OPTIONS' ? { path: '*', query: '', authority: null, isHttps: false } : null
  const match = ABSOLUTE.exec(target)
  const authority = match?.[1]
  if (match === null || authority === undefined || !isAuthority(authority) || /^(?::|$)/.test(authority)) return null
  const path = match[2] ?? ''
  const query = match[3] ?? ''
  // RFC 9112 section 3.2.4: OPTIONS to a URI without a path and query means the server as a whole.
  const emptyPath = method === 'OPTIONS' && match[3] === undefined ? '*' : '/'
  const isHttps = /^https/i.test(target)
  return { path: path === '' ? emptyPath : path, query, authority: authority.toLowerCase(), isHttps }
}

/** True for a host with an optional port, as `Host` carries it; also for nothing at all. */
export function isAuthority(text: string): boolean {
  return AUTHORITY.test(text)
}
