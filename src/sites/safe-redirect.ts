// Browsers read `\` as `/` and drop tab, CR and LF before they look at an address (URL standard section 4.4), so that
// `/\evil.test` and `/<tab>/evil.test` name another host.
// eslint-disable-next-line no-control-regex -- those controls are the attack looked for
const LOCAL_PATH = /^\/(?![/\\])[^\\\u0000-\u001f\u007f]*$/

/**
 * A target that stays on this site: `target` when it is a path of it (with query and fragment), else `fallback`. For
 * targets that come from a request, such as `?next=/basket`.
 */
export function safeRedirect(target: string | null | undefined, fallback = '/'): string {
  return typeof target === 'string' && isLocalPath(target) ? target : fallback
}

/** True for a path of this site: no scheme, no other host, no trick of spelling. */
function isLocalPath(target: string): boolean {
  if (!LOCAL_PATH.test(target) || target.length > PATH_CHARS_MAX) return false
  // What a browser would make of it must still be here, and must not start with two slashes once dots are resolved.
  if (!URL.canParse(target, BASE)) return false
  const { origin, pathname } = new URL(target, BASE)
  return origin === BASE && !pathname.startsWith('//')
}

const BASE = 'http://site.invalid'
const PATH_CHARS_MAX = 4096
