import { basename, dirname, relative } from 'node:path'
import { statSync } from 'node:fs'
import { ConfigError } from '../core/config-error.ts'
import type { ConfigMistake } from '../core/config-error.ts'
import { quoteText } from './codecs.ts'
import type { Codec, Int8Mode } from './codecs.ts'
import { describeStatement } from './describe-statement.ts'
import type { DescribedStatement, TypedColumn } from './describe-statement.ts'
import type { Connection } from './driver.ts'
import { sqlFile } from './queries.ts'
import type { StatementTree } from './queries.ts'
import type { Statement } from './statement.ts'
import { createTypeCatalog } from './type-catalog.ts'
import type { TypeCatalog } from './type-catalog.ts'

export interface GenerateOptions {
  /** The `.sql` file, or the folder of them. */
  readonly path: string
  /** A database with the schema applied; nothing is run on it, statements are only described. */
  readonly driver: Connection
  /** As given to `createDatabase`. */
  readonly int8?: Int8Mode
  /** Where the text will be written; default `queriesOutputPath(path)`. */
  readonly outputPath?: string
}

/** `queries.sql` → `queries.sql.ts`; the folder `queries` → `queries.sql.ts` beside it. */
export function queriesOutputPath(path: string): string {
  const plain = path.replace(/[/\\]+$/, '')
  return plain.endsWith('.sql') ? `${plain}.ts` : `${plain}.sql.ts`
}

/**
 * Gives the text of `queries.sql.ts`: one flat interface with the types that the database finds for each statement,
 * and the constant that names the files. Throws a `ConfigError` with every statement that the database refuses.
 */
export async function generateQueries(options: GenerateOptions): Promise<string> {
  const { path, driver, int8 = 'number', outputPath = queriesOutputPath(path) } = options
  const { tree, mistakes } = sqlFile(path).load()
  if (mistakes.length > 0) throw new ConfigError(mistakes)
  const generator: Generator = { driver, types: createTypeCatalog(int8), mistakes: [] }
  const members = await formatTree(generator, tree, '  ')
  if (generator.mistakes.length > 0) throw new ConfigError(generator.mistakes)
  const source = relative(dirname(outputPath), path).split('\\').join('/')
  const url = statSync(path).isDirectory() ? `./${source}/` : `./${source}`
  return `// Written by \`guichet sql\` from ${basename(path)}: change that, not this.
import { sqlFile } from 'guichet/sql'
import type { Queries } from 'guichet/sql'

export interface Sql {
${members.join('\n')}
}

export const queries: Queries<Sql> = sqlFile<Sql>(new URL(${quoteText(url)}, import.meta.url))
`
}

interface Generator {
  readonly driver: Connection
  readonly types: TypeCatalog
  readonly mistakes: ConfigMistake[]
}

async function formatTree(generator: Generator, tree: StatementTree, indent: string): Promise<string[]> {
  const lines: string[] = []
  for (const statement of tree.statements) {
    const described = await describeStatement(generator.driver, generator.types, statement)
    if ('mistake' in described) generator.mistakes.push(described.mistake)
    else lines.push(...formatDoc(statement.doc, indent), `${indent}${formatMethod(statement, described)}`)
  }
  for (const [name, child] of tree.children) {
    lines.push(`${indent}readonly ${name}: {`, ...(await formatTree(generator, child, `${indent}  `)), `${indent}}`)
  }
  return lines
}

function formatDoc(doc: string, indent: string): string[] {
  const lines = doc.replaceAll('*/', '* /').trim().split('\n')
  if (lines[0] === '') return []
  if (lines.length === 1) return [`${indent}/** ${lines[0]} */`]
  return [`${indent}/**`, ...lines.map((line) => `${indent} * ${line}`.trimEnd()), `${indent} */`]
}

function formatMethod(statement: Statement, described: DescribedStatement): string {
  const { method, kind, parameters } = statement
  const fields = parameters.map((name, index) => `${quoteKey(name)}: ${parameterType(described.parameters[index])}`)
  const args = `{ ${fields.join('; ')} }`
  if (kind === 'batch') return `${method}(rows: readonly ${args}[]): Promise<number>`
  return `${method}(${fields.length === 0 ? '' : `args: ${args}`}): ${resultType(statement, described)}`
}

function resultType(statement: Statement, { columns }: DescribedStatement): string {
  switch (statement.kind) {
    case 'affected':
    case 'batch':
      return 'Promise<number>'
    case 'script':
      return 'Promise<void>'
    case 'value': {
      const [column] = columns
      const isOneRow = statement.shape.isOneRow || column?.hint === '!'
      const type = column === undefined ? 'null' : columnType(column)
      return `Promise<${isOneRow ? type : orNull(type)}>`
    }
    case 'row':
      return `Promise<${orNull(rowType(statement, columns))}>`
    default:
      return statement.isStream
        ? `AsyncIterable<${rowType(statement, columns)}>`
        : `Promise<${rowType(statement, columns)}[]>`
  }
}

function rowType({ isTuple }: Statement, columns: readonly TypedColumn[]): string {
  if (!isTuple) return `{ ${columns.map((column) => `${quoteKey(column.name)}: ${columnType(column)}`).join('; ')} }`
  const isNamed = columns.every(({ name }) => IDENTIFIER.test(name))
  return `[${columns.map((column) => `${isNamed ? `${column.name}: ` : ''}${columnType(column)}`).join(', ')}]`
}

function columnType({ codec, isNullable }: TypedColumn): string {
  return isNullable ? orNull(codec.result) : codec.result
}

function parameterType(codec: Codec | undefined): string {
  return orNull(codec?.parameter ?? 'string')
}

function orNull(type: string): string {
  return type === 'unknown' || type === 'null' || type.endsWith('| null') ? type : `${type} | null`
}

const IDENTIFIER = /^[A-Za-z_$][A-Za-z0-9_$]*$/

function quoteKey(name: string): string {
  return IDENTIFIER.test(name) ? name : quoteText(name)
}
