import type { $ZodType, $ZodTypes } from 'zod/v4/core'
import type { Schema } from '../core/params.ts'
import { compileFastCheck, type FastCheck } from './fast-check.ts'
import { kindOfJsonSchema, readJsonSchema } from './json-schema-kind.ts'
import { type Kind, TEXT } from './kind.ts'
import { compileReviver, type Reviver } from './revive-json.ts'
import { isZod, kindOfZod } from './zod-kind.ts'

/** What to do where a parameter is not sent: refuse, give `undefined`, or ask the schema (a default). */
export type AbsentRule = 'missing' | 'undefined' | 'ask'

/** What is found out about a schema once, at boot. */
export interface SchemaFacts {
  readonly kind: Kind
  readonly whenAbsent: AbsentRule
  readonly passesFast: FastCheck | null
  readonly revive: Reviver | null
  /** True where the schema words its own refusal of a wrong type. */
  readonly hasOwnMessage: boolean
  /** True where the schema has a value for what it refuses (`catch`). */
  readonly hasFallback: boolean
}

export function factsOf(schema: Schema): SchemaFacts {
  if (isZod(schema)) return factsOfZod(schema)
  const jsonSchema = readJsonSchema(schema)
  const kind = jsonSchema === null ? TEXT : kindOfJsonSchema(jsonSchema)
  return {
    kind,
    whenAbsent: acceptsUndefined(schema) ? 'ask' : 'missing',
    passesFast: null,
    revive: compileReviver(kind),
    hasOwnMessage: false,
    hasFallback: false,
  }
}

function factsOfZod(schema: $ZodType): SchemaFacts {
  const kind = kindOfZod(schema)
  const chain = wrappersOf(schema)
  const isCoerced = chain.some(({ _zod }) => 'coerce' in _zod.def && _zod.def.coerce === true)
  const revive = compileReviver(kind)
  return {
    kind,
    whenAbsent: absentRule(schema as $ZodTypes), // every schema of Zod is one of its published types
    passesFast: revive === null ? compileFastCheck(schema) : null,
    revive,
    // A coercing schema would make something of a text that we refuse: `0x10`.
    hasOwnMessage: !isCoerced && chain.some(({ _zod }) => _zod.def.error !== undefined),
    hasFallback: !isCoerced && chain.some(({ _zod }) => _zod.def.type === 'catch'),
  }
}

function absentRule(schema: $ZodTypes): AbsentRule {
  const { def, optin } = schema._zod
  if (optin === undefined) return 'missing'
  return def.type === 'optional' && def.innerType._zod.optin === undefined ? 'undefined' : 'ask'
}

/** A schema and those that it wraps: optional, default, nullable and their like, and the input of a pipe. */
function wrappersOf(schema: $ZodType): readonly $ZodType[] {
  const chain: $ZodType[] = []
  let next: $ZodType | null = schema
  while (next !== null && !chain.includes(next)) {
    chain.push(next)
    const { def }: $ZodTypes['_zod'] = (next as $ZodTypes)._zod // every schema of Zod is one of its published types
    if (def.type === 'pipe') next = def.in
    else next = 'innerType' in def ? def.innerType : null
  }
  return chain
}

function acceptsUndefined(schema: Schema): boolean {
  const result = schema['~standard'].validate(undefined)
  if (!(result instanceof Promise)) return result.issues === undefined
  // Asked at each call instead.
  result.catch(() => {})
  return true
}
