import { parsePattern } from '../route/pattern.ts'

/** `/owners/:oid/*rest` as a path template: `/owners/{oid}/{rest}`. */
export function formatTemplate(path: string): string {
  return path.replaceAll(/[:*]([A-Za-z_][A-Za-z0-9_]*)/g, '{$1}')
}

/** `getOwnersByOidThings`: the same as long as method and path are, whatever else changes. */
export function formatOperationId(method: string, path: string): string {
  const pattern = parsePattern(path)
  const segments = typeof pattern === 'string' ? [] : pattern.segments
  const words = segments.map((segment) =>
    segment.kind === 'static' ? toPascal(segment.text) : `By${toPascal(segment.name)}`,
  )
  return `${method.toLowerCase()}${words.join('') || 'Root'}`
}

/** The first fixed segment of a path, under which its operations are shown; null where there is none. */
export function firstSegment(path: string): string | null {
  const pattern = parsePattern(path)
  const [first] = typeof pattern === 'string' ? [] : pattern.segments
  return first?.kind === 'static' && first.text !== '' ? first.text : null
}

function toPascal(text: string): string {
  return text
    .split(/[^A-Za-z0-9]+/)
    .map((word) => word.slice(0, 1).toUpperCase() + word.slice(1))
    .join('')
}
