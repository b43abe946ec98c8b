import { findClose, splitTop } from './code-text.ts'
import type { Json } from './openapi-document.ts'
import type { StatementFacts } from './statement-book.ts'

/** Reads `export interface Sql { … }` of a generated file; what it does not understand it leaves out. */
export function parseSqlInterface(text: string): ReadonlyMap<string, StatementFacts> {
  const book = new Map<string, StatementFacts>()
  const open = text.indexOf('{', text.search(/\binterface Sql\b/))
  const close = open === -1 ? -1 : findClose(text, open)
  if (close !== -1) readMembers(text.slice(open + 1, close).split('\n'), '', book)
  return book
}

/** The generated file has one line for each method, and lines of their own for what is around it. */
function readMembers(lines: readonly string[], prefix: string, book: Map<string, StatementFacts>): void {
  let path = prefix
  let doc: string[] = []
  for (const line of lines) {
    const text = line.trim()
    const [, folder] = /^readonly ([\w$]+): \{$/.exec(text) ?? []
    const [, name, after = ''] = /^([\w$]+)(\(.*)$/.exec(text) ?? []
    if (folder !== undefined) path = `${path}${folder}.`
    else if (text === '}') path = path.replace(/[^.]+\.$/, '')
    else if (/^(?:\/\*\*|\*)/.test(text))
      doc.push(
        text
          .replace(/^\/?\*+\/?/, '')
          .replace(/\*\/$/, '')
          .trim(),
      )
    else if (name !== undefined) {
      const result = after.slice(findClose(after, 0) + 1).replace(/^:\s*/, '')
      book.set(path + name, { doc: doc.filter((one) => one !== '').join('\n'), schema: schemaOfType(result) })
      doc = []
    }
  }
}

const PRIMITIVES: Readonly<Record<string, Json>> = {
  number: { type: 'number' },
  string: { type: 'string' },
  boolean: { type: 'boolean' },
  null: { type: 'null' },
  bigint: { type: 'string', pattern: '^(0|-?[1-9][0-9]*)$' },
  Date: { type: 'string', format: 'date-time' },
  unknown: {},
}

/** JSON Schema of what a TypeScript type of the generator is as JSON; null for none. */
function schemaOfType(text: string): Json | null {
  const type = text.trim()
  const wrapped = /^(?:Promise|AsyncIterable)</.exec(type)
  if (wrapped !== null && type.endsWith('>')) {
    const inner = schemaOfType(type.slice(wrapped[0].length, -1))
    return inner !== null && type.startsWith('Async') ? { type: 'array', items: inner } : inner
  }
  const options = splitTop(type, '|')
  if (options.length > 1) return unionOf(options)
  if (type.endsWith('[]')) {
    const items = schemaOfType(type.slice(0, -2).replace(/^readonly /, ''))
    return items === null ? null : { type: 'array', items }
  }
  if (type.startsWith('(')) return schemaOfType(type.slice(1, -1))
  if (type.startsWith('{')) return objectOf(type.slice(1, -1))
  if (/^'.*'$/.test(type)) return { const: unquote(type) }
  return Object.hasOwn(PRIMITIVES, type) ? (PRIMITIVES[type] ?? null) : null
}

function unionOf(options: readonly string[]): Json | null {
  if (options.every((option) => /^'.*'$/.test(option))) return { type: 'string', enum: options.map(unquote) }
  const schemas = options.map(schemaOfType)
  if (schemas.includes(null)) return null
  const types = schemas.map((schema) => (Object.keys(schema ?? {}).join('') === 'type' ? schema?.['type'] : undefined))
  return types.includes(undefined) ? { anyOf: schemas } : { type: types }
}

function objectOf(members: string): Json {
  const properties: Record<string, Json> = {}
  for (const member of splitTop(members, ';')) {
    const [, name, type] = /^(?:readonly )?('[^']*'|[\w$]+)\??:\s*([^]+)$/.exec(member) ?? []
    if (name !== undefined && type !== undefined) properties[unquote(name)] = schemaOfType(type) ?? {}
  }
  return { type: 'object', properties, required: Object.keys(properties) }
}

function unquote(text: string): string {
  return text.startsWith("'") ? text.slice(1, -1).replaceAll("\\'", "'") : text
}
