import { CLIENT_RUNTIME } from './client-runtime.ts'
import { formatKey, formatType, joinTypes, typeName } from './client-types.ts'
import { isJson } from './lift-schema.ts'
import type { OpenApiDocument, Operation } from './openapi-document.ts'

/** A client of an app as one TypeScript file: flat types, `fetch`, no dependency; for browsers and Node. */
export function formatClient(document: OpenApiDocument): string {
  const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => readOperation(path, method, operation)),
  )
  const { title, version } = document.info
  return `// Written by \`guichet client\` for ${oneLine(String(title))} ${oneLine(String(version))}: change the app, not this.

${[...formatSchemas(document), ...operations.flatMap(formatTypes)].join('\n\n')}

${CLIENT_RUNTIME}
export interface Client {
${operations.map(formatMethod).join('\n')}
}

/** Makes the client of the API at \`baseUrl\`. A call that is refused rejects with a \`CallError\`. */
export function createClient(options: ClientOptions): Client {
  const calls: Readonly<Record<keyof Client, Shape>> = {
${operations.map(formatShape).join('\n')}
  }
  const methods = Object.entries(calls).map(([name, shape]) => {
    return [name, (args: Args = {}, call: CallOptions = {}) => send(options, shape, args, call)] as const
  })
  return Object.fromEntries(methods) as unknown as Client // each method is made from its own shape
}
`
}

interface ClientArg {
  readonly name: string
  readonly place: 'path' | 'query' | 'header' | 'field' | 'body'
  readonly isRequired: boolean
  readonly type: string
  readonly text: string
}

interface ClientOperation {
  readonly name: string
  readonly method: string
  readonly path: string
  readonly args: readonly ClientArg[]
  readonly isMultipart: boolean
  readonly reply: string
  readonly summary: string
  readonly isDeprecated: boolean
}

function readOperation(path: string, method: string, operation: Operation): ClientOperation {
  const args = new Map<string, ClientArg>()
  // A browser sends cookies by itself, and lets no script say which. Of two parameters of one name the first counts.
  for (const arg of [...readParameters(operation), ...readBodyArgs(operation)]) {
    if (!args.has(arg.name)) args.set(arg.name, arg)
  }
  return {
    name: operation.operationId,
    method: method.toUpperCase(),
    path,
    args: [...args.values()],
    isMultipart: operation.requestBody?.content['multipart/form-data'] !== undefined,
    reply: formatReply(operation),
    summary: operation.summary,
    isDeprecated: operation.deprecated === true,
  }
}

function readParameters({ parameters = [] }: Operation): readonly ClientArg[] {
  return parameters.flatMap((parameter): readonly ClientArg[] => {
    const { name, in: place, required, schema, description = '' } = parameter
    if (place === 'cookie') return []
    return [
      {
        name,
        place,
        isRequired: required,
        type: schema === undefined ? 'unknown' : formatType(schema),
        text: description,
      },
    ]
  })
}

function readBodyArgs({ requestBody }: Operation): readonly ClientArg[] {
  if (requestBody === undefined) return []
  const [schema] = Object.values(requestBody.content).map((media) => media.schema)
  if (schema === undefined) return []
  const { properties, required, additionalProperties } = schema
  // Only a body whose fields are parameters says that it takes no others.
  if (!isJson(properties) || additionalProperties !== false) {
    return [{ name: 'body', place: 'body', isRequired: requestBody.required, type: formatType(schema), text: '' }]
  }
  const names = Array.isArray(required) ? required : []
  return Object.entries(properties).map(([name, part]) => {
    const field = isJson(part) ? part : {}
    const text = typeof field['description'] === 'string' ? field['description'] : ''
    return { name, place: 'field', isRequired: names.includes(name), type: formatType(field), text }
  })
}

function formatReply({ responses }: Operation): string {
  const types = Object.entries(responses)
    .filter(([status]) => status.startsWith('2') && status !== '206')
    .map(([, { content = {} }]) => {
      const [type, media] = Object.entries(content)[0] ?? []
      if (type === undefined || media === undefined) return 'undefined'
      if (type.startsWith('text/')) return 'string'
      return type === '*/*' ? 'unknown' : formatType(media.schema)
    })
  return joinTypes(types, '|')
}

function formatSchemas({ components }: OpenApiDocument): readonly string[] {
  return Object.entries(components.schemas).map(
    ([name, schema]) => `export type ${typeName(name)} = ${formatType(schema)}`,
  )
}

function formatTypes({ name, args, reply }: ClientOperation): readonly string[] {
  const members = args.flatMap(({ name: arg, isRequired, type, text }) => [
    ...(text === '' ? [] : [`  /** ${comment(text)} */`]),
    `  readonly ${formatKey(arg)}${isRequired ? '' : '?'}: ${type}`,
  ])
  const type = typeName(name)
  return [
    ...(members.length === 0 ? [] : [`export interface ${type}Args {\n${members.join('\n')}\n}`]),
    `export type ${type}Reply = ${reply}`,
  ]
}

function formatMethod({ name, method, path, args, summary, isDeprecated }: ClientOperation): string {
  const type = typeName(name)
  const isOptional = args.every(({ isRequired }) => !isRequired)
  const given =
    args.length === 0 ? 'args?: Readonly<Record<string, never>>' : `args${isOptional ? '?' : ''}: ${type}Args`
  const text = `${comment(summary)} (${method} ${path})${isDeprecated ? ' @deprecated' : ''}`
  return `  /** ${text} */\n  ${name}(${given}, options?: CallOptions): Promise<${type}Reply>`
}

function formatShape({ name, method, path, args, isMultipart }: ClientOperation): string {
  const namesAt = (place: ClientArg['place']): string =>
    `[${args.flatMap((arg) => (arg.place === place ? [JSON.stringify(arg.name)] : [])).join(', ')}]`
  const body = args.some(({ place }) => place === 'body')
    ? 'whole'
    : args.some(({ place }) => place === 'field')
      ? isMultipart
        ? 'multipart'
        : 'json'
      : 'none'
  const lists = `query: ${namesAt('query')}, headers: ${namesAt('header')}, body: '${body}', fields: ${namesAt('field')}`
  return `    ${name}: { method: '${method}', path: ${JSON.stringify(path)}, ${lists} },`
}

function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, ' ')
}

function comment(text: string): string {
  return oneLine(text).replaceAll('*/', '* /')
}
