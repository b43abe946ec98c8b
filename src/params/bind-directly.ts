import { decodePercent } from '../wire/percent.ts'
import type { Field } from './compile-fields.ts'
import type { BindInput } from './gather.ts'
import { isJsonObject } from './parsed-body.ts'
import { type SchemaReader, UNREAD } from './schema-reader.ts'

/** Gives the arguments of a call, or null where they are to be looked for in all places. */
export type BindDirectly = (input: BindInput) => Readonly<Record<string, unknown>> | null

/**
 * The way of nearly all calls: values of the path and one JSON object, in which all is there and right and nothing is too
 * many. It never decides that something is wrong. Null where the parameters of a route have other places too.
 */
export function compileBindDirectly(fields: readonly Field[], pathNames: readonly string[]): BindDirectly | null {
  const steps: Step[] = []
  for (const { name, place, takesList, reader } of fields) {
    const isInherited = name in Object.prototype
    if ((place !== 'path' && place !== 'field') || (place === 'path' && takesList) || isInherited) return null
    steps.push({ name, pathIndex: place === 'path' ? pathNames.indexOf(name) : -1, reader })
  }
  return (input) => {
    const { body, query } = input
    if (query !== '') return null
    const object = body === null || body.kind === 'none' ? NOTHING : body.value
    if (!isJsonObject(object) || (body !== null && body.problems.size > 0)) return null
    const args: Record<string, unknown> = {}
    let used = 0
    for (let i = 0; i < steps.length; i++) {
      const { name, pathIndex, reader } = steps[i] as Step // i is within steps
      let value: unknown
      if (pathIndex === -1) {
        const found = object[name]
        if (found !== undefined) used++
        value = found === undefined ? reader.absentDirectly : reader.readValueDirectly(found)
      } else {
        const text = decodePercent(input.pathValues[pathIndex] ?? '')
        value = text === null ? UNREAD : reader.readTextDirectly(text)
      }
      if (value === UNREAD) return null
      args[name] = value
    }
    return used === Object.keys(object).length ? args : null
  }
}

interface Step {
  readonly name: string
  /** Of its value in the path; -1 for a member of the body. */
  readonly pathIndex: number
  readonly reader: SchemaReader
}

const NOTHING: Readonly<Record<string, unknown>> = {}
