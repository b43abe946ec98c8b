const CODE_POINTS_MAX = 120
const EXTENSION = /\.[A-Za-z0-9]{1,12}$/
// What a reader does not see or what a path is made of: controls, marks that turn the direction of text around
// ("annexe\u202egnp.exe" reads as "annexe" and "exe.png"), separators, and what some file systems refuse.
const UNWANTED = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}/\\:*?"<>|]/gu

/** A name under which a file may be kept on any system: never a path, never empty, never hidden. */
export function safeFileName(name: string): string {
  const clean = name
    .toWellFormed()
    .replace(UNWANTED, '_')
    .replace(/^[.\s]+|[.\s]+$/g, '')
  const points = [...clean]
  if (points.length <= CODE_POINTS_MAX) return clean === '' ? 'download' : clean
  const extension = EXTENSION.exec(clean)?.[0] ?? ''
  return points.slice(0, CODE_POINTS_MAX - extension.length).join('') + extension
}

/**
 * `attachment` for `Content-Disposition` (RFC 6266): the name in ASCII for old readers, and in UTF-8 (RFC 8187) where it
 * has other characters.
 */
export function formatAttachment(name: string): string {
  const safe = safeFileName(name)
  // Some readers decode a percent sign in the plain form (RFC 6266 appendix D).
  const ascii = safe.replace(/[^\x20-\x7e]|%/gu, '_')
  return ascii === safe
    ? `attachment; filename="${ascii}"`
    : `attachment; filename="${ascii}"; filename*=UTF-8''${encodeExtended(safe)}`
}

/** `value-chars` of RFC 8187 section 3.2.1. */
function encodeExtended(text: string): string {
  return encodeURIComponent(text).replace(/['()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`)
}
