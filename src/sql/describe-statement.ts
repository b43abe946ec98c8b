import type { ConfigMistake } from '../core/config-error.ts'
import { unknownCodec } from './codecs.ts'
import type { Codec } from './codecs.ts'
import type { Column, Connection, Description } from './driver.ts'
import { splitColumnHint } from './row-reader.ts'
import { SqlError } from './sql-error.ts'
import { OPERATORS } from './statement.ts'
import type { Statement } from './statement.ts'
import type { TypeCatalog } from './type-catalog.ts'

export interface TypedColumn {
  /** Without its hint. */
  readonly name: string
  readonly codec: Codec
  readonly isNullable: boolean
  readonly hint: '!' | '?' | null
}

export interface DescribedStatement {
  readonly parameters: readonly Codec[]
  readonly columns: readonly TypedColumn[]
}

/** Asks the database for the types of a statement; gives the mistake when it refuses, or when the operator is wrong. */
export async function describeStatement(
  connection: Connection,
  types: TypeCatalog,
  statement: Statement,
): Promise<DescribedStatement | { readonly mistake: ConfigMistake }> {
  // A script is several statements, which cannot be described together.
  if (statement.kind === 'script') return { parameters: [], columns: [] }
  try {
    const description = await connection.describe(statement.text)
    const problem = findProblem(statement, description)
    if (problem !== null) return { mistake: { where: `${statement.file}:${statement.line}`, ...problem } }
    await types.load(connection, [...description.parameters, ...description.columns.map(({ type }) => type)])
    const notNull = await readNotNull(connection, description.columns)
    const codec = (oid: number): Codec => types.codec(oid) ?? unknownCodec(`type ${oid}`)
    return {
      parameters: description.parameters.map(codec),
      columns: description.columns.map((column, index) => ({
        ...splitColumnHint(column.name),
        codec: codec(column.type),
        isNullable: isNullable(statement, { column, index, notNull, count: description.columns.length }),
      })),
    }
  } catch (error) {
    if (!(error instanceof SqlError)) throw error
    const { where, problem, sqlstate } = error.at(statement)
    return {
      mistake: {
        where: where ?? statement.file,
        problem: `statement "${statement.name}": ${problem}`,
        current: sqlstate,
      },
    }
  }
}

type Problem = Omit<ConfigMistake, 'where'>

function findProblem({ name, kind, isTuple }: Statement, { columns }: Description): Problem | null {
  const givesRows = kind === 'rows' || kind === 'row' || kind === 'value'
  if (givesRows && columns.length === 0) {
    const wanted = 'the operator !, or RETURNING'
    return { problem: `statement "${name}" gives no rows`, current: `operator "${OPERATORS[kind]}"`, wanted }
  }
  if (kind === 'value' && columns.length > 1) {
    return { problem: `statement "${name}" gives one value`, current: `${columns.length} columns`, wanted: 'one' }
  }
  const names = columns.map((column) => splitColumnHint(column.name).name)
  const twice = names.find((other, index) => names.indexOf(other) < index)
  if (givesRows && !isTuple && twice !== undefined) {
    return { problem: `statement "${name}" has two columns of the same name`, current: twice, wanted: 'an alias' }
  }
  return null
}

/** `table.column` of each column that its table declares NOT NULL. */
async function readNotNull(connection: Connection, columns: readonly Column[]): Promise<ReadonlySet<string>> {
  const tables = [...new Set(columns.map(({ table }) => table))].filter((table) => table > 0)
  if (tables.length === 0) return new Set()
  const { rows } = await connection.run(
    'SELECT attrelid, attnum FROM pg_catalog.pg_attribute WHERE attrelid = ANY ($1::oid[]) AND attnotnull',
    [`{${tables.join(',')}}`],
  )
  return new Set(rows.map(([table, column]) => `${table}.${column}`))
}

interface ColumnFacts {
  readonly column: Column
  readonly index: number
  readonly notNull: ReadonlySet<string>
  readonly count: number
}

function isNullable({ shape }: Statement, { column, index, notNull, count }: ColumnFacts): boolean {
  const { hint } = splitColumnHint(column.name)
  if (hint !== null) return hint === '?'
  const isKept = shape.keepsNotNull?.length === count && shape.keepsNotNull[index] === true
  if ((isKept || !shape.mayLoseNotNull) && notNull.has(`${column.table}.${column.column}`)) return false
  return !(shape.neverNull?.length === count && shape.neverNull[index] === true)
}
