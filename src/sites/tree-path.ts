import { Refusal } from '../core/refusal.ts'
import { decodePercent } from '../wire/percent.ts'

/** A path inside a tree: decoded, checked, without a slash in front. */
export interface TreePath {
  /** `''` is the root; a folder asked for as such ends with `/`. */
  readonly path: string
  readonly isFolder: boolean
}

// Controls never name a file; `\` separates folders on Windows, and one tree must mean the same everywhere.
// eslint-disable-next-line no-control-regex -- controls are what is refused
const NEVER_NAMED = /[\u0000-\u001f\u007f\\/]/
// Drives, streams, device names, and the ends that Windows drops before it opens a file.
const NEVER_ON_WINDOWS = /[:*?"<>|]|[. ]$|^(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|$)/i
const SEGMENT_BYTES_MAX = 255

/**
 * Reads the rest of a request path as a path inside a tree. Each segment is decoded once and must be a plain name:
 * `.`, `..`, empty ones, names that start with a dot (but `.well-known`, RFC 8615) and separators in disguise are
 * refused with 404, malformed percent-encoding with 400.
 */
export function parseTreePath(raw: string): TreePath | Refusal {
  const rest = raw.startsWith('/') ? raw.slice(1) : raw
  if (rest === '') return { path: '', isFolder: raw !== '' }
  const isFolder = rest.endsWith('/')
  const segments = (isFolder ? rest.slice(0, -1) : rest).split('/')
  for (const [index, segment] of segments.entries()) {
    const name = decodePercent(segment)
    if (name === null) return new Refusal('ROUTE_BAD_PATH', { reason: 'malformed percent-encoding' })
    const isWellKnown = index === 0 && name === '.well-known'
    if (!isWellKnown && !isPlainName(name)) {
      return new Refusal('ROUTE_NOT_FOUND', { reason: 'the path is not one of plain names' })
    }
    segments[index] = name
  }
  return { path: segments.join('/') + (isFolder ? '/' : ''), isFolder }
}

/** True for a name that a tree may serve: what a listing shows too. */
export function isPlainName(name: string): boolean {
  if (name === '' || name.startsWith('.') || NEVER_NAMED.test(name)) return false
  if (Buffer.byteLength(name) > SEGMENT_BYTES_MAX) return false
  return process.platform !== 'win32' || !NEVER_ON_WINDOWS.test(name)
}
