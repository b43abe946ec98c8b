import type { Refusal } from '../core/refusal.ts'
import { decodePercent } from '../wire/percent.ts'
import { parseQuery } from '../wire/query.ts'
import { malformed } from './body-options.ts'
import { ErrorList } from './error-list.ts'
import { isJsonObject, type ParsedBody } from './parsed-body.ts'

/** What one call brought. */
export interface BindInput {
  /** Raw, percent-encoded, in the order of the names of the path; a last `*rest` may hold `/`. */
  readonly pathValues: readonly string[]
  /** As sent, without the `?`. */
  readonly query: string
  /** Null where none was read. */
  readonly body: ParsedBody | null
  header(name: string): string | undefined
  cookie(name: string): string | undefined
}

/** Where a value was found. `broken`: what was found is wrong, and said so already. */
export type Source = 'path' | 'body' | 'json' | 'query' | 'broken'

export interface GatherPlan {
  /** Parameters in the order declared: those that are found by name in path, body or query have an index here. */
  readonly indexes: ReadonlyMap<string, number>
  readonly names: readonly string[]
  /** Index of each value of the path, and whether it is a list of its segments. */
  readonly pathIndexes: readonly number[]
  readonly pathLists: readonly boolean[]
  /** Names of the body that belong to authentication. */
  readonly ignored: ReadonlySet<string>
  /** True where one parameter takes the whole body. */
  readonly hasWholeBody: boolean
  readonly fileNames: ReadonlySet<string>
  readonly fieldsMax: number
}

const BAD_ENCODING = 'is not valid percent-encoded UTF-8'

/** Finds the values of one call by name, each once, and notes what nobody declared. */
export class Gathering {
  readonly values: unknown[] = []
  readonly sources: (Source | undefined)[] = []
  readonly errors: ErrorList = new ErrorList()
  /** Set where nothing can be found at all. */
  refusal: Refusal | null = null
  readonly #plan: GatherPlan

  constructor(plan: GatherPlan) {
    this.#plan = plan
  }

  takePath(pathValues: readonly string[]): void {
    const { pathIndexes, pathLists, names } = this.#plan
    for (let i = 0; i < pathIndexes.length; i++) {
      const index = pathIndexes[i] ?? 0
      const raw = pathValues[i] ?? ''
      const value = pathLists[i] === true ? decodeSegments(raw) : decodePercent(raw)
      this.values[index] = value
      this.sources[index] = value === null ? 'broken' : 'path'
      if (value === null) this.errors.add(names[index] ?? '', BAD_ENCODING)
    }
  }

  takeBody(body: ParsedBody): void {
    const { ignored, hasWholeBody, indexes, fileNames } = this.#plan
    for (const name of body.strayFiles)
      this.errors.add(name, indexes.has(name) ? 'must not be a file' : 'is not expected')
    if (hasWholeBody) return
    for (const [name, problem] of body.problems) this.#fail(name, problem)
    if (body.kind === 'json') {
      if (isJsonObject(body.value)) this.#takeObject(body.value)
      return
    }
    for (const name of body.fields.keys()) {
      if (fileNames.has(name)) this.errors.add(name, 'must be a file')
      else if (!ignored.has(name)) this.#take(name, body.fields.get(name), 'body')
    }
  }

  takeQuery(query: string): void {
    const pairs = parseQuery(query, this.#plan.fieldsMax)
    if (typeof pairs === 'string') {
      const problem = pairs === 'malformed' ? 'is malformed' : 'has too many fields'
      this.refusal = malformed(`the query ${problem}`)
      return
    }
    for (let i = 0; i < pairs.length; i += 2) {
      const name = pairs[i] ?? null
      const value = pairs[i + 1] ?? null
      if (name === null) this.errors.addWhole('query', BAD_ENCODING)
      else if (value === null) this.#fail(name, BAD_ENCODING)
      else this.#take(name, value, 'query')
    }
  }

  #takeObject(object: Readonly<Record<string, unknown>>): void {
    const { ignored } = this.#plan
    for (const name of Object.keys(object)) {
      if (!ignored.has(name)) this.#take(name, object[name], 'json')
    }
  }

  #take(name: string, value: unknown, source: Source): void {
    const index = this.#plan.indexes.get(name)
    if (index === undefined) {
      this.errors.add(name, 'is not expected')
      return
    }
    const known = this.sources[index]
    if (known === undefined) {
      this.values[index] = value
      this.sources[index] = source
    } else if (known === 'query' && source === 'query') {
      this.#repeat(index, value)
    } else if (known !== 'broken') {
      this.errors.add(name, `is in both the ${placeOf(known)} and the ${placeOf(source)}`)
      this.sources[index] = 'broken'
    }
  }

  #repeat(index: number, value: unknown): void {
    const known = this.values[index]
    if (Array.isArray(known)) known.push(value)
    else this.values[index] = [known, value]
  }

  #fail(name: string, problem: string): void {
    const { indexes, fileNames, ignored } = this.#plan
    const index = indexes.get(name)
    if (index !== undefined) this.sources[index] = 'broken'
    const isKnown = index !== undefined || fileNames.has(name) || ignored.has(name)
    this.errors.add(name, isKnown ? problem : 'is not expected')
  }
}

function placeOf(source: Source): string {
  return source === 'json' ? 'body' : source
}

// A separator that is encoded stays inside its segment.
function decodeSegments(raw: string): readonly string[] | null {
  const segments: string[] = []
  for (const part of raw.split('/')) {
    const segment = decodePercent(part)
    if (segment === null) return null
    segments.push(segment)
  }
  return segments
}
