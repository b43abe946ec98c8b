/** How wide the terminal is; null where the output is no terminal: what reads it gets all. */
export function terminalWidth(output: object): number | null {
  return 'columns' in output && typeof output.columns === 'number' && output.columns > 0 ? output.columns : null
}

/** The rows without the columns that a narrow terminal has no room for: those that `spare` names, the first one first. */
export function fitColumns(
  rows: readonly (readonly string[])[],
  spare: readonly number[],
  width: number | null,
): string {
  const dropped: number[] = []
  const shown = (): string => formatTable(rows.map((row) => row.filter((_, column) => !dropped.includes(column))))
  for (const column of spare) {
    if (
      width === null ||
      !shown()
        .split('\n')
        .some((line) => line.length > width)
    )
      break
    dropped.push(column)
  }
  return shown()
}

/** A text of a list, its further lines under its first word. */
export function formatItem(label: string, text: string, width: number | null): string {
  const indent = ' '.repeat(label.length)
  const lines: string[] = ['']
  for (const word of text.split(' ')) {
    const line = lines.at(-1) ?? ''
    if (width !== null && line !== '' && indent.length + line.length + 1 + word.length > width) lines.push(word)
    else lines[lines.length - 1] = line === '' ? word : `${line} ${word}`
  }
  return lines.map((line, index) => `${index === 0 ? label : indent}${line}\n`).join('')
}

/** Columns of text, each as wide as its widest cell; the last one is not padded. */
export function formatTable(rows: readonly (readonly string[])[]): string {
  const columns = Math.max(0, ...rows.map((row) => row.length))
  const widths = Array.from({ length: columns }, (_, column) =>
    Math.max(...rows.map((row) => (row[column] ?? '').length)),
  )
  return rows
    .map((row) =>
      row
        .map((cell, column) => (column === columns - 1 ? cell : cell.padEnd(widths[column] ?? 0)))
        .join('  ')
        .trimEnd(),
    )
    .map((line) => `${line}\n`)
    .join('')
}
