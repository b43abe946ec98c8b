import type { z } from 'zod'
import type { ConfigMistake } from '../core/config-error.ts'

/** The app's own configuration values, declared by a Zod object. */
export type OwnConfigSchema = z.ZodObject

export interface OwnSetting {
  readonly name: string
  readonly value: string
  readonly source: 'default' | 'file' | 'environment'
}

export interface OwnConfig {
  readonly value: unknown
  readonly names: readonly string[]
  readonly list: readonly OwnSetting[]
  readonly mistakes: readonly ConfigMistake[]
}

type Texts = Readonly<Record<string, string | undefined>>

/** `maxItems` is read from `MAX_ITEMS`. */
function environmentName(key: string): string {
  return key.replaceAll(/([a-z0-9])([A-Z])/g, '$1_$2').toUpperCase()
}

/**
 * Reads the app's own values: each from the environment or the file under its upper-case name, as text that is turned
 * into the type of the schema.
 */
export function readOwnConfig(
  schema: OwnConfigSchema | undefined,
  { environment, file }: { readonly environment: Texts; readonly file: Texts },
): OwnConfig {
  if (schema === undefined) return { value: undefined, names: [], list: [], mistakes: [] }
  const keys = Object.keys(schema.shape)
  const names = keys.map(environmentName)
  const given: Record<string, unknown> = {}
  for (const key of keys) {
    const text = environment[environmentName(key)] ?? file[environmentName(key)]
    // A Zod object holds Zod schemas; its default type says `any`.
    const field = schema.shape[key] as z.core.$ZodType | undefined
    if (text !== undefined && field !== undefined) given[key] = fromText(text, field)
  }
  const parsed = schema.safeParse(given)
  if (!parsed.success) {
    const mistakes = parsed.error.issues.map((issue) => {
      const name = environmentName(String(issue.path[0] ?? ''))
      const current = environment[name] ?? file[name]
      return { where: name, problem: issue.message, ...(current === undefined ? {} : { current }) }
    })
    return { value: undefined, names, list: [], mistakes }
  }
  const value = Object.freeze(parsed.data)
  const list = Object.entries(value).map(([key, one]): OwnSetting => {
    const name = environmentName(key)
    const source = environment[name] !== undefined ? 'environment' : file[name] !== undefined ? 'file' : 'default'
    return { name, value: String(one), source }
  })
  return { value, names, list, mistakes: [] }
}

/** Numbers and booleans are written as text in an environment; everything else is text already. */
function fromText(text: string, field: z.core.$ZodType): unknown {
  const type = innerType(field)
  if (type === 'number' || type === 'int') return /^-?\d+(\.\d+)?$/.test(text) ? Number(text) : text
  if (type === 'boolean')
    return text === 'true' || text === '1' ? true : text === 'false' || text === '0' ? false : text
  if (type === 'bigint') return /^-?\d+$/.test(text) ? BigInt(text) : text
  return text
}

function innerType(field: z.core.$ZodType): string {
  const def: { readonly type: string; readonly innerType?: z.core.$ZodType } = field._zod.def
  return def.innerType === undefined ? def.type : innerType(def.innerType)
}
