/** What the log says of an error. */
export interface ErrorDescription {
  readonly error: string
  readonly stack: string
}

// Libraries put whole statements and documents into messages: a line of the log stays a line.
const CHARS_MAX = 8 * 1024

/**
 * What the log says of an error: its name, message and stack, and those of its cause. Never its other fields. Whatever
 * was thrown is described, even what throws when it is looked at.
 */
export function describeError(error: unknown): ErrorDescription {
  try {
    return describe(error)
  } catch {
    return { error: 'Thrown: an object that cannot be read', stack: '' }
  }
}

function describe(error: unknown): ErrorDescription {
  if (!(error instanceof Error)) return { error: clip(`Thrown: ${show(error)}`), stack: '' }
  const cause = error.cause instanceof Error ? `\ncaused by ${clip(error.cause.stack ?? error.cause.message)}` : ''
  return { error: clip(`${error.name}: ${error.message}`), stack: `${clip(error.stack ?? '')}${cause}` }
}

function show(thrown: unknown): string {
  if (typeof thrown === 'object' && thrown !== null) return 'an object'
  return typeof thrown === 'function' ? 'a function' : String(thrown)
}

function clip(text: string): string {
  return text.length <= CHARS_MAX ? text : `${text.slice(0, CHARS_MAX)}… (${text.length} characters)`
}
