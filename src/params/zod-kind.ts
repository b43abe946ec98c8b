import type { $ZodType, $ZodTypes } from 'zod/v4/core'
import type { Schema } from '../core/params.ts'
import { JSON_TEXT, type Kind, TEXT } from './kind.ts'

/** True for a schema made by Zod 4, classic or mini. */
export function isZod(schema: Schema): schema is Schema & $ZodTypes {
  return schema['~standard'].vendor === 'zod' && '_zod' in schema
}

/** What a Zod schema takes as input. */
export function kindOfZod(schema: $ZodType, within: readonly $ZodType[] = []): Kind {
  // A schema inside itself: a tree. How deep its members are known does not matter for text.
  if (within.includes(schema)) return JSON_TEXT
  const inside = [...within, schema]
  const inner = (part: $ZodType): Kind => kindOfZod(part, inside)
  const { def } = (schema as $ZodTypes)._zod // every schema of Zod is one of its published types
  switch (def.type) {
    case 'string':
    case 'template_literal':
    case 'any':
    case 'unknown':
    case 'custom':
    case 'transform':
      return TEXT
    case 'number':
      return { type: isIntegerZod(def) ? 'integer' : 'number' }
    case 'bigint':
    case 'boolean':
    case 'date':
    case 'null':
      return { type: def.type }
    case 'enum':
      return literals(enumValues(def.entries))
    case 'literal':
      return literals(def.values)
    case 'array':
      return { type: 'list', item: inner(def.element), first: [] }
    case 'tuple':
      return {
        type: 'list',
        first: def.items.map(inner),
        item: def.rest === null ? TEXT : inner(def.rest),
      }
    case 'object':
      return {
        type: 'object',
        fields: new Map(Object.entries(def.shape).map(([name, part]) => [name, inner(part)])),
        isClosed: def.catchall === undefined || def.catchall._zod.def.type === 'never',
      }
    case 'record':
      return JSON_TEXT
    case 'lazy':
      return inside.length > LAZY_DEPTH_MAX ? JSON_TEXT : lazyKind(def.getter(), inside)
    case 'union':
      return unionOf(def.options.map(inner))
    case 'intersection':
      return joined(inner(def.left), inner(def.right))
    case 'nullable':
      return { type: 'nullable', inner: inner(def.innerType) }
    case 'optional':
    case 'default':
    case 'prefault':
    case 'nonoptional':
    case 'readonly':
    case 'catch':
    case 'success':
      return inner(def.innerType)
    case 'pipe':
      return inner(def.in)
    default:
      return { type: 'none', what: def.type }
  }
}

const LAZY_DEPTH_MAX = 20

// `z.json()` and trees are lazy unions that take strings too: as text they are JSON, or no other value could be said.
function lazyKind(schema: $ZodType, inside: readonly $ZodType[]): Kind {
  const kind = kindOfZod(schema, inside)
  return kind.type === 'union' ? JSON_TEXT : kind
}

interface NumberDef {
  readonly format?: string
  readonly checks?: readonly {
    readonly _zod: { readonly def: { readonly check: string; readonly format?: unknown } }
  }[]
}

/** True for `z.int()`, `z.number().int()`, `z.int32()` and their like. */
function isIntegerZod(def: NumberDef): boolean {
  if (def.format?.includes('int') === true) return true
  return (def.checks ?? []).some(({ _zod }) => {
    const { check, format } = _zod.def
    return check === 'number_format' && typeof format === 'string' && format.includes('int')
  })
}

type LiteralValue = string | number | bigint | boolean | null | undefined

// A TypeScript enum of numbers also maps its values back to names.
function enumValues(entries: Readonly<Record<string, string | number>>): readonly (string | number)[] {
  const numbers = Object.values(entries).filter((value) => typeof value === 'number')
  return Object.entries(entries)
    .filter(([name]) => !numbers.includes(Number(name)))
    .map(([, value]) => value)
}

function literals(values: readonly LiteralValue[]): Kind {
  const texts = new Map<string, unknown>()
  for (const value of values) {
    if (value === undefined) continue
    texts.set(value === null ? '' : String(value), value)
    if (typeof value === 'boolean') texts.set(value ? '1' : '0', value)
  }
  return { type: 'literal', values: texts }
}

function unionOf(options: readonly Kind[]): Kind {
  const [first] = options
  if (first !== undefined && options.every(({ type }) => type === 'object')) return mergeOptions(options)
  return first !== undefined && options.length === 1 ? first : { type: 'union', options }
}

// Objects with a discriminator: which members there may be is known, what they are depends on the option.
function mergeOptions(options: readonly Kind[]): Kind {
  const fields = new Map<string, Kind>()
  let isClosed = true
  for (const option of options) {
    if (option.type !== 'object') continue
    isClosed &&= option.isClosed
    for (const [name, kind] of option.fields) fields.set(name, mergeFields(fields.get(name), kind))
  }
  return { type: 'object', fields, isClosed }
}

function mergeFields(known: Kind | undefined, kind: Kind): Kind {
  if (known === undefined) return kind
  return { type: 'union', options: known.type === 'union' ? [...known.options, kind] : [known, kind] }
}

function joined(left: Kind, right: Kind): Kind {
  if (left.type !== 'object' || right.type !== 'object') return left.type === 'text' ? right : left
  return {
    type: 'object',
    fields: new Map([...left.fields, ...right.fields]),
    // Each side ignores what the other one names.
    isClosed: left.isClosed && right.isClosed,
  }
}
