/** One row of a table whose first cell is a word in backquotes. */
export interface TableRow {
  readonly line: number
  /** The word of the first cell. */
  readonly name: string
  /** The other cells, as written. */
  readonly cells: readonly string[]
}

/** The rows of all tables of a page whose first cell is a word in backquotes; `\|` stands for a bar. */
export function parseTableRows(text: string): readonly TableRow[] {
  return text.split('\n').flatMap((source, index) => {
    if (!source.startsWith('|')) return []
    const cells = source
      .split(/(?<!\\)\|/)
      .slice(1, -1)
      .map((cell) => cell.trim().replaceAll(String.raw`\|`, '|'))
    const name = /^`([^`]+)`$/.exec(cells[0] ?? '')?.[1]
    return name === undefined ? [] : [{ line: index + 1, name, cells: cells.slice(1) }]
  })
}
