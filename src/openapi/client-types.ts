import { isJson } from './lift-schema.ts'
import type { Json } from './openapi-document.ts'

const IDENTIFIER = /^[A-Za-z_$][A-Za-z0-9_$]*$/

/** The TypeScript type of what a JSON Schema describes; `unknown` where it has none. */
export function formatType(schema: Json): string {
  const { $ref, anyOf, oneOf, allOf } = schema
  if (typeof $ref === 'string') return typeName($ref.slice($ref.lastIndexOf('/') + 1))
  if ('const' in schema) return formatLiteral(schema['const'])
  if (Array.isArray(schema['enum'])) return joinTypes(schema['enum'].map(formatLiteral), '|')
  if (Array.isArray(anyOf)) return joinTypes(anyOf.map(formatPart), '|')
  if (Array.isArray(oneOf)) return joinTypes(oneOf.map(formatPart), '|')
  if (Array.isArray(allOf)) return joinTypes(allOf.map(formatPart), '&')
  const { type } = schema
  if (Array.isArray(type))
    return joinTypes(
      type.map((one: unknown) => formatPart({ ...schema, type: one })),
      '|',
    )
  return formatSimple(schema, type)
}

function formatSimple(schema: Json, type: unknown): string {
  switch (type) {
    case 'string':
      return schema['contentMediaType'] === undefined ? 'string' : 'Blob'
    case 'integer':
    case 'number':
      return 'number'
    case 'boolean':
    case 'null':
      return type
    case 'array':
      return formatArray(schema)
    case 'object':
      return formatObject(schema)
    default:
      return 'unknown'
  }
}

function formatArray({ items, prefixItems }: Json): string {
  if (Array.isArray(prefixItems)) return `readonly [${prefixItems.map(formatPart).join(', ')}]`
  const item = formatPart(items)
  return /[|&]/.test(item) ? `readonly (${item})[]` : `readonly ${item}[]`
}

function formatObject({ properties, required, additionalProperties }: Json): string {
  const names = Array.isArray(required) ? required : []
  const members = Object.entries(isJson(properties) ? properties : {}).map(
    ([name, part]) => `readonly ${formatKey(name)}${names.includes(name) ? '' : '?'}: ${formatPart(part)}`,
  )
  if (members.length > 0) return `{ ${members.join('; ')} }`
  const value = isJson(additionalProperties) ? formatType(additionalProperties) : 'unknown'
  return `Readonly<Record<string, ${value}>>`
}

function formatPart(part: unknown): string {
  return isJson(part) ? formatType(part) : 'unknown'
}

function formatLiteral(value: unknown): string {
  return JSON.stringify(value) ?? 'unknown'
}

/** The parts without repetition; a union with `unknown` is `unknown`. */
export function joinTypes(types: readonly string[], operator: '|' | '&'): string {
  const distinct = [...new Set(types)]
  if (distinct.length === 0 || (operator === '|' && distinct.includes('unknown'))) return 'unknown'
  return distinct.map((type) => (operator === '&' && type.includes('|') ? `(${type})` : type)).join(` ${operator} `)
}

/** The name of a property as TypeScript writes it. */
export function formatKey(name: string): string {
  return IDENTIFIER.test(name) ? name : JSON.stringify(name)
}

/** The name of the type of a shared schema. */
export function typeName(name: string): string {
  const text = name.replaceAll(/[^A-Za-z0-9_$]/g, '_')
  return text.slice(0, 1).toUpperCase() + text.slice(1)
}
