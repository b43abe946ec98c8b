/**
 * The JSON text of a value (RFC 8259). A `Date` is ISO 8601 UTC, a `bigint` a string of its digits. `Infinity` and
 * `NaN`, which JSON lacks, are `null`.
 */
export function formatJson(value: unknown): string {
  try {
    const text = JSON.stringify(value)
    if (text !== undefined) return text
  } catch (error) {
    if (!hasBigint(error)) throw error
    return JSON.stringify(value, (_, item: unknown) => (typeof item === 'bigint' ? item.toString() : item))
  }
  throw new TypeError(`Cannot reply: a ${typeof value} has no JSON form`)
}

function hasBigint(error: unknown): boolean {
  return error instanceof TypeError && error.message.includes('BigInt')
}
