import type { ConfigMistake } from '../core/config-error.ts'
import type { Limits } from '../core/limits.ts'
import { isPlaced, type Param, type ParamShape, type Schema } from '../core/params.ts'
import type { ParamPlace } from './describe-param.ts'
import { fileMistakes, FileParam } from './file-param.ts'
import { findUnsayable, isList, type Kind } from './kind.ts'
import { factsOf, type SchemaFacts } from './schema-facts.ts'
import { SchemaReader } from './schema-reader.ts'
import { findBadDefaults } from './shape-mistakes.ts'

/** One parameter, compiled. */
export interface Field {
  readonly name: string
  readonly wireName: string
  readonly place: ParamPlace
  readonly kind: Kind
  readonly takesList: boolean
  readonly isRequired: boolean
  /** Null for a path segment that nobody declared: it is a string. */
  readonly schema: Schema | null
  readonly reader: SchemaReader
  readonly file: FileParam<unknown> | null
}

export interface FieldsOptions {
  readonly where: string
  readonly pathNames: readonly string[]
  readonly shape: ParamShape
  readonly limits: Limits
}

export interface CompiledFields {
  readonly fields: readonly Field[]
  readonly mistakes: readonly ConfigMistake[]
}

const PLACES: ReadonlySet<string> = new Set(['header', 'cookie', 'body', 'file'])
const TEXT_SCHEMA: Schema = { '~standard': { version: 1, vendor: 'guichet', validate: (value) => ({ value }) } }
const TEXT_FACTS: SchemaFacts = {
  kind: { type: 'text' },
  whenAbsent: 'missing',
  passesFast: () => true,
  revive: null,
  hasOwnMessage: false,
  hasFallback: false,
}

/** Compiles the parameters of a route, those of the path that nobody declared too, and finds what is wrong. */
export function compileFields(options: FieldsOptions): CompiledFields {
  const { pathNames, shape, limits, where } = options
  const fields: Field[] = []
  const mistakes: ConfigMistake[] = []
  for (const name of pathNames) {
    if (!Object.hasOwn(shape, name)) fields.push(textField(name, limits))
  }
  for (const [name, param] of Object.entries(shape)) {
    const report = (problem: string, more: { current?: string; wanted?: string } = {}): void => {
      mistakes.push({ where, problem: `parameter "${name}": ${problem}`, ...more })
    }
    const field = compileField(name, param, { ...options, report })
    if (field !== null) fields.push(field)
  }
  const whole = fields.filter(({ place }) => place === 'body').map(({ name }) => name)
  if (whole.length > 1) {
    mistakes.push({ where, problem: 'one parameter at most takes the whole body', current: whole.join(', ') })
  }
  return { fields, mistakes }
}

type Report = (problem: string, more?: { current?: string; wanted?: string }) => void

function compileField(name: string, param: unknown, context: FieldsOptions & { report: Report }): Field | null {
  const { report, pathNames, limits } = context
  // It would set the prototype of the arguments.
  if (name === '__proto__' || name === '') {
    report('this name is not possible')
    return null
  }
  if (!isParam(param)) {
    report('it is not a schema', {
      current: String(param),
      wanted: 'a schema such as z.string(), or header(), cookie(), body(), file()',
    })
    return null
  }
  const isInPath = pathNames.includes(name)
  const schema = isPlaced(param) ? param.schema : param
  const place = placeOf(param, isInPath)
  const facts = factsOf(schema)
  const field: Field = {
    name,
    wireName: isPlaced(param) ? (param.name ?? name) : name,
    place,
    kind: facts.kind,
    takesList: isList(facts.kind),
    isRequired: param instanceof FileParam ? param.count.countMin > 0 : facts.whenAbsent === 'missing',
    schema,
    reader: new SchemaReader(schema, facts, { name: place === 'body' ? '' : name, depthMax: limits.jsonDepthMax }),
    file: param instanceof FileParam ? param : null,
  }
  checkField(field, isInPath, report)
  return field
}

function placeOf(param: Param, isInPath: boolean): ParamPlace {
  if (isPlaced(param)) return param['~place']
  return isInPath ? 'path' : 'field'
}

function checkField(field: Field, isInPath: boolean, report: Report): void {
  const { place, kind, schema, file } = field
  if (isInPath && place !== 'path') {
    report(`it is in the path and in a ${place}`, { wanted: 'one place' })
  }
  if (place === 'path' && !field.isRequired) {
    report('a parameter of the path is always there', { current: 'optional, or with a default', wanted: 'required' })
  }
  const unsayable = findUnsayable(kind)
  if (unsayable !== null && place !== 'body') report('nothing that is sent can have its type', { current: unsayable })
  if (file !== null) for (const problem of fileMistakes(file)) report(problem)
  if (schema === null || file !== null) return
  for (const { problem, current } of findBadDefaults(schema)) report(problem, { current })
}

function textField(name: string, limits: Limits): Field {
  return {
    name,
    wireName: name,
    place: 'path',
    kind: TEXT_FACTS.kind,
    takesList: false,
    isRequired: true,
    schema: null,
    reader: new SchemaReader(TEXT_SCHEMA, TEXT_FACTS, { name, depthMax: limits.jsonDepthMax }),
    file: null,
  }
}

function isParam(value: unknown): value is Param {
  if (!isObjectLike(value)) return false
  if (!('~place' in value)) return isSchema(value)
  return (
    typeof value['~place'] === 'string' && PLACES.has(value['~place']) && 'schema' in value && isSchema(value.schema)
  )
}

function isSchema(value: unknown): boolean {
  if (!isObjectLike(value) || !('~standard' in value)) return false
  const standard = value['~standard']
  return isObjectLike(standard) && 'validate' in standard && typeof standard.validate === 'function'
}

// Some libraries make their schemas functions.
function isObjectLike(value: unknown): value is object {
  return (typeof value === 'object' && value !== null) || typeof value === 'function'
}
