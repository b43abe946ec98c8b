import type { Kind } from './kind.ts'
import { convertText, UNCONVERTED } from './convert-text.ts'

export type Reviver = (value: unknown) => unknown

/**
 * JSON has no dates and no large integers: where a schema wants one, the JSON string that says it becomes it. Nothing
 * else of JSON is ever converted. Null where a kind has neither, so that nothing is done.
 */
export function compileReviver(kind: Kind): Reviver | null {
  switch (kind.type) {
    case 'date':
    case 'bigint':
      return (value) => reviveScalar(kind, value)
    case 'nullable':
      return compileReviver(kind.inner)
    case 'list':
      return compileListReviver(kind)
    case 'object':
      return compileObjectReviver(kind.fields)
    default:
      return null
  }
}

function reviveScalar(kind: Kind, value: unknown): unknown {
  if (typeof value === 'number' && kind.type === 'bigint') return Number.isSafeInteger(value) ? BigInt(value) : value
  if (typeof value !== 'string') return value
  const converted = convertText(kind, value, 0)
  return converted === UNCONVERTED ? value : converted
}

function compileListReviver({ item, first }: Extract<Kind, { type: 'list' }>): Reviver | null {
  const revive = compileReviver(item)
  const starts = first.map(compileReviver)
  if (revive === null && starts.every((start) => start === null)) return null
  return (value) => {
    if (!Array.isArray(value)) return value
    return value.map((child: unknown, index) => {
      const reviveChild = index < starts.length ? (starts[index] ?? null) : revive
      return reviveChild === null ? child : reviveChild(child)
    })
  }
}

function compileObjectReviver(fields: ReadonlyMap<string, Kind>): Reviver | null {
  const revivers: [string, Reviver][] = []
  for (const [name, kind] of fields) {
    const revive = compileReviver(kind)
    if (revive !== null) revivers.push([name, revive])
  }
  if (revivers.length === 0) return null
  return (value) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
    const copy: Record<string, unknown> = { ...value }
    for (const [name, revive] of revivers) {
      if (Object.hasOwn(copy, name)) copy[name] = revive(copy[name])
    }
    return copy
  }
}
