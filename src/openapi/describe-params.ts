import type { CompiledRoute } from '../pipeline/compiled-route.ts'
import type { ParamDescription } from '../params/describe-param.ts'
import { liftSchema, type SchemaPool } from './lift-schema.ts'
import type { Json, Parameter, RequestBody } from './openapi-document.ts'

export interface DescribedParams {
  readonly parameters: readonly Parameter[]
  readonly requestBody: RequestBody | null
}

export interface ParamsPlan {
  readonly route: CompiledRoute
  readonly method: string
  /** Begins the names of shared schemas. */
  readonly owner: string
  readonly pool: SchemaPool
  /** Fields of the body that hold credentials, and whether they must be there. */
  readonly credentials: { readonly names: readonly string[]; readonly areRequired: boolean }
}

/** Methods whose parameters are sent in the body; those of the others are in the query. */
const WITH_BODY = new Set(['POST', 'PUT', 'PATCH'])
/** OpenAPI takes no parameters of these names: security and media types say them. */
const IGNORED_HEADERS = new Set(['accept', 'content-type', 'authorization'])

/** Each parameter at its place: path, query, header, cookie, or the body. */
export function describeParams(plan: ParamsPlan): DescribedParams {
  const { route, method, owner, pool } = plan
  const params = route.binder.params.map((param) => ({
    ...param,
    schema: liftSchema(param.schema, `${owner}_${param.name}`, pool),
  }))
  const hasBody = WITH_BODY.has(method)
  const placed = params.flatMap((param): readonly Parameter[] => {
    if (param.place === 'body' || param.place === 'file' || (param.place === 'field' && hasBody)) return []
    if (param.place === 'header' && IGNORED_HEADERS.has(param.wireName)) return []
    return [formatParameter(param, route)]
  })
  return { parameters: [...placed, ...idempotencyKey(route)], requestBody: describeBody(params, plan) }
}

function formatParameter({ wireName, place, isRequired, schema }: ParamDescription, route: CompiledRoute): Parameter {
  const { description, ...rest } = schema
  const isRest = place === 'path' && route.declaration.path.endsWith(`*${wireName}`)
  const text = typeof description === 'string' ? description : isRest ? 'The rest of the path, with its slashes.' : ''
  return {
    name: wireName,
    in: place === 'path' || place === 'header' || place === 'cookie' ? place : 'query',
    required: isRequired,
    ...(text === '' ? {} : { description: text }),
    ...(rest['type'] === 'object' ? { content: { 'application/json': { schema: rest } } } : { schema: rest }),
  }
}

function idempotencyKey({ declaration: { spec } }: CompiledRoute): readonly Parameter[] {
  if (spec.idempotent === undefined || spec.idempotent === false) return []
  return [
    {
      name: 'Idempotency-Key',
      in: 'header',
      required: spec.idempotent === 'required',
      description: 'The same key gives the same answer, and the work is done once.',
      schema: { type: 'string', pattern: '^[!#-\\[\\]-~]{8,128}$' },
    },
  ]
}

function describeBody(params: readonly ParamDescription[], plan: ParamsPlan): RequestBody | null {
  const { method, credentials } = plan
  const whole = params.find(({ place }) => place === 'body')
  if (whole !== undefined) {
    const isForm = whole.schema['type'] === 'object'
    return { required: whole.isRequired, content: contentOf(whole.schema, isForm ? ['json', 'form'] : ['json']) }
  }
  const fields = params.filter(({ place }) => place === 'file' || (place === 'field' && WITH_BODY.has(method)))
  const ours = new Set(fields.map(({ wireName }) => wireName))
  const names = WITH_BODY.has(method) ? credentials.names.filter((name) => !ours.has(name)) : []
  if (fields.length + names.length === 0) return null
  const hasFiles = fields.some(({ place }) => place === 'file')
  const schema = objectOf(fields, names, credentials.areRequired)
  return {
    required: Array.isArray(schema['required']),
    content: contentOf(schema, hasFiles ? ['multipart'] : ['json', 'form']),
  }
}

const LOGIN: Json = { type: 'string' }
const SECRET: Json = { type: 'string', format: 'password' }

function objectOf(fields: readonly ParamDescription[], credentials: readonly string[], areRequired: boolean): Json {
  const properties = Object.fromEntries([
    ...fields.map(({ wireName, schema }) => [wireName, schema] as const),
    // Of a login and a password, the login comes first and may be seen.
    ...credentials.map((name, i) => [name, i === 0 && credentials.length > 1 ? LOGIN : SECRET] as const),
  ])
  const required = [
    ...fields.filter(({ isRequired }) => isRequired).map(({ wireName }) => wireName),
    ...(areRequired ? credentials : []),
  ]
  const object = { type: 'object', properties, additionalProperties: false }
  return required.length === 0 ? object : { ...object, required }
}

const MEDIA_TYPES = {
  json: 'application/json',
  form: 'application/x-www-form-urlencoded',
  multipart: 'multipart/form-data',
} as const

function contentOf(schema: Json, kinds: readonly (keyof typeof MEDIA_TYPES)[]): RequestBody['content'] {
  return Object.fromEntries(kinds.map((kind) => [MEDIA_TYPES[kind], { schema }]))
}

/** True where a body that is sent is read, so that its size, its type and its form may be refused. */
export function readsBody({ declaration, binder, schemes }: CompiledRoute, method: string): boolean {
  if (declaration.takesAny === true) return false
  const isNeeded = binder.params.some(({ place }) => place === 'body' || place === 'file')
  return method !== 'GET' || isNeeded || schemes.some(({ reads }) => reads === 'body')
}
