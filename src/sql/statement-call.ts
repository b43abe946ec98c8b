import type { Codec } from './codecs.ts'
import type { Cell, Column, Connection, RawResult } from './driver.ts'
import { createRowReader, splitColumnHint } from './row-reader.ts'
import type { RowReader } from './row-reader.ts'
import { RowList, RowsPromise } from './rows-promise.ts'
import { SqlError } from './sql-error.ts'
import { encodeArgs, labelOf, misuseError } from './statement-args.ts'
import type { Statement } from './statement.ts'
import type { TypeCatalog } from './type-catalog.ts'

const STREAM_BATCH_ROWS = 500

/** Where a facade runs its statements: at once where there is a connection, else when the transaction is open. */
export interface Runner {
  connection(): Connection | Promise<Connection>
}

/** Runs one statement of a file: described on its first run, one round trip for each run after. */
export class StatementCall {
  readonly statement: Statement
  readonly #types: TypeCatalog
  #codecs: readonly Codec[] | null = null
  #reader: RowReader | null = null

  constructor(statement: Statement, types: TypeCatalog) {
    this.statement = statement
    this.#types = types
  }

  /** Gives a promise; for a statement with `rows: stream` an iterable that runs when it is read. */
  call(runner: Runner, args: unknown): unknown {
    if (this.statement.isStream) return this.#stream(runner, args)
    const connection = runner.connection()
    const result =
      connection instanceof Promise ? connection.then((opened) => this.#run(opened, args)) : this.#run(connection, args)
    // The rows of a list are read when it is known what for.
    return this.#isList ? new RowsPromise(result as Promise<RowList>) : result // by `#read`, for a list
  }

  get #isList(): boolean {
    return this.statement.kind === 'rows' && !this.statement.isTuple
  }

  #run(connection: Connection, args: unknown): Promise<unknown> {
    if (this.#codecs === null) return this.#describe(connection).then((codecs) => this.#send(connection, codecs, args))
    return this.#send(connection, this.#codecs, args)
  }

  async #send(connection: Connection, codecs: readonly Codec[], args: unknown): Promise<unknown> {
    const { statement } = this
    try {
      if (statement.kind === 'script') return await connection.script(statement.text)
      if (statement.kind === 'batch') return await connection.runMany(statement.text, this.#encodeMany(codecs, args))
      return this.#read(await connection.run(statement.text, encodeArgs(statement, codecs, args)))
    } catch (error) {
      throw this.#locate(error)
    }
  }

  #encodeMany(codecs: readonly Codec[], args: unknown): Cell[][] {
    if (!Array.isArray(args)) throw misuseError(this.statement, 'it takes a list of arguments')
    return args.map((row) => encodeArgs(this.statement, codecs, row))
  }

  async #describe(connection: Connection): Promise<readonly Codec[]> {
    const { kind, text } = this.statement
    if (kind === 'script') return (this.#codecs = [])
    try {
      const { parameters, columns } = await connection.describe(text)
      await this.#types.load(connection, [...parameters, ...columns.map(({ type }) => type)])
      return (this.#codecs = parameters.map((oid) => this.#codecOf(oid)))
    } catch (error) {
      throw this.#locate(error)
    }
  }

  async *#stream(runner: Runner, args: unknown): AsyncGenerator<unknown, void, undefined> {
    const connection = await runner.connection()
    const values = encodeArgs(this.statement, this.#codecs ?? (await this.#describe(connection)), args)
    try {
      for await (const { columns, rows } of connection.stream(this.statement.text, values, STREAM_BATCH_ROWS)) {
        yield* this.#readRows(columns, rows)
      }
    } catch (error) {
      throw this.#locate(error)
    }
  }

  #read(result: RawResult): unknown {
    const { kind } = this.statement
    const { columns, affected } = result
    if (kind === 'affected') return affected
    if (this.#isList) return new RowList(this.#readerOf(columns), result)
    const { rows } = result
    if (kind === 'rows') return this.#readRows(columns, rows)
    if (rows.length > 1) throw misuseError(this.statement, `it gives one row at most, and ${rows.length} came`)
    const [cells] = rows
    return kind === 'row' ? (this.#readRows(columns, rows)[0] ?? null) : this.#readValue(columns, cells)
  }

  #readRows(columns: readonly Column[], rows: readonly (readonly Cell[])[]): readonly unknown[] {
    const reader = this.#readerOf(columns)
    return this.statement.isTuple ? rows.map(reader.readTuple) : rows.map(reader.readObject)
  }

  #readValue(columns: readonly Column[], cells: readonly Cell[] | undefined): unknown {
    const [column, second] = columns
    if (column === undefined || second !== undefined) {
      throw misuseError(this.statement, `it gives one value, and has ${columns.length} columns`)
    }
    if (cells !== undefined) return this.#readerOf(columns).readCell(cells, 0)
    if (splitColumnHint(column.name).hint !== '!' && !this.statement.shape.isOneRow) return null
    throw misuseError(this.statement, 'it should always give one row, and none came')
  }

  #readerOf(columns: readonly Column[]): RowReader {
    if (this.#reader?.columns === columns) return this.#reader
    const codecs = columns.map(({ type }) => this.#codecOf(type))
    this.#reader = createRowReader(columns, codecs, labelOf(this.statement))
    return this.#reader
  }

  #codecOf(oid: number): Codec {
    const codec = this.#types.codec(oid)
    if (codec !== undefined) return codec
    // The schema changed since the statement was described: the next run asks again.
    this.#codecs = null
    throw new RangeError(`Cannot read the rows of ${labelOf(this.statement)}: the type of a column changed meanwhile`)
  }

  #locate(error: unknown): unknown {
    return error instanceof SqlError && error.statement === null ? error.at(this.statement) : error
  }
}
