import type { ConfigMistake } from '../core/config-error.ts'
import type { Limits } from '../core/limits.ts'
import type { ParamShape } from '../core/params.ts'
import { type MaybePromise, type Outcome, Refusal } from '../core/refusal.ts'
import { compileBindDirectly } from './bind-directly.ts'
import { compileFields, type Field } from './compile-fields.ts'
import { describeSchema, type ParamDescription } from './describe-param.ts'
import type { ErrorList } from './error-list.ts'
import type { FilePlan, FileRules } from './file-param.ts'
import { type BindInput, type GatherPlan, Gathering } from './gather.ts'
import { isJsonObject } from './parsed-body.ts'
import { findFiles, readFiles } from './read-files.ts'
import { readWholeBody, type WholeBodyPlan } from './whole-body.ts'

export type { ParamDescription, ParamPlace } from './describe-param.ts'
export type { BindInput } from './gather.ts'
export type { ParsedBody } from './parsed-body.ts'

export interface BinderOptions {
  /** The route, for messages: `GET /stuff/:sid (app.ts:12)`. */
  readonly where: string
  /** Names of the path, in its order. */
  readonly pathNames: readonly string[]
  readonly shape: ParamShape
  /** Names of the body that belong to authentication: they are not undeclared parameters. */
  readonly ignored: ReadonlySet<string>
  readonly limits: Limits
}

/** The parameters of one route, compiled. */
export interface Binder {
  /**
   * Typed arguments, or one refusal with all that is wrong. Synchronous unless a schema is not. Throws, or rejects,
   * only where a schema does: a fault.
   */
  bind(input: BindInput): MaybePromise<Outcome<Readonly<Record<string, unknown>>>>
  /** True where a parameter may come in the body. A body that comes anyway is read too: its fields are undeclared. */
  readonly readsBody: boolean
  /** What `readParsedBody` needs to know of the files that the route takes; null for none. */
  readonly files: FilePlan | null
  readonly mistakes: readonly ConfigMistake[]
  readonly params: readonly ParamDescription[]
}

const NO_ARGS: Readonly<Record<string, unknown>> = Object.freeze({})

export function compileBinder(options: BinderOptions): Binder {
  const { fields, mistakes } = compileFields(options)
  const plan = gatherPlan(fields, options)
  const bindDirectly = compileBindDirectly(fields, options.pathNames)
  const gather = compileBind(fields, plan, options)
  const bindFields: Binder['bind'] = bindDirectly === null ? gather : (input) => bindDirectly(input) ?? gather(input)
  const isEmpty = fields.length === 0
  const files = filePlan(fields, options.limits)
  return {
    bind: (input) => (isEmpty && input.query === '' && input.body === null ? NO_ARGS : bindFields(input)),
    readsBody: fields.some(({ place }) => place === 'field' || place === 'body' || place === 'file'),
    files,
    mistakes,
    params: fields.map(describeField),
  }
}

function filePlan(fields: readonly Field[], { fileBytesMax }: Limits): FilePlan | null {
  const plan = new Map<string, FileRules>()
  for (const { wireName, file } of fields) {
    if (file === null) continue
    const { types, to, count, givesProblems } = file
    plan.set(wireName, { bytesMax: file.bytesMax ?? fileBytesMax, types, to, count, givesProblems })
  }
  return plan.size === 0 ? null : plan
}

function gatherPlan(fields: readonly Field[], { pathNames, ignored, limits }: BinderOptions): GatherPlan {
  const names = fields.map(({ name }) => name)
  const pathIndexes = pathNames.map((name) => names.indexOf(name))
  const indexes = new Map<string, number>()
  for (const [index, { name, place }] of fields.entries()) {
    if (place === 'field' || place === 'path') indexes.set(name, index)
  }
  return {
    indexes,
    names,
    pathIndexes,
    pathLists: pathIndexes.map((index) => fields[index]?.takesList === true),
    ignored,
    hasWholeBody: fields.some(({ place }) => place === 'body'),
    fileNames: new Set(fields.filter(({ place }) => place === 'file').map(({ wireName }) => wireName)),
    fieldsMax: limits.formFieldsMax,
  }
}

