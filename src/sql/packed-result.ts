import type { Column, RawResult } from './driver.ts'
import type { PackedRows } from './packed-rows.ts'

/** A result whose rows are read when somebody asks for them. */
export class PackedResult implements RawResult {
  readonly columns: readonly Column[]
  readonly packed: PackedRows
  readonly affected: number
  #rows: RawResult['rows'] | null = null

  constructor(columns: readonly Column[], packed: PackedRows, affected: number) {
    this.columns = columns
    this.packed = packed
    this.affected = affected
  }

  get rows(): RawResult['rows'] {
    return (this.#rows ??= this.packed.toCells())
  }
}
