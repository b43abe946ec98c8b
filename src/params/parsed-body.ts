import type { FileProblem } from '../core/file-problem.ts'
import { findBadText } from './convert-text.ts'
import type { UploadedFile } from './uploaded-file.ts'

/** Fields of a body by name; only those that the peer sent, never what an object inherits. */
export interface BodyFields {
  /** A JSON value; of a form the text, or all texts of a repeated name. Undefined where there is none. */
  get(name: string): unknown
  keys(): Iterable<string>
}

/** A body that was read and taken apart, before anything is known of what the route wants. */
export interface ParsedBody {
  /** `none`: there was no byte. */
  readonly kind: 'none' | 'json' | 'form' | 'multipart'
  /** Empty where a JSON body is no object. */
  readonly fields: BodyFields
  /** The whole value of a JSON body; undefined otherwise. */
  readonly value: unknown
  /** What is wrong with the text of a field, by name: `is not valid percent-encoded UTF-8`. */
  readonly problems: ReadonlyMap<string, string>
  /** Files of a multipart body by field. */
  readonly files: ReadonlyMap<string, readonly UploadedFile[]>
  /** Why files of a field were not kept, by field; the first reason. */
  readonly fileProblems: ReadonlyMap<string, FileProblem>
  /** Fields that came as a file where the route declares none: their bytes were thrown away. */
  readonly strayFiles: readonly string[]
  /** Removes what the body left on disk; to be called once when the call ends. Null where there is nothing. */
  readonly release: (() => Promise<void>) | null
}

export const NO_FIELDS: BodyFields = new Map<string, never>()
const NO_PROBLEMS: ParsedBody['problems'] = new Map<string, never>()
const NO_FILES: ParsedBody['files'] = new Map<string, never>()
const NO_FILE_PROBLEMS: ParsedBody['fileProblems'] = new Map<string, never>()

/** A body with its unusual parts left empty. */
export function parsedBody(parts: Partial<ParsedBody> & Pick<ParsedBody, 'kind'>): ParsedBody {
  return {
    kind: parts.kind,
    fields: parts.fields ?? NO_FIELDS,
    value: parts.value,
    problems: parts.problems ?? NO_PROBLEMS,
    files: parts.files ?? NO_FILES,
    fileProblems: parts.fileProblems ?? NO_FILE_PROBLEMS,
    strayFiles: parts.strayFiles ?? [],
    release: parts.release ?? null,
  }
}

/** A body of no bytes. */
export const NO_BODY: ParsedBody = parsedBody({ kind: 'none' })

/** Members of a JSON object. */
class JsonFields implements BodyFields {
  readonly #object: Readonly<Record<string, unknown>>

  constructor(object: Readonly<Record<string, unknown>>) {
    this.#object = object
  }

  get(name: string): unknown {
    return Object.hasOwn(this.#object, name) ? this.#object[name] : undefined
  }

  keys(): Iterable<string> {
    return Object.keys(this.#object)
  }
}

/** A body that is a JSON object. `hasEscapes`: its strings may hold what is no text. */
export function jsonBody(value: Readonly<Record<string, unknown>>, hasEscapes: boolean): ParsedBody {
  const fields = new JsonFields(value)
  return parsedBody(
    hasEscapes ? { kind: 'json', value, fields, problems: findProblems(value) } : { kind: 'json', value, fields },
  )
}

function findProblems(object: Readonly<Record<string, unknown>>): ReadonlyMap<string, string> {
  const problems = new Map<string, string>()
  for (const [name, value] of Object.entries(object)) {
    const problem = findBadText(value)
    if (problem !== null) problems.set(name, problem)
  }
  return problems
}

export function isJsonObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
