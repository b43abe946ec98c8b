/** The count at the end of a command tag: `INSERT 0 3` → 3, `SELECT 12` → 12, `BEGIN` → 0. */
export function parseAffected(tag: string): number {
  const count = Number(tag.slice(tag.lastIndexOf(' ') + 1))
  return Number.isNaN(count) ? 0 : count
}
