import type { Codec } from './codecs.ts'
import type { Cell, Column } from './driver.ts'

/** Reads rows of one shape. Made once for each shape of a statement's result. */
export interface RowReader {
  readonly columns: readonly Column[]
  readonly readObject: (cells: readonly Cell[]) => Readonly<Record<string, unknown>>
  readonly readTuple: (cells: readonly Cell[]) => readonly unknown[]
  readonly readCell: (cells: readonly Cell[], index: number) => unknown
  /** The JSON text of the objects of all rows, without making them; null where they have to be made. */
  readonly writeJson: ((rows: readonly (readonly Cell[])[]) => string) | null
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
    writeJson: flaw === null ? compileJson(names, codecs, readCell) : null,
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

function compileJson(names: readonly string[], codecs: readonly Codec[], readCell: ReadCell): RowReader['writeJson'] {
  // An object has the names that are whole numbers first.
  if (names.length === 0 || names.some((name) => /^\d+$/.test(name))) return null
  const writers = codecs.flatMap(({ json }) => json ?? [])
  if (writers.length < codecs.length) return null
  const keys = names.map((name, index) => `${index === 0 ? '{' : ','}${JSON.stringify(name)}:`)
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
      return writers[index]?.(cell) ?? 'null'
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

function flawOf(names: readonly string[]): string | null {
  const twice = names.find((name, index) => names.indexOf(name) < index)
  if (twice !== undefined) return `two columns have the name "${twice}", one needs an alias`
  // Assigning it would change the prototype of the row instead.
  return names.includes('__proto__') ? 'a column has the name "__proto__"' : null
}
