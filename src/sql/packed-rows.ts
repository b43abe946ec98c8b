/** Bytes of a `DataRow` before its first cell: its kind, its length, the number of its cells. */
export const ROW_HEAD_BYTES = 7

/**
 * The rows of one result as the server sent them: blocks of whole `DataRow` messages (PostgreSQL manual, section 55.7),
 * whose cells are UTF-8 text.
 */
export class PackedRows {
  readonly blocks: readonly Buffer[]
  readonly bytes: number

  constructor(blocks: readonly Buffer[]) {
    this.blocks = blocks
    this.bytes = blocks.reduce((sum, block) => sum + block.length, 0)
  }

  toCells(): readonly (readonly (string | null)[])[] {
    const rows: (string | null)[][] = []
    for (const block of this.blocks) {
      for (let at = 0; at < block.length;) {
        const cells: (string | null)[] = []
        let cell = at + ROW_HEAD_BYTES
        for (let left = block.readUInt16BE(at + 5); left > 0; left -= 1) {
          const length = block.readInt32BE(cell)
          const start = cell + 4
          cell = length < 0 ? start : start + length
          cells.push(length < 0 ? null : block.toString('utf8', start, cell))
        }
        rows.push(cells)
        at = cell
      }
    }
    return rows
  }
}
