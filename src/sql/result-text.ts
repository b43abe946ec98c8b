import type { Column } from './driver.ts'

/** The count at the end of a command tag: `INSERT 0 3` → 3, `SELECT 12` → 12, `BEGIN` → 0. */
export function parseAffected(tag: string): number {
  const count = Number(tag.slice(tag.lastIndexOf(' ') + 1))
  return Number.isNaN(count) ? 0 : count
}

/** True when two results have the same columns of the same types. */
export function hasSameColumns(a: readonly Column[], b: readonly Column[]): boolean {
  return a.length === b.length && a.every((column, index) => isSame(column, b[index]))
}

function isSame(a: Column, b: Column | undefined): boolean {
  return a.name === b?.name && a.type === b.type && a.table === b.table && a.column === b.column
}
