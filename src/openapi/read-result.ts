import { findClose, findTop, splitTop } from './code-text.ts'
import type { Json } from './openapi-document.ts'
import type { StatementBook } from './statement-book.ts'

/** What one `return` of a handler sends. */
export interface HandlerResult {
  readonly status: number
  /** Media type; null for no body. */
  readonly type: string | null
  /** Null where nothing is known of the body. */
  readonly schema: Json | null
}

export interface ResultContext {
  /** Text of the whole handler, where constants are declared. */
  readonly body: string
  readonly statements: StatementBook
  /** True where the rule of the route needs a known user. */
  readonly hasUser: boolean
}

const JSON_TYPE = 'application/json'
const OCTETS = 'application/octet-stream'
const NOTHING: HandlerResult = { status: 204, type: null, schema: null }
const UNKNOWN: HandlerResult = { status: 200, type: JSON_TYPE, schema: null }
const PAGE: HandlerResult = { status: 200, type: 'text/html; charset=utf-8', schema: { type: 'string' } }
/** Constants that name each other are followed no deeper. */
const DEPTH_MAX = 8

/** Status, media type and schema of a returned expression, as far as its text says: one for each branch of it. */
export function readResults(text: string, context: ResultContext): readonly HandlerResult[] {
  const expression = unwrap(text)
  if (expression === '' || expression === 'undefined') return [NOTHING]
  const branches = splitTernary(expression)
  if (branches !== null) return branches.flatMap((branch) => readResults(branch, context))
  if (/^html\s*`/.test(expression)) return [PAGE]
  const call = readCall(expression)
  if (call !== null && Object.hasOwn(REPLIES, call.name)) return [REPLIES[call.name]?.(call.args, context) ?? UNKNOWN]
  return [{ status: 200, type: JSON_TYPE, schema: schemaOf(expression, context, 0) }]
}

type ReadReply = (args: readonly string[], context: ResultContext) => HandlerResult

/** The functions of the framework that make replies. */
const REPLIES: Readonly<Record<string, ReadReply>> = {
  created: ([body = ''], context) => ({ status: 201, type: JSON_TYPE, schema: schemaOf(body, context, 0) }),
  attachment: ([, , type]) => ({
    status: 200,
    type: /^(['"])([^'"]+)\1$/.exec(type?.trim() ?? '')?.[2] ?? (type === undefined ? OCTETS : '*/*'),
    schema: { type: 'string', format: 'binary' },
  }),
  changed: () => NOTHING,
  noContent: () => NOTHING,
  redirect: ([, status]) => ({ status: Number(status ?? 303), type: null, schema: null }),
  text: () => ({ status: 200, type: 'text/plain; charset=utf-8', schema: { type: 'string' } }),
  found: ([value = ''], context) => ({
    status: 200,
    type: JSON_TYPE,
    schema: withoutNull(schemaOf(value, context, 0)),
  }),
  reply: ([body = '', options = ''], context) => {
    if (/^html\s*`/.test(unwrap(body)))
      return { ...PAGE, status: Number(/\bstatus:\s*(\d{3})/.exec(options)?.[1] ?? 200) }
    const [, status = '200'] = /\bstatus:\s*(\d{3})/.exec(options) ?? []
    const isEmpty = body === 'undefined' || status === '204' || status === '304'
    return {
      status: Number(status),
      type: isEmpty ? null : JSON_TYPE,
      schema: isEmpty ? null : schemaOf(body, context, 0),
    }
  },
}

