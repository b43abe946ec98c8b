import type { Schema } from '../core/params.ts'
import { JSON_TEXT, type Kind, TEXT } from './kind.ts'

export type JsonSchema = Readonly<Record<string, unknown>>

/** What the Standard JSON Schema extension adds to a schema. */
interface JsonSchemaConverter {
  readonly input: (options: { readonly target: string }) => unknown
}

const TARGET = 'draft-2020-12'

/**
 * JSON Schema of what a schema takes, by the Standard JSON Schema extension; null where its library does not have it or
 * cannot say this schema.
 */
export function readJsonSchema(schema: Schema): JsonSchema | null {
  const standard: Schema['~standard'] & { readonly jsonSchema?: JsonSchemaConverter } = schema['~standard']
  if (typeof standard.jsonSchema?.input !== 'function') return null
  try {
    const text = standard.jsonSchema.input({ target: TARGET })
    return isObject(text) ? text : null
  } catch {
    // The extension throws for what JSON cannot say.
    return null
  }
}

/** What a schema of any library takes as input, read from its JSON Schema. */
export function kindOfJsonSchema(schema: unknown): Kind {
  if (!isObject(schema)) return TEXT
  if ('const' in schema) return literals([schema.const])
  if (Array.isArray(schema.enum)) return literals(schema.enum)
  const options = schema.anyOf ?? schema.oneOf
  if (Array.isArray(options)) return unionOf(options.map(kindOfJsonSchema))
  if (Array.isArray(schema.allOf)) return kindOfJsonSchema(schema.allOf[0])
  if (Array.isArray(schema.type)) return unionOf(schema.type.map((type) => kindOfType(type, schema)))
  return kindOfType(schema.type, schema)
}

function kindOfType(type: unknown, schema: JsonSchema): Kind {
  switch (type) {
    case 'integer':
    case 'number':
    case 'boolean':
    case 'null':
      return { type }
    case 'array':
      return {
        type: 'list',
        item: kindOfJsonSchema(schema.items),
        first: Array.isArray(schema.prefixItems) ? schema.prefixItems.map(kindOfJsonSchema) : [],
      }
    case 'object':
      return {
        type: 'object',
        fields: new Map(Object.entries(schema.properties ?? {}).map(([name, part]) => [name, kindOfJsonSchema(part)])),
        isClosed: schema.additionalProperties === false,
      }
    case 'string':
      return TEXT
    default:
      return '$ref' in schema ? JSON_TEXT : TEXT
  }
}

function unionOf(options: readonly Kind[]): Kind {
  const others = options.filter(({ type }) => type !== 'null')
  const [first] = others
  const inner: Kind = first !== undefined && others.length === 1 ? first : { type: 'union', options: others }
  return others.length === options.length ? inner : { type: 'nullable', inner }
}

function literals(values: readonly unknown[]): Kind {
  const texts = new Map<string, unknown>()
  for (const value of values) {
    if (value === null) texts.set('', value)
    else if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean')
      texts.set(`${value}`, value)
    else return JSON_TEXT
  }
  return { type: 'literal', values: texts }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
