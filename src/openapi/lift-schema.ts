import type { Json } from './openapi-document.ts'

/** Shared schemas of one document, by name. */
export type SchemaPool = Map<string, Json>

/**
 * The schema with its own definitions moved to the shared ones, since `#/$defs/…` means another place in a document.
 * `owner` begins their names.
 */
export function liftSchema(schema: Json, owner: string, pool: SchemaPool): Json {
  const { $defs, ...own } = schema
  const names = new Map<string, string>()
  for (const name of Object.keys(isJson($defs) ? $defs : {})) names.set(`#/$defs/${name}`, `${owner}_${toName(name)}`)
  const isRecursive = JSON.stringify(own).includes('"$ref":"#"')
  if (isRecursive) names.set('#', `${owner}_self`)
  for (const [name, part] of Object.entries(isJson($defs) ? $defs : {})) {
    if (isJson(part)) pool.set(names.get(`#/$defs/${name}`) ?? name, rewrite(part, names))
  }
  const lifted = rewrite(own, names)
  if (!isRecursive) return lifted
  pool.set(`${owner}_self`, lifted)
  return { $ref: `#/components/schemas/${owner}_self` }
}

function rewrite(schema: Json, names: ReadonlyMap<string, string>): Json {
  const entries = Object.entries(schema)
    .filter(([key, value]) => !isSafeBound(key, value))
    .map(([key, value]): [string, unknown] => {
      const known = key === '$ref' && typeof value === 'string' ? names.get(value) : undefined
      return [key, known === undefined ? rewriteValue(value, names) : `#/components/schemas/${known}`]
    })
  return Object.fromEntries(entries)
}

function rewriteValue(value: unknown, names: ReadonlyMap<string, string>): unknown {
  if (Array.isArray(value)) return value.map((item) => rewriteValue(item, names))
  return isJson(value) ? rewrite(value, names) : value
}

/** Every integer of JavaScript has these bounds: they tell a reader nothing. */
function isSafeBound(key: string, value: unknown): boolean {
  return (
    (key === 'maximum' && value === Number.MAX_SAFE_INTEGER) || (key === 'minimum' && value === Number.MIN_SAFE_INTEGER)
  )
}

function toName(text: string): string {
  return text.replaceAll(/[^A-Za-z0-9._-]/g, '_')
}

export function isJson(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
