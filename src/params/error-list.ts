import type { SchemaIssue } from '../core/params.ts'
import { type ParamError, Refusal } from '../core/refusal.ts'

/** Errors told in one answer; a flood of them helps nobody. */
const ERRORS_MAX = 20
/** Characters of a name or of a library's message that are repeated to the peer. */
const NAME_CHARS_MAX = 100
const MESSAGE_CHARS_MAX = 300

/** All that is wrong with the parameters of one call. */
export class ErrorList {
  // Made with the first error: nearly all calls have none.
  #errors: ParamError[] | null = null
  #count = 0

  get isEmpty(): boolean {
    return this.#count === 0
  }

  /** `problem` follows the name: `is missing`, `must be an integer`. */
  add(name: string, problem: string): void {
    if (!this.#hasRoom()) return
    this.#push({ parameter: shorten(name, NAME_CHARS_MAX), message: `${quoteName(name)} ${problem}` })
  }

  /** What is wrong with the query or the body as a whole. */
  addWhole(place: 'query' | 'body', problem: string): void {
    if (this.#hasRoom()) this.#push({ parameter: '', message: `the ${place} ${problem}` })
  }

  /** What a schema says about the value of a parameter; `name` is empty for the body as a whole. */
  addIssues(name: string, issues: readonly SchemaIssue[]): void {
    for (const issue of issues) if (this.#hasRoom()) this.#push(describeIssue(name, issue))
    // A schema that refuses without a word still refuses.
    if (issues.length === 0) this.add(name, 'is not valid')
  }

  toRefusal(): Refusal {
    const errors = this.#errors ?? []
    const hidden = this.#count - errors.length
    const messages = errors.map(({ message }) => message)
    if (hidden > 0) messages.push(`and ${hidden} more`)
    return new Refusal('PARAMS_INVALID', { message: messages.join('; '), errors })
  }

  /** Counts one error more; true when it is told too. */
  #hasRoom(): boolean {
    return ++this.#count <= ERRORS_MAX
  }

  #push(error: ParamError): void {
    if (this.#errors === null) this.#errors = [error]
    else this.#errors.push(error)
  }
}

/** How messages call a parameter: `parameter "sid"`, escaped and of bounded length. */
export function quoteName(name: string): string {
  return `parameter ${JSON.stringify(shorten(name, NAME_CHARS_MAX))}`
}

function describeIssue(name: string, { message, path }: SchemaIssue): ParamError {
  const full = joinPath(name, path ?? [])
  const parameter = shorten(full, NAME_CHARS_MAX)
  const label = full === '' ? 'the body' : quoteName(full)
  if (message.endsWith('received undefined')) return { parameter, message: `${label} is missing` }
  return { parameter, message: `${label}: ${shorten(message, MESSAGE_CHARS_MAX)}` }
}

function joinPath(name: string, path: NonNullable<SchemaIssue['path']>): string {
  let full = name
  for (const step of path) {
    const key = typeof step === 'object' ? step.key : step
    if (typeof key === 'number') full += `[${key}]`
    else full += full === '' ? String(key) : `.${String(key)}`
  }
  return full
}

function shorten(text: string, charsMax: number): string {
  return text.length <= charsMax ? text : `${text.slice(0, charsMax).toWellFormed()}…`
}
