import type { MaybePromise } from '../core/refusal.ts'
import { convertText, convertTexts, describeWanted, findBadText, UNCONVERTED } from './convert-text.ts'
import type { ErrorList } from './error-list.ts'
import { isList, type Kind, TEXT, unwrapNullable } from './kind.ts'
import { isJsonObject, type ParsedBody } from './parsed-body.ts'
import type { SchemaReader } from './schema-reader.ts'

export interface WholeBodyPlan {
  readonly reader: SchemaReader
  readonly kind: Kind
  readonly ignored: ReadonlySet<string>
  readonly depthMax: number
}

/** Reads a body as one value: JSON as it is, a form as an object whose texts are converted by the schema's members. */
export function readWholeBody(body: ParsedBody | null, errors: ErrorList, plan: WholeBodyPlan): MaybePromise<unknown> {
  if (body === null || body.kind === 'none') return plan.reader.readAbsent(errors)
  for (const [name, problem] of body.problems) errors.add(name, problem)
  const value = body.kind === 'json' ? withoutIgnored(body.value, plan.ignored) : objectOfForm(body, errors, plan)
  if (isJsonObject(value)) refuseUnknown(value, errors, plan.kind)
  return errors.isEmpty ? plan.reader.readValue(value, errors) : undefined
}

// A schema that drops what it does not know would hide a misspelt name, and a field that the peer may not set.
function refuseUnknown(value: Readonly<Record<string, unknown>>, errors: ErrorList, kind: Kind): void {
  const object = unwrapNullable(kind)
  if (object.type !== 'object' || !object.isClosed) return
  for (const name of Object.keys(value)) {
    if (!object.fields.has(name)) errors.add(name, 'is not expected')
  }
}

function withoutIgnored(value: unknown, ignored: ReadonlySet<string>): unknown {
  if (ignored.size === 0 || !isJsonObject(value)) return value
  return Object.fromEntries(Object.entries(value).filter(([name]) => !ignored.has(name)))
}

function objectOfForm(body: ParsedBody, errors: ErrorList, { kind, ignored, depthMax }: WholeBodyPlan): object {
  const object = unwrapNullable(kind)
  const members: [string, unknown][] = []
  for (const name of body.fields.keys()) {
    if (ignored.has(name)) continue
    const text = body.fields.get(name)
    if (typeof text !== 'string' && !Array.isArray(text)) continue
    const problem = findBadText(text)
    if (problem !== null) {
      errors.add(name, problem)
      continue
    }
    const member = object.type === 'object' ? object.fields.get(name) : null
    // A record or any other schema takes the texts as they are.
    const value = member === null ? text : convertMember(member ?? TEXT, text, depthMax)
    if (value === UNCONVERTED) errors.add(name, `must be ${describeWanted(member ?? TEXT, String(text))}`)
    else if (value === REPEATED) errors.add(name, 'is given more than once')
    else members.push([name, value])
  }
  // fromEntries defines members: a field named `__proto__` stays a field.
  return Object.fromEntries(members)
}

const REPEATED: unique symbol = Symbol('repeated')

function convertMember(kind: Kind, text: string | readonly string[], depthMax: number): unknown {
  if (isList(kind)) {
    const { values, failedAt } = convertTexts(kind, typeof text === 'string' ? [text] : text, depthMax)
    return failedAt === -1 ? values : UNCONVERTED
  }
  return typeof text === 'string' ? convertText(kind, text, depthMax) : REPEATED
}
