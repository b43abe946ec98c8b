import type { ConfigMistake } from '../core/config-error.ts'
import { formatMethodName, isReservedName, OPERATORS } from './statement.ts'
import type { StatementKind } from './statement.ts'

/** `get_stuff_sid(sid)^`, as read. */
export interface SqlHeader {
  readonly name: string
  readonly kind: StatementKind
  readonly parameters: readonly string[]
  readonly mistakes: readonly Omit<ConfigMistake, 'where'>[]
}

const FORM = /^(?<name>[\w-]*)\s*(?:\((?<list>[^)]*)\))?\s*(?<operator>.*)$/
const NAME = /^[A-Za-z][A-Za-z0-9_-]*$/
const PARAMETER = /^[A-Za-z_][A-Za-z0-9_]*$/
const WANTED_HEADER = '-- name: some_name(argument, …) and one of nothing ^ $ ! *! #'
const KINDS: ReadonlyMap<string, StatementKind> = new Map(
  // `OPERATORS` is a Record over StatementKind, so its keys are kinds.
  Object.entries(OPERATORS).map(([kind, operator]) => [operator, kind as StatementKind]),
)

/** Parses what follows `-- name:`. */
export function parseSqlHeader(text: string): SqlHeader {
  const mistakes: Omit<ConfigMistake, 'where'>[] = []
  const { name = '', list = '', operator = '' } = FORM.exec(text.trim())?.groups ?? {}
  if (!NAME.test(name)) {
    mistakes.push({ problem: 'the name of a statement is not a name', current: name, wanted: WANTED_HEADER })
  } else if (isReservedName(formatMethodName(name))) {
    mistakes.push({ problem: 'the name of a statement is taken by JavaScript', current: name })
  }
  const kind = KINDS.get(operator.trim())
  if (kind === undefined) {
    const problem = `statement "${name}" has an unknown operator`
    mistakes.push({ problem, current: operator.trim(), wanted: 'nothing ^ $ ! *! or #' })
  }
  const parameters = list.trim() === '' ? [] : list.split(',').map((parameter) => parameter.trim())
  mistakes.push(...checkParameters(name, parameters))
  return { name, kind: kind ?? 'rows', parameters, mistakes: [...mistakes, ...checkKind(name, kind, parameters)] }
}

function checkParameters(name: string, parameters: readonly string[]): Omit<ConfigMistake, 'where'>[] {
  return parameters.flatMap((parameter, index) => {
    if (!PARAMETER.test(parameter) || isReservedName(parameter)) {
      return [{ problem: `statement "${name}" has an argument that is not a name`, current: parameter }]
    }
    const isSecond = parameters.indexOf(parameter) < index
    return isSecond ? [{ problem: `statement "${name}" declares the argument "${parameter}" twice` }] : []
  })
}

function checkKind(
  name: string,
  kind: StatementKind | undefined,
  parameters: readonly string[],
): Omit<ConfigMistake, 'where'>[] {
  if (kind === 'script' && parameters.length > 0) {
    return [{ problem: `script "${name}" has arguments`, current: parameters.join(', '), wanted: 'none' }]
  }
  if (kind === 'batch' && parameters.length === 0) {
    return [{ problem: `batch "${name}" has no argument`, wanted: 'one at least' }]
  }
  return []
}
