import type { Codec } from './codecs.ts'
import type { Cell } from './driver.ts'
import type { Statement } from './statement.ts'

const NO_ARGS: Readonly<Record<string, unknown>> = Object.freeze({})

/** How messages name a statement: `"get_stuff" of queries.sql:12`. */
export function labelOf({ name, file, line }: Statement): string {
  return `"${name}" of ${file}:${line}`
}

/**
 * Turns arguments by name into the texts of `$1`, `$2`, … Throws a `TypeError` where one is missing, not declared, or
 * of another JavaScript type than its column takes; the message never has the value.
 */
export function encodeArgs(statement: Statement, codecs: readonly Codec[], args: unknown): Cell[] {
  const given = args === undefined ? NO_ARGS : asRecord(statement, args)
  const { parameters } = statement
  const values: Cell[] = []
  for (let index = 0; index < parameters.length; index += 1) {
    const name = parameters[index] ?? ''
    const value = given[name]
    if (value === undefined) throw misuseError(statement, `argument "${name}" is missing`)
    values.push(value === null ? null : encodeArg(statement, { name, value, codec: codecs[index] }))
  }
  for (const name in given) {
    if (!parameters.includes(name)) throw misuseError(statement, `argument "${name}" is not declared`)
  }
  return values
}

function asRecord(statement: Statement, args: unknown): Readonly<Record<string, unknown>> {
  if (typeof args !== 'object' || args === null || Array.isArray(args)) {
    throw misuseError(statement, 'it takes its arguments by name, as { name: value }')
  }
  // Just checked: an object that is no array. Only declared names are looked up in it.
  return args as Readonly<Record<string, unknown>>
}

interface Arg {
  readonly name: string
  readonly value: unknown
  readonly codec: Codec | undefined
}

function encodeArg(statement: Statement, { name, value, codec }: Arg): string {
  if (codec === undefined) throw misuseError(statement, `the type of argument "${name}" is not known`)
  try {
    return codec.encode(value)
  } catch (error) {
    throw misuseError(
      statement,
      `argument "${name}": ${error instanceof Error ? error.message : 'it cannot be written'}`,
    )
  }
}

/** A mistake of the program that calls the statement: a fault, not a refusal. */
export function misuseError(statement: Statement, problem: string): TypeError {
  return new TypeError(`Cannot run ${labelOf(statement)}: ${problem}`)
}
