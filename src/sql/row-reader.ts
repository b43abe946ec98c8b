import type { Codec } from './codecs.ts'
import type { Cell, Column } from './driver.ts'
import { createTextWriter, JsonBytes } from './json-bytes.ts'
import type { CellWriter } from './json-bytes.ts'
import { ROW_HEAD_BYTES } from './packed-rows.ts'
import type { PackedRows } from './packed-rows.ts'

/** Reads rows of one shape. Made once for each shape of a statement's result. */
export interface RowReader {
  readonly columns: readonly Column[]
  readonly readObject: (cells: readonly Cell[]) => Readonly<Record<string, unknown>>
  readonly readTuple: (cells: readonly Cell[]) => readonly unknown[]
  readonly readCell: (cells: readonly Cell[], index: number) => unknown
  /** The JSON text of the objects of all rows, without making them; null where they have to be made. */
  readonly writeJson: ((rows: readonly (readonly Cell[])[]) => string) | null
  /** The same, as bytes, of rows that are still packed. */
  readonly writePackedJson: ((rows: PackedRows) => Uint8Array) | null
}

/** `total!` and `total?` say to the generator whether a column may be null; in rows the mark is gone. */
export function splitColumnHint(name: string): { readonly name: string; readonly hint: '!' | '?' | null } {
  const last = name.at(-1)
  if ((last !== '!' && last !== '?') || name === '?column?') return { name, hint: null }
  return { name: name.slice(0, -1), hint: last }
}

/**
 * `label` names the statement in messages. `readObject` throws a `RangeError` where two columns have the same name,
 * since one would hide the other.
 */
export function createRowReader(columns: readonly Column[], codecs: readonly Codec[], label: string): RowReader {
  const names = columns.map((column) => splitColumnHint(column.name).name)
  const flaw = flawOf(names)
  const decoders = codecs.map((codec) => codec.decode)
  const readCell = (cells: readonly Cell[], index: number): unknown => {
    const cell = cells[index]
    if (cell === null || cell === undefined) return null
    try {
      return decoders[index]?.(cell)
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : 'it cannot be read'
      throw new RangeError(`Cannot read column "${names[index]}" of ${label}: ${reason}`, { cause })
    }
  }
  return {
    columns,
    readCell,
    ...(flaw === null ? compileJson(names, codecs, readCell) : NO_WRITERS),
    readTuple: (cells) => cells.map((_, index) => readCell(cells, index)),
    readObject: (cells) => {
      if (flaw !== null) throw new RangeError(`Cannot read the rows of ${label}: ${flaw}`)
      // Always the same names in the same order, so that all rows share one shape.
      const row: Record<string, unknown> = {}
      for (let index = 0; index < names.length; index += 1) row[names[index] ?? ''] = readCell(cells, index)
      return row
    },
  }
}

type ReadCell = RowReader['readCell']

/** Writers of JSON for rows in both forms, or neither where objects have to be made. */
type RowWriters = Pick<RowReader, 'writeJson' | 'writePackedJson'>

const NO_WRITERS: RowWriters = { writeJson: null, writePackedJson: null }

function compileJson(names: readonly string[], codecs: readonly Codec[], readCell: ReadCell): RowWriters {
  // An object has the names that are whole numbers first.
  if (names.length === 0 || names.some((name) => /^\d+$/.test(name))) return NO_WRITERS
  const formats = codecs.flatMap(({ json }) => json ?? [])
  if (formats.length < codecs.length) return NO_WRITERS
  const keys = names.map((name, index) => `${index === 0 ? '{' : ','}${JSON.stringify(name)}:`)
  const writers = codecs.map(({ writeJson }, index) => writeJson ?? createTextWriter(formats[index] ?? JSON.stringify))
  return {
    writeJson: compileTextJson(keys, formats, readCell),
    writePackedJson: compilePackedJson(keys, writers, readCell),
  }
}

function compileTextJson(
  keys: readonly string[],
  formats: readonly ((text: string) => string)[],
  readCell: ReadCell,
): NonNullable<RowReader['writeJson']> {
  const writeRow = (cells: readonly Cell[]): string => {
    let text = ''
    for (let index = 0; index < keys.length; index += 1) {
      const cell = cells[index]
      text += keys[index]
      text += cell === null || cell === undefined ? 'null' : writeCell(cells, index, cell)
    }
    return `${text}}`
  }
  const writeCell = (cells: readonly Cell[], index: number, cell: string): string => {
    try {
      return formats[index]?.(cell) ?? 'null'
    } catch (error) {
      // It fails in the same way, and says which column it was.
      readCell(cells, index)
      throw error
    }
  }
  return (rows) => {
    let text = '['
    for (let index = 0; index < rows.length; index += 1)
      text += `${index === 0 ? '' : ','}${writeRow(rows[index] ?? [])}`
    return `${text}]`
  }
}

const NULL = Buffer.from('null')
const ROW_END = Buffer.from('},')

function compilePackedJson(
  keyTexts: readonly string[],
  writers: readonly CellWriter[],
  readCell: ReadCell,
): NonNullable<RowReader['writePackedJson']> {
  const keys = keyTexts.map((text) => Buffer.from(text))
  const keyBytes = keys.reduce((sum, key) => sum + key.length, 0)
  /** Writes one row of `out.from`, and gives where the next one begins. */
  const writeRow = (out: JsonBytes, row: number): number => {
    const block = out.from
    let start = row + ROW_HEAD_BYTES
    for (let index = 0; index < keys.length; index += 1) {
      out.append(keys[index] ?? NULL)
      const length = block.readInt32BE(start)
      start += 4
      if (length < 0) {
        out.append(NULL)
        continue
      }
      try {
        writers[index]?.(out, start, start + length)
      } catch (error) {
        // It fails in the same way, and says which column it was.
        readCell(Object.assign([], { [index]: block.toString('utf8', start, start + length) }), index)
        throw error
      }
      start += length
    }
    out.append(ROW_END)
    return start
  }
  return ({ blocks, bytes }) => {
    const [first] = blocks
    // The first row tells about how much the names add.
    const rowBytes = first === undefined ? 1 : first.readUInt32BE(1)
    const out = new JsonBytes(bytes + Math.ceil(bytes / rowBytes + 1) * (keyBytes + 2) + 2)
    out.write('[')
    for (const block of blocks) {
      out.from = block
      for (let row = 0; row < block.length;) row = writeRow(out, row)
    }
    // In place of the last comma.
    out.length -= 1
    out.write(']')
    return out.take()
  }
}

function flawOf(names: readonly string[]): string | null {
  const twice = names.find((name, index) => names.indexOf(name) < index)
  if (twice !== undefined) return `two columns have the name "${twice}", one needs an alias`
  // Assigning it would change the prototype of the row instead.
  return names.includes('__proto__') ? 'a column has the name "__proto__"' : null
}
