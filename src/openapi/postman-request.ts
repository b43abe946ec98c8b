import type { DescribedOperation } from './describe-operation.ts'
import { isJson } from './lift-schema.ts'
import type { Json, Parameter } from './openapi-document.ts'
import type { PostmanCredentials } from './postman-credentials.ts'
import { sampleOf } from './sample-value.ts'

export interface RequestPlan {
  readonly operation: DescribedOperation
  readonly credentials: PostmanCredentials
  readonly name: string
  readonly expected: readonly number[]
  /** True: sent without query and body. */
  readonly isEmpty: boolean
  /** Lines that run once the status was tested. */
  readonly script: readonly string[]
  /** Values of fields by name, instead of samples. */
  readonly values: Readonly<Record<string, string>>
}

/** One request of a collection, with the test of its answer. */
export function formatRequest(plan: RequestPlan): Json {
  const { operation, credentials, name, expected, script } = plan
  const body = formatBody(plan)
  const headers = {
    ...headersOf(operation, plan),
    ...credentials.headers,
    ...(body === null ? {} : { 'Content-Type': 'application/json' }),
  }
  const exec = [
    `pm.test('answers ${expected.join(' or ')}', () => pm.expect(pm.response.code).to.be.oneOf([${expected.join(', ')}]))`,
    ...script,
  ]
  return {
    name,
    event: [{ listen: 'test', script: { type: 'text/javascript', exec } }],
    request: {
      method: operation.method,
      description: operation.operation.summary,
      auth: credentials.auth,
      header: Object.entries(headers).map(([key, value]) => ({ key, value })),
      url: formatUrl(plan),
      ...(body === null ? {} : { body }),
    },
  }
}

function parametersOf({ operation }: DescribedOperation, place: Parameter['in']): readonly Parameter[] {
  return (operation.parameters ?? []).filter((parameter) => parameter.in === place)
}

function headersOf(operation: DescribedOperation, { isEmpty }: RequestPlan): Readonly<Record<string, string>> {
  const needed = parametersOf(operation, 'header').filter(({ required }) => required && !isEmpty)
  return Object.fromEntries(
    needed.map((parameter) => [
      parameter.name,
      parameter.name === 'Idempotency-Key' ? '{{$guid}}' : formatSample(parameter),
    ]),
  )
}

function formatUrl({ operation, isEmpty }: RequestPlan): Json {
  const segments = operation.path.split('/').slice(1)
  const variables = parametersOf(operation, 'path').map((parameter) => ({
    key: parameter.name,
    value: formatSample(parameter),
  }))
  const query = parametersOf(operation, 'query')
    .filter(({ required }) => required && !isEmpty)
    .map((parameter) => ({ key: parameter.name, value: formatSample(parameter) }))
  const path = segments.map((segment) => segment.replace(/^\{(\w+)\}$/, ':$1'))
  const text = query.map(({ key, value }) => `${key}=${encodeURIComponent(value)}`).join('&')
  return {
    raw: `{{baseUrl}}/${path.join('/')}${text === '' ? '' : `?${text}`}`,
    host: ['{{baseUrl}}'],
    path,
    ...(query.length === 0 ? {} : { query }),
    ...(variables.length === 0 ? {} : { variable: variables }),
  }
}

function formatSample({ schema, name }: Parameter): string {
  const value = sampleOf(/url/i.test(name) ? { format: 'uri', ...schema } : (schema ?? {}))
  return typeof value === 'string' ? value : JSON.stringify(value)
}

function formatBody({ operation, credentials, isEmpty, values }: RequestPlan): Json | null {
  const { requestBody } = operation.operation
  const schema = requestBody?.content['application/json']?.schema
  if (schema === undefined) return null
  const { properties } = schema
  const own = operation.route.binder.params.some(({ place }) => place === 'field' || place === 'body')
  const sample = isEmpty || !own ? {} : sampleOf(withoutCredentials(schema, operation))
  const named = isJson(properties) && isJson(sample) ? Object.keys(sample).filter((name) => name in values) : []
  const fields = Object.fromEntries(named.map((name) => [name, values[name]]))
  const whole = isJson(sample) ? { ...sample, ...fields, ...credentials.fields } : sample
  return { mode: 'raw', raw: JSON.stringify(whole, null, 2), options: { raw: { language: 'json' } } }
}

/** What proves who sends is added by who sends. */
function withoutCredentials(schema: Json, { route }: DescribedOperation): Json {
  const names = new Set(route.schemes.flatMap(({ bodyFields }) => bodyFields ?? []))
  const required = Array.isArray(schema['required'])
    ? schema['required'].filter((name) => !names.has(String(name)))
    : []
  return { ...schema, required }
}
