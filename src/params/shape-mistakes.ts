import type { $ZodType, $ZodTypes } from 'zod/v4/core'
import type { Schema } from '../core/params.ts'
import { isZod, kindOfZod } from './zod-kind.ts'

export interface DefaultMistake {
  readonly problem: string
  readonly current: string
}

const NESTING_MAX = 10

/** Defaults that their own schema refuses: Zod gives them without looking. */
export function findBadDefaults(schema: Schema): readonly DefaultMistake[] {
  return isZod(schema) ? findIn(schema, '', NESTING_MAX) : []
}

function findIn(schema: $ZodType, path: string, depth: number): readonly DefaultMistake[] {
  if (depth === 0) return []
  const { def } = (schema as $ZodTypes)._zod // every schema of Zod is one of its published types
  switch (def.type) {
    case 'default':
      return [
        ...checkDefault(outputOf(def.innerType), def.defaultValue, path),
        ...findIn(def.innerType, path, depth - 1),
      ]
    case 'prefault':
      return [...checkDefault(def.innerType, def.defaultValue, path), ...findIn(def.innerType, path, depth - 1)]
    case 'optional':
    case 'nullable':
    case 'nonoptional':
    case 'readonly':
    case 'catch':
      return findIn(def.innerType, path, depth - 1)
    case 'pipe':
      return findIn(def.in, path, depth - 1)
    case 'array':
      return findIn(def.element, `${path}[]`, depth - 1)
    case 'object':
      return Object.entries(def.shape).flatMap(([name, part]) => findIn(part, `${path}.${name}`, depth - 1))
    default:
      return []
  }
}

function checkDefault(schema: $ZodType | null, value: unknown, path: string): readonly DefaultMistake[] {
  if (schema === null) return []
  const standard: Schema['~standard'] = (schema as $ZodType & Schema)['~standard'] // Zod schemas are Standard Schemas
  const result = standard.validate(value)
  if (result instanceof Promise) {
    // Needs time that boot does not have: what it says comes with the first call.
    result.catch(() => {})
    return []
  }
  const issue = result.issues?.[0]
  if (issue === undefined) return []
  const at = path === '' ? '' : ` of ${path.replace(/^\./, '')}`
  return [{ problem: `the default${at} is refused by its own schema: ${issue.message}`, current: formatValue(value) }]
}

/** What checks the output of a schema: a default skips a transform. Null where nothing can. */
function outputOf(schema: $ZodType): $ZodType | null {
  const { def } = (schema as $ZodTypes)._zod // every schema of Zod is one of its published types
  switch (def.type) {
    case 'pipe':
      return outputOf(def.out)
    case 'transform':
      return null
    case 'optional':
    case 'nullable':
    case 'nonoptional':
    case 'readonly':
      return outputOf(def.innerType) === def.innerType ? schema : null
    default:
      return kindOfZod(schema).type === 'none' ? null : schema
  }
}

function formatValue(value: unknown): string {
  try {
    return JSON.stringify(value) ?? String(value)
  } catch {
    return String(value)
  }
}
