import { type $ZodType, toJSONSchema } from 'zod/v4/core'
import type { Schema } from '../core/params.ts'
import { type JsonSchema, readJsonSchema } from './json-schema-kind.ts'
import { isZod } from './zod-kind.ts'

/** Where a parameter is found; `field`: in the JSON object or form, else in the query. */
export type ParamPlace = 'path' | 'field' | 'body' | 'header' | 'cookie' | 'file'

/** One parameter of a route, for documents. */
export interface ParamDescription {
  /** Name of the argument of the handler. */
  readonly name: string
  /** Name that the peer sends; another one for a header. */
  readonly wireName: string
  readonly place: ParamPlace
  readonly isRequired: boolean
  /** JSON Schema (draft 2020-12, as in OpenAPI 3.1) of what is taken. */
  readonly schema: JsonSchema
}

/** JSON Schema of what a schema takes; dates and large integers as the strings that say them. */
export function describeSchema(schema: Schema): JsonSchema {
  const text = isZod(schema) ? describeZod(schema) : (readJsonSchema(schema) ?? {})
  const { $schema: _dialect, '~standard': _standard, ...rest } = text
  return rest
}

function describeZod(schema: $ZodType): JsonSchema {
  const text = toJSONSchema(schema, {
    io: 'input',
    target: 'draft-2020-12',
    unrepresentable: 'any',
    override: ({ zodSchema, jsonSchema }) => {
      const { type } = zodSchema._zod.def
      if (type === 'date') Object.assign(jsonSchema, { type: 'string', format: 'date-time' })
      if (type === 'bigint') Object.assign(jsonSchema, { type: 'string', pattern: '^(0|-?[1-9][0-9]*)$' })
    },
  })
  return { ...text }
}
