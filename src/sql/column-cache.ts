import type { Column } from './driver.ts'
import type { PostgresColumn } from './postgres-client.ts'

const TEXTS_MAX = 1000

/** Gives the same array of columns to every connection that runs the same statement, while its shape stays. */
export class ColumnCache {
  readonly #byRaw = new WeakMap<readonly PostgresColumn[], readonly Column[]>()
  readonly #byText = new Map<string, readonly Column[]>()

  /** `raw` is the array that the package keeps with a prepared statement of one connection. */
  intern(text: string, raw: readonly PostgresColumn[]): readonly Column[] {
    const known = this.#byRaw.get(raw)
    if (known !== undefined) return known
    const fresh = raw.map(({ name, type, table, number }) => ({ name, type, table, column: number }))
    const previous = this.#byText.get(text)
    const columns = previous !== undefined && hasSameColumns(previous, fresh) ? previous : fresh
    if (this.#byText.size >= TEXTS_MAX) this.#byText.clear()
    this.#byText.set(text, columns)
    this.#byRaw.set(raw, columns)
    return columns
  }
}

function hasSameColumns(a: readonly Column[], b: readonly Column[]): boolean {
  return a.length === b.length && a.every((column, index) => isSame(column, b[index]))
}

function isSame(a: Column, b: Column | undefined): boolean {
  return a.name === b?.name && a.type === b.type && a.table === b.table && a.column === b.column
}
