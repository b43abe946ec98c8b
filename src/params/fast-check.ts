import type { $ZodType, $ZodTypes } from 'zod/v4/core'

/** True only for a value that the schema passes and gives back as it is; false says nothing. */
export type FastCheck = (value: unknown) => boolean

/**
 * A direct check for the commonest schemas. It never decides a "no": then Zod is asked, whose messages the peer gets.
 * Null for a schema that may change its value (transform, trim) or has a check of its own.
 */
export function compileFastCheck(schema: $ZodType): FastCheck | null {
  const { def } = (schema as $ZodTypes)._zod // every schema of Zod is one of its published types
  switch (def.type) {
    case 'optional':
    case 'default':
    case 'nonoptional':
      // What is absent never comes here.
      return compileFastCheck(def.innerType)
    case 'nullable':
      return orNull(compileFastCheck(def.innerType))
    case 'boolean':
      return hasChecks(def) ? null : (value) => typeof value === 'boolean'
    case 'enum':
      return hasChecks(def) ? null : inSet(new Set<unknown>(schema._zod.values))
    case 'string':
      return compileString(def)
    case 'number':
      return compileNumber(def)
    default:
      return null
  }
}

interface CheckedDef {
  readonly coerce?: boolean
  readonly format?: string
  readonly check?: string
  readonly checks?: readonly CheckLike[]
}

interface CheckLike {
  readonly _zod: { readonly def: { readonly check: string } }
}

function hasChecks(def: CheckedDef): boolean {
  return (def.checks?.length ?? 0) > 0
}

function orNull(inner: FastCheck | null): FastCheck | null {
  return inner === null ? null : (value) => value === null || inner(value)
}

function inSet(values: ReadonlySet<unknown>): FastCheck {
  return (value) => values.has(value)
}

function compileString(def: CheckedDef): FastCheck | null {
  const patterns: RegExp[] = []
  if ((def.check !== undefined || def.format !== undefined) && !addPattern(patterns, def)) return null
  // Zod counts code points, here are UTF-16 units: twice the least number of them surely has enough.
  let unitsMin = 0
  let unitsMax = Number.POSITIVE_INFINITY
  for (const check of def.checks ?? []) {
    const { check: name, ...rest } = check._zod.def
    if (addPattern(patterns, check._zod.def)) continue
    const bound = boundOf(rest, name === 'min_length' ? 'minimum' : 'maximum')
    if (bound === null) return null
    if (name === 'min_length') unitsMin = Math.max(unitsMin, bound > 1 ? bound * 2 : bound)
    else if (name === 'max_length') unitsMax = Math.min(unitsMax, bound)
    else return null
  }
  const [first] = patterns
  if (first === undefined) {
    return (value) => typeof value === 'string' && value.length >= unitsMin && value.length <= unitsMax
  }
  return (value) => {
    if (typeof value !== 'string' || value.length < unitsMin || value.length > unitsMax) return false
    return patterns.length === 1 ? first.test(value) : patterns.every((pattern) => pattern.test(value))
  }
}

// Formats for which Zod asks their pattern and nothing else.
const PATTERN_FORMATS: ReadonlySet<unknown> = new Set(
  'cidrv4 cuid cuid2 date datetime duration e164 email guid ipv4 ksuid mac nanoid regex time ulid uuid xid'.split(' '),
)

/** Adds the pattern that decides about a format; false where more than a pattern does. */
function addPattern(patterns: RegExp[], def: object): boolean {
  if (!('check' in def && def.check === 'string_format' && 'format' in def && PATTERN_FORMATS.has(def.format)))
    return false
  // A pattern with a memory of its own gives another answer the next time.
  if (!('pattern' in def && def.pattern instanceof RegExp) || def.pattern.global || def.pattern.sticky) return false
  patterns.push(def.pattern)
  return true
}

const FORMAT_RANGES: ReadonlyMap<string, readonly [number, number]> = new Map([
  ['safeint', [Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER]],
  ['int32', [-(2 ** 31), 2 ** 31 - 1]],
  ['uint32', [0, 2 ** 32 - 1]],
])

interface Range {
  isInteger: boolean
  min: number
  max: number
  above: number
  below: number
}

function compileNumber(def: CheckedDef): FastCheck | null {
  const range: Range = {
    isInteger: false,
    // Zod takes no infinity.
    min: -Number.MAX_VALUE,
    max: Number.MAX_VALUE,
    above: Number.NEGATIVE_INFINITY,
    below: Number.POSITIVE_INFINITY,
  }
  if (def.format !== undefined && !narrowToFormat(range, def.format)) return null
  for (const check of def.checks ?? []) {
    if (!narrow(range, check._zod.def)) return null
  }
  const { isInteger, min, max, above, below } = range
  return (value) => {
    if (typeof value !== 'number' || (isInteger && !Number.isInteger(value))) return false
    return value >= min && value <= max && value > above && value < below
  }
}

function narrow(range: Range, def: object): boolean {
  const name: unknown = 'check' in def ? def.check : null
  if (name === 'number_format')
    return 'format' in def && typeof def.format === 'string' && narrowToFormat(range, def.format)
  const bound = boundOf(def, 'value')
  if (bound === null || !('inclusive' in def)) return false
  if (name === 'greater_than') {
    if (def.inclusive === true) range.min = Math.max(range.min, bound)
    else range.above = Math.max(range.above, bound)
    return true
  }
  if (name !== 'less_than') return false
  if (def.inclusive === true) range.max = Math.min(range.max, bound)
  else range.below = Math.min(range.below, bound)
  return true
}

function narrowToFormat(range: Range, format: string): boolean {
  const bounds = FORMAT_RANGES.get(format)
  if (bounds === undefined) return false
  range.isInteger = true
  range.min = Math.max(range.min, bounds[0])
  range.max = Math.min(range.max, bounds[1])
  return true
}

function boundOf(def: object, key: string): number | null {
  const value: unknown = Object.entries(def).find(([name]) => name === key)?.[1]
  return typeof value === 'number' ? value : null
}
