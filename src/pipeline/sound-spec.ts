import type { ConfigMistake } from '../core/config-error.ts'
import type { RouteDeclaration, RouteSpec } from '../core/route-spec.ts'

/** All that a route may say; where types are not checked, `freshh` would protect nothing. */
const OPTIONS: Readonly<Record<keyof RouteSpec, true>> = {
  authorize: true,
  params: true,
  authn: true,
  realm: true,
  fresh: true,
  limit: true,
  cors: true,
  timeout: true,
  idempotent: true,
  essential: true,
  summary: true,
  description: true,
  tags: true,
  reply: true,
  status: true,
  refuses: true,
  deprecated: true,
  etag: true,
  retry: true,
  readonly: true,
  serializable: true,
  bodyBytesMax: true,
}

/** What of a declaration can be compiled, and what is wrong with the rest. */
export interface SoundSpec {
  readonly spec: RouteSpec
  readonly mistakes: readonly ConfigMistake[]
}

/** An app runs unbuilt: nobody may have asked the compiler, which refuses all this. */
export function soundSpec({ spec, handler, written = handler }: RouteDeclaration, where: string): SoundSpec {
  const mistakes: ConfigMistake[] = Object.keys(spec)
    .filter((name) => !Object.hasOwn(OPTIONS, name))
    .map((name) => ({ where, problem: `there is no option "${name}"` }))
  if (typeof written !== 'function')
    mistakes.push({ where, problem: 'the route has no handler', wanted: '(params, call) => …, after the declaration' })
  const { authn, params, ...rest } = spec
  const isList = authn === undefined || (Array.isArray(authn) && authn.every(isScheme))
  if (!isList) mistakes.push({ where, problem: 'authn is not a list of schemes', wanted: 'authn: [basic()]' })
  const isShape = params === undefined || (typeof params === 'object' && params !== null && !('~standard' in params))
  if (!isShape)
    mistakes.push({ where, problem: 'params is not an object of schemas', wanted: 'params: { name: z.string() }' })
  const sound = {
    ...rest,
    ...(isList && authn !== undefined ? { authn } : {}),
    ...(isShape && params !== undefined ? { params } : {}),
  }
  return { spec: sound, mistakes }
}

function isScheme(one: unknown): boolean {
  return (typeof one === 'object' || typeof one === 'function') && one !== null && 'name' in one
}
