import { isJson } from './lift-schema.ts'
import type { Json } from './openapi-document.ts'

/** A value that a schema is likely to take; a pattern is not solved. Deeper parts than a few are left out. */
export function sampleOf(schema: Json, depth = 0): unknown {
  if ('default' in schema) return schema['default']
  if ('const' in schema) return schema['const']
  const { enum: values, anyOf, oneOf, type } = schema
  for (const options of [values, anyOf, oneOf]) {
    if (!Array.isArray(options)) continue
    const first: unknown = options[0]
    return options === values || !isJson(first) ? first : sampleOf(first, depth)
  }
  return sampleOfType(Array.isArray(type) ? type[0] : type, schema, depth)
}

const DEPTH_MAX = 4

function sampleOfType(type: unknown, schema: Json, depth: number): unknown {
  switch (type) {
    case 'integer':
    case 'number':
      return sampleNumber(schema)
    case 'boolean':
      return true
    case 'array':
      return depth < DEPTH_MAX && isJson(schema['items']) ? [sampleOf(schema['items'], depth + 1)] : []
    case 'object':
      return sampleObject(schema, depth)
    case 'null':
      return null
    default:
      return sampleText(schema)
  }
}

function sampleNumber({ minimum, exclusiveMinimum }: Json): number {
  if (typeof minimum === 'number') return Math.max(minimum, 1)
  return typeof exclusiveMinimum === 'number' ? Math.max(exclusiveMinimum + 1, 1) : 1
}

function sampleObject({ properties, required }: Json, depth: number): Json {
  const names = Array.isArray(required) ? required : []
  const entries = Object.entries(isJson(properties) ? properties : {}).filter(([name]) => names.includes(name))
  if (depth >= DEPTH_MAX) return {}
  return Object.fromEntries(entries.map(([name, part]) => [name, isJson(part) ? sampleOf(part, depth + 1) : 'text']))
}

const FORMATS: Readonly<Record<string, string>> = {
  email: 'ana@example.org',
  date: '2026-01-31',
  'date-time': '2026-01-31T12:00:00Z',
  time: '12:00:00',
  uuid: '0198c0de-0000-7000-8000-000000000000',
  // An address that no guarded fetch may reach: it is refused, and nobody elsewhere is called.
  uri: 'http://127.0.0.1:1/',
}

function sampleText({ format, minLength, maxLength }: Json): string {
  const text = (typeof format === 'string' ? FORMATS[format] : undefined) ?? 'sample'
  const long = typeof minLength === 'number' ? text.padEnd(minLength, 'x') : text
  return typeof maxLength === 'number' ? long.slice(0, maxLength) : long
}
