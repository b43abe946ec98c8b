import type { AppView } from '../pipeline/app-view.ts'
import { namesOf } from './audience.ts'
import { describeOperation, type DescribedOperation } from './describe-operation.ts'
import { describeExamples, HEADER_COMPONENTS, PROTOCOL_REFUSALS, refusalSchemas } from './describe-refusals.ts'
import { isJson, type SchemaPool } from './lift-schema.ts'
import { type ComponentKind, type Json, type OpenApiDocument, refTo } from './openapi-document.ts'
import { readStatementBook } from './statement-book.ts'

/** What a document says of the app as a whole. */
export interface DocumentOptions {
  /** The name of the app by default. */
  readonly title?: string
  /** Version of the API; `0.0.0` by default. */
  readonly version?: string
  readonly description?: string
  readonly contact?: { readonly name?: string; readonly url?: string; readonly email?: string }
  /** `identifier` is that of SPDX: `MIT`. */
  readonly license?: { readonly name: string; readonly identifier?: string; readonly url?: string }
  readonly termsOfService?: string
  /** Where the API is; the server that gives the document by default. */
  readonly servers?: readonly string[]
  /** What the tags say. A tag is the first segment of a path, unless the route names some. */
  readonly tags?: Readonly<Record<string, string>>
}

/** All operations of an app, from which the document of each audience is made. */
export interface DescribedApp {
  readonly operations: readonly DescribedOperation[]
  /** The document with the operations that are kept, and only what they need. */
  select(isKept: (operation: DescribedOperation) => boolean): OpenApiDocument
}

/**
 * Describes the routes of an app: those of all hosts, or those that one host serves. Where two hosts have the same method
 * and path, the first stands for both.
 */
export function describeApp(view: AppView, options: DocumentOptions = {}, host?: string | null): DescribedApp {
  const pool: SchemaPool = new Map(Object.entries(refusalSchemas(view)))
  const plan = { view, statements: readStatementBook(view.queries), pool, ids: new Set<string>() }
  const seen = new Set<string>()
  const operations = view.routes
    .filter(({ declaration }) => host === undefined || declaration.host === null || declaration.host === host)
    .flatMap((route) => route.declaration.methods.map((method) => describeOperation(route, method, plan)))
    .filter(({ method, path }) => seen.size < seen.add(`${method} ${path}`).size)
  return {
    operations,
    select: (isKept) => formatDocument(operations.filter(isKept), { view, options, pool }),
  }
}

interface Frame {
  readonly view: AppView
  readonly options: DocumentOptions
  readonly pool: SchemaPool
}

function formatDocument(operations: readonly DescribedOperation[], frame: Frame): OpenApiDocument {
  const { view, options } = frame
  const paths: Record<string, Record<string, DescribedOperation['operation']>> = {}
  for (const { path, method, operation } of operations) (paths[path] ??= {})[method.toLowerCase()] = operation
  return {
    openapi: '3.1.1',
    info: formatInfo(view, options),
    servers: (options.servers ?? [view.prefix || '/']).map((url) => ({ url })),
    tags: formatTags(operations, options),
    paths,
    components: collectComponents(paths, operations, frame),
    'x-audiences': ['nobody', 'user', ...audiencesOf(operations)],
  }
}

function formatInfo({ name }: AppView, options: DocumentOptions): Json {
  const { title = name, version = '0.0.0', description, contact, license, termsOfService } = options
  return {
    title,
    version,
    description: description ?? `The API of ${title}. Each operation says who may call it, and how it may refuse.`,
    ...(contact === undefined ? {} : { contact }),
    ...(license === undefined ? {} : { license }),
    ...(termsOfService === undefined ? {} : { termsOfService }),
  }
}

function formatTags(operations: readonly DescribedOperation[], { tags }: DocumentOptions): OpenApiDocument['tags'] {
  const names = [...new Set(operations.flatMap(({ operation }) => operation.tags))]
  return names.map((name) => ({ name, description: tags?.[name] ?? describeTag(name, operations) }))
}

function describeTag(name: string, operations: readonly DescribedOperation[]): string {
  const isSegment = operations.some(({ path }) => path === `/${name}` || path.startsWith(`/${name}/`))
  return isSegment ? `Routes under \`/${name}\`.` : `Routes of ${name}.`
}

function audiencesOf(operations: readonly DescribedOperation[]): readonly string[] {
  return [...new Set(operations.flatMap(({ route }) => namesOf(route.declaration.spec.authorize.node)))]
}

type Components = Record<ComponentKind, Record<string, Json>>

/** The shared parts that are referred to, and those that they refer to: nothing of what an audience must not see. */
function collectComponents(
  paths: object,
  operations: readonly DescribedOperation[],
  { view, pool }: Frame,
): Components {
  const all: Components = {
    examples: merge([describeExamples(PROTOCOL_REFUSALS, view), ...operations.map(({ examples }) => examples)]),
    headers: { ...HEADER_COMPONENTS },
    responses: { Protocol: protocolResponse(view) },
    schemas: Object.fromEntries(pool),
    securitySchemes: merge(operations.map(({ securitySchemes }) => securitySchemes)),
  }
  const used: Components = {
    examples: {},
    headers: {},
    responses: {},
    schemas: {},
    securitySchemes: all.securitySchemes,
  }
  const visit = (part: unknown): void => {
    if (Array.isArray(part)) for (const item of part) visit(item)
    if (!isJson(part)) return
    const [, kind, name] = /^#\/components\/(\w+)\/(.+)$/.exec(String(part['$ref'])) ?? []
    if (kind !== undefined && name !== undefined) take(kind as ComponentKind, name) // refTo() and liftSchema() write these
    for (const value of Object.values(part)) visit(value)
  }
  const take = (kind: ComponentKind, name: string): void => {
    const found = all[kind][name]
    if (found === undefined || name in used[kind]) return
    used[kind][name] = found
    visit(found)
  }
  visit(paths)
  return used
}

function merge(parts: readonly Readonly<Record<string, Json>>[]): Record<string, Json> {
  return Object.fromEntries(parts.flatMap((part) => Object.entries(part)))
}

function protocolResponse(view: AppView): Json {
  const [schema = 'Problem'] = Object.keys(refusalSchemas(view))
  const type =
    view.errors === 'problem' ? 'application/problem+json' : view.errors === 'text' ? 'text/plain' : 'application/json'
  const examples = Object.fromEntries(PROTOCOL_REFUSALS.map(({ code }) => [code, refTo('examples', code)]))
  return {
    description: 'What any message may be answered with: HTTP is broken, or one of its limits passed.',
    content: { [type]: { schema: refTo('schemas', schema), examples } },
  }
}
