/** What the log says of an error: its name, message and stack, and those of its causes. Never its other fields. */
export function describeError(error: unknown): { readonly error: string; readonly stack: string } {
  if (!(error instanceof Error)) return { error: `Thrown: ${typeof error}`, stack: '' }
  const cause = error.cause instanceof Error ? `\ncaused by ${error.cause.stack ?? error.cause.message}` : ''
  return { error: `${error.name}: ${error.message}`, stack: `${error.stack ?? ''}${cause}` }
}
