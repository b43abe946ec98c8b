/** What was thrown, as an error. Never throws itself, whatever it is given. */
export function asError(thrown: unknown): Error {
  try {
    return thrown instanceof Error ? thrown : new Error(String(thrown))
  } catch {
    return new Error('an object without a text was thrown')
  }
}
