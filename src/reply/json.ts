/**
 * The JSON text of a value (RFC 8259). A `Date` is ISO 8601 UTC, a `bigint` a string of its digits. `Infinity` and
 * `NaN`, which JSON lacks, are `null`. Throws for what would be lost without a word: a promise, a map, a set.
 */
export function formatJson(value: unknown): string {
  try {
    const text = JSON.stringify(Array.isArray(value) ? withDatesAsText(value) : value)
    if (text !== undefined) {
      // What is lost would be "{}": replies without it are not looked at twice.
      if (text.includes('{}')) JSON.stringify(value, toJsonItem)
      return text
    }
  } catch (error) {
    if (!hasBigint(error)) throw error
    return JSON.stringify(value, toJsonItem)
  }
  throw new TypeError(`Cannot reply: a ${typeof value} has no JSON form`)
}

function toJsonItem(_key: string, item: unknown): unknown {
  if (typeof item === 'bigint') return item.toString()
  if (item instanceof Promise) throw new TypeError('Cannot reply: there is a promise in the value; await it')
  if (item instanceof Map || item instanceof Set)
    throw new TypeError(`Cannot reply: a ${item.constructor.name} has no JSON form; give an object or a list`)
  return item
}

function hasBigint(error: unknown): boolean {
  return error instanceof TypeError && error.message.includes('BigInt')
}

const LIST_ITEMS_MIN = 8

/**
 * Rows with their dates as the text that `JSON.stringify` would give: asking each date for it by `toJSON` takes it five
 * times as long. Only plain dates of plain objects are looked at, so that the bytes stay the same.
 */
function withDatesAsText(rows: readonly unknown[]): readonly unknown[] {
  const [first] = rows
  if (rows.length < LIST_ITEMS_MIN || !isPlain(first)) return rows
  const names = Object.keys(first).filter((name) => isPlainDate(first[name]))
  return names.length === 0 ? rows : rows.map((row) => (isPlain(row) ? withText(row, names) : row))
}

function withText(row: Readonly<Record<string, unknown>>, names: readonly string[]): object {
  const copy = { ...row }
  for (const name of names) {
    const date = copy[name]
    if (isPlainDate(date)) copy[name] = Number.isNaN(date.getTime()) ? null : date.toISOString()
  }
  return copy
}

function isPlain(value: unknown): value is Readonly<Record<string, unknown>> {
  return (
    typeof value === 'object' &&
    value !== null &&
    Object.getPrototypeOf(value) === Object.prototype &&
    !('toJSON' in value)
  )
}

function isPlainDate(value: unknown): value is Date {
  return value instanceof Date && Object.getPrototypeOf(value) === Date.prototype && !Object.hasOwn(value, 'toJSON')
}