function schemaOf(text: string, context: ResultContext, depth: number): Json | null {
  const expression = unwrap(text)
  if (depth > DEPTH_MAX) return null
  const branches = splitTernary(expression)
  if (branches !== null) return anyOf(branches.map((branch) => schemaOf(branch, context, depth + 1)))
  if (/^(['"])(?:(?!\1).)*\1$/.test(expression) || /^`[^`]*`$/.test(expression)) return { type: 'string' }
  if (/^\d+(\.\d+)?$/.test(expression)) return { type: 'number' }
  if (expression === 'true' || expression === 'false') return { type: 'boolean' }
  if (expression.startsWith('{') && findClose(expression, 0) === expression.length - 1) {
    return objectOf(expression.slice(1, -1), context, depth)
  }
  const call = readCall(expression)
  if (call === null) return constantOf(expression, context, depth)
  if (/^(?:[\w$]+\.)?createToken$/.test(call.name)) return { type: 'string' }
  if (call.name === 'found') return withoutNull(schemaOf(call.args[0] ?? '', context, depth + 1))
  const [, statement] = /^(?:[\w$]+\.)?sql\.([\w$.]+)$/.exec(call.name) ?? []
  return statement === undefined ? null : (context.statements.get(statement)?.schema ?? null)
}

function objectOf(members: string, context: ResultContext, depth: number): Json {
  const properties: Record<string, Json> = {}
  const required: string[] = []
  let isOpen = false
  for (const member of splitTop(members, ',').filter((one) => one !== '')) {
    const [, name, value] = /^(?:'([^']*)'|([\w$]+))$/.test(member)
      ? [member, member, member]
      : (/^['"]?([\w$-]+)['"]?\s*:\s*([^]+)$/.exec(member) ?? [])
    if (name === undefined || value === undefined) isOpen = true
    else {
      properties[name] = schemaOf(value, context, depth + 1) ?? {}
      required.push(name)
    }
  }
  const known = { type: 'object', properties }
  return isOpen || required.length === 0 ? known : { ...known, required }
}

/** `const id = await sql.addRecipe(…)`, or the user of the call. */
function constantOf(name: string, context: ResultContext, depth: number): Json | null {
  const user: Json = { type: context.hasUser ? 'string' : ['string', 'null'] }
  if (!/^[A-Za-z_$][\w$]*$/.test(name)) return name === 'call.user' ? user : null
  const declared = new RegExp(`\\bconst ${name.replaceAll('$', String.raw`\$`)}\\s*=\\s*`).exec(context.body)
  if (declared === null) return name === 'user' ? user : null
  const rest = context.body.slice(declared.index + declared[0].length)
  const end = findTop(rest, (i) => rest[i] === ';' || rest[i] === '\n')
  return schemaOf(rest.slice(0, end === -1 ? rest.length : end), context, depth + 1)
}

interface CallText {
  readonly name: string
  readonly args: readonly string[]
}

/** A call that is the whole expression: `found(await sql.getStuff({ sid }))`. */
function readCall(expression: string): CallText | null {
  const [head, name] = /^([\w$.]+)\(/.exec(expression) ?? []
  if (head === undefined || name === undefined) return null
  const close = findClose(expression, head.length - 1)
  if (close !== expression.length - 1) return null
  return { name, args: splitTop(expression.slice(head.length, close), ',').filter((one) => one !== '') }
}

function splitTernary(expression: string): readonly [string, string] | null {
  const mark = findTop(
    expression,
    (i) => expression[i] === '?' && !/[?.]/.test(expression[i + 1] ?? '') && expression[i - 1] !== '?',
  )
  if (mark === -1) return null
  const rest = expression.slice(mark + 1)
  const colon = findTop(rest, (i) => rest[i] === ':')
  return colon === -1 ? null : [rest.slice(0, colon), rest.slice(colon + 1)]
}

function unwrap(text: string): string {
  const plain = text.trim().replace(/;$/, '')
  if (plain.startsWith('await ')) return unwrap(plain.slice('await '.length))
  const isWrapped = plain.startsWith('(') && findClose(plain, 0) === plain.length - 1
  return isWrapped ? unwrap(plain.slice(1, -1)) : plain
}

/** One of several schemas; null where one of them is not known. */
export function anyOf(schemas: readonly (Json | null)[]): Json | null {
  const known = new Map(schemas.map((schema) => [JSON.stringify(schema), schema]))
  const distinct = [...known.values()]
  if (distinct.includes(null)) return null
  return distinct.length === 1 ? (distinct[0] ?? null) : { anyOf: distinct }
}

/** The schema without its null: `found()` refuses that. */
function withoutNull(schema: Json | null): Json | null {
  if (schema === null) return null
  const { type, anyOf: options } = schema
  if (Array.isArray(type)) {
    const rest: readonly unknown[] = type.filter((one) => one !== 'null')
    return { ...schema, type: rest.length === 1 ? rest[0] : rest }
  }
  if (!Array.isArray(options)) return schema
  const rest = (options as readonly Json[]).filter((option) => option['type'] !== 'null') // schemas stand in anyOf
  return rest.length === 1 ? (rest[0] ?? null) : { anyOf: rest }
}