function compileBind(fields: readonly Field[], plan: GatherPlan, { ignored, limits }: BinderOptions): Binder['bind'] {
  const settle = fields.map((field) => compileSettle(field, { ignored, depthMax: limits.jsonDepthMax }))
  const names = fields.map(({ name }) => name)
  return (input) => {
    const { body } = input
    if (body !== null && body.kind === 'json' && !plan.hasWholeBody && !isJsonObject(body.value)) {
      return new Refusal('PARAMS_MALFORMED', { message: 'the body must be a JSON object' })
    }
    const found = new Gathering(plan)
    found.takePath(input.pathValues)
    if (body !== null && body.kind !== 'none') found.takeBody(body)
    if (input.query !== '') found.takeQuery(input.query)
    if (found.refusal !== null) return found.refusal
    const args: Record<string, unknown> = {}
    let pending: Promise<void>[] | null = null
    for (let i = 0; i < names.length; i++) {
      const name = names[i] as string // i is within names
      const value = settle[i]?.(input, found, i)
      args[name] = value
      if (value instanceof Promise) (pending ??= []).push(value.then((late) => void (args[name] = late)))
    }
    if (pending !== null) return Promise.all(pending).then(() => conclude(args, found.errors))
    return conclude(args, found.errors)
  }
}

function conclude(
  args: Readonly<Record<string, unknown>>,
  errors: ErrorList,
): Outcome<Readonly<Record<string, unknown>>> {
  return errors.isEmpty ? args : errors.toRefusal()
}

/** Gives the value of one field; what is wrong goes to the errors of what was found. */
type Settle = (input: BindInput, found: Gathering, index: number) => MaybePromise<unknown>

function compileSettle(field: Field, options: { ignored: ReadonlySet<string>; depthMax: number }): Settle {
  const { reader, wireName, name, takesList } = field
  switch (field.place) {
    case 'path':
    case 'field':
      return (_, found, index) => settleFound(field, found, index)
    case 'header':
      return (input, { errors }) => {
        const text = input.header(wireName)
        if (text === undefined) return reader.readAbsent(errors)
        return reader.readText(takesList ? splitList(text) : text, errors)
      }
    case 'cookie':
      return (input, { errors }) => {
        const text = input.cookie(wireName)
        return text === undefined ? reader.readAbsent(errors) : reader.readText(text, errors)
      }
    case 'file':
      return ({ body }, { errors }) => readFiles(name, field.file, findFiles(body, wireName, errors))
    case 'body': {
      const plan: WholeBodyPlan = { reader, kind: field.kind, ...options }
      return ({ body }, { errors }) => readWholeBody(body, errors, plan)
    }
  }
}

function settleFound({ reader }: Field, { values, sources, errors }: Gathering, index: number): MaybePromise<unknown> {
  const source = sources[index]
  if (source === undefined) return reader.readAbsent(errors)
  if (source === 'broken') return undefined
  const value = values[index]
  if (source === 'json') return reader.readValue(value, errors)
  return reader.readText(value as string | readonly string[], errors) // all other sources hold text
}

// RFC 9110 section 5.6.1: a list in a header is separated by commas, empty elements do not count.
function splitList(text: string): readonly string[] {
  return text
    .split(',')
    .map((element) => element.trim())
    .filter((element) => element !== '')
}

function describeField({ name, wireName, place, isRequired, schema, file }: Field): ParamDescription {
  const described =
    schema === null ? { type: 'string' } : file === null ? describeSchema(schema) : describeFile(file.count.countMax)
  return { name, wireName, place, isRequired, schema: described }
}

function describeFile(countMax: number): Readonly<Record<string, unknown>> {
  const one = { type: 'string', contentMediaType: 'application/octet-stream' }
  return countMax === 1 ? one : { type: 'array', items: one, maxItems: countMax }
}
