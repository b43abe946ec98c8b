import { decodePercent } from '../wire/percent.ts'
import { type Pattern, type Segment, isAmbiguous, parsePattern } from './pattern.ts'

/** All that one path answers to. */
export interface Resource<Entry> {
  readonly path: string
  readonly names: readonly string[]
  readonly entries: ReadonlyMap<string, Entry>
  /** Value of the `Allow` header (RFC 9110 section 10.2.1). */
  readonly allow: string
}

/** A resource and the raw values of its path parameters, in the order of its names. */
export interface RouteMatch<Entry> {
  readonly resource: Resource<Entry>
  readonly values: readonly string[]
}

export interface RouteMistake<Entry> {
  readonly path: string
  readonly problem: string
  /** What stands there already; undefined where no other route is concerned. */
  readonly other?: Entry | undefined
}

interface TreeNode<Entry> {
  /** Null where none is static. */
  children: Map<string, TreeNode<Entry>> | null
  param: TreeNode<Entry> | null
  match: RouteMatch<Entry> | null
  rest: Resource<Entry> | null
}

interface MutableResource<Entry> extends Resource<Entry> {
  readonly entries: Map<string, Entry>
  allow: string
  readonly pattern: Pattern
}

const NO_VALUES: readonly string[] = []

/**
 * The routes of one host: a map for paths without parameters, a tree of segments for the others. A static segment is
 * preferred to a parameter, a parameter to a rest.
 */
export class RouteTable<Entry> {
  readonly #resources: MutableResource<Entry>[] = []
  readonly #byShape = new Map<string, MutableResource<Entry>>()
  /** By their first static segment; null: a parameter or a rest. */
  readonly #byFirst = new Map<string | null, MutableResource<Entry>[]>()
  readonly #static = new Map<string, RouteMatch<Entry>>()
  readonly #root: TreeNode<Entry> = createNode()

  /** Adds a route; gives the mistakes that it would make. */
  add(methods: readonly string[], path: string, entry: Entry): readonly RouteMistake<Entry>[] {
    const pattern = parsePattern(path)
    if (typeof pattern === 'string') return [{ path, problem: pattern }]
    const shape = pattern.segments.map(shapeOf).join('/')
    const resource = this.#byShape.get(shape) ?? this.#createResource(shape, path, pattern)
    const mistakes: RouteMistake<Entry>[] = []
    if (resource.names.join() !== pattern.names.join()) {
      mistakes.push({ path, problem: `it matches the same paths as ${resource.path}: use the same parameter names` })
    }
    for (const method of methods) {
      const other = resource.entries.get(method)
      if (other !== undefined) {
        mistakes.push({ path, problem: `${method} is declared twice for the same paths (${resource.path})`, other })
      } else resource.entries.set(method, entry)
    }
    for (const other of this.#neighbours(pattern)) {
      if (other !== resource && sharesMethod(other, methods) && isAmbiguous(other.pattern, pattern)) {
        mistakes.push({ path, problem: `some requests match both it and ${other.path}, and neither is more specific` })
      }
    }
    resource.allow = formatAllow(resource.entries)
    return mistakes
  }

  /** Finds what answers `path` (as sent, percent-encoded). Null: nothing. */
  find(path: string): RouteMatch<Entry> | null {
    const found = this.#static.get(path)
    if (found !== undefined) return found
    return this.#walk(this.#root, path, 1, NO_VALUES)
  }

  get resources(): readonly Resource<Entry>[] {
    return this.#resources
  }

  /** Resources of which a path may match both: the others begin with another static segment. */
  #neighbours({ segments: [first] }: Pattern): readonly MutableResource<Entry>[] {
    if (first?.kind !== 'static') return this.#resources
    return [...(this.#byFirst.get(first.text) ?? []), ...(this.#byFirst.get(null) ?? [])]
  }

  #createResource(shape: string, path: string, pattern: Pattern): MutableResource<Entry> {
    const resource = { path, names: pattern.names, entries: new Map<string, Entry>(), allow: '', pattern }
    this.#byShape.set(shape, resource)
    this.#resources.push(resource)
    const [first] = pattern.segments
    const key = first?.kind === 'static' ? first.text : null
    const alike = this.#byFirst.get(key)
    if (alike === undefined) this.#byFirst.set(key, [resource])
    else alike.push(resource)
    const isStatic = pattern.names.length === 0
    const match = { resource, values: NO_VALUES }
    if (isStatic && pattern.segments.every((s) => s.kind === 'static' && encodeURIComponent(s.text) === s.text)) {
      this.#static.set(path, match)
    }
    let node = this.#root
    for (const segment of pattern.segments) {
      if (segment.kind === 'rest') {
        node.rest = resource
        return resource
      }
      node = childOf(node, segment)
    }
    node.match = match
    return resource
  }

  // oxlint-disable-next-line max-params -- an object for each segment would cost more than the step itself
  #walk(node: TreeNode<Entry>, path: string, from: number, values: readonly string[]): RouteMatch<Entry> | null {
    if (from > path.length) return node.match === null ? null : { resource: node.match.resource, values }
    const slash = path.indexOf('/', from)
    const end = slash === -1 ? path.length : slash
    const raw = path.slice(from, end)
    // What is malformed is no static segment.
    const child = node.children?.get(decodePercent(raw) ?? raw)
    if (child !== undefined) {
      const found = this.#walk(child, path, end + 1, values)
      if (found !== null) return found
    }
    if (node.param !== null && raw !== '') {
      const found = this.#walk(node.param, path, end + 1, [...values, raw])
      if (found !== null) return found
    }
    return node.rest === null ? null : { resource: node.rest, values: [...values, path.slice(from)] }
  }
}

function createNode<Entry>(): TreeNode<Entry> {
  return { children: null, param: null, match: null, rest: null }
}

function childOf<Entry>(node: TreeNode<Entry>, segment: Segment): TreeNode<Entry> {
  if (segment.kind === 'static') {
    node.children ??= new Map()
    let child = node.children.get(segment.text)
    if (child === undefined) node.children.set(segment.text, (child = createNode()))
    return child
  }
  return (node.param ??= createNode())
}

function shapeOf(segment: Segment): string {
  return segment.kind === 'static' ? encodeURIComponent(segment.text) : segment.kind === 'param' ? ':' : '*'
}

function sharesMethod<Entry>(resource: Resource<Entry>, methods: readonly string[]): boolean {
  return methods.some((method) => resource.entries.has(method))
}

function formatAllow(entries: ReadonlyMap<string, unknown>): string {
  const methods = [...entries.keys()]
  if (entries.has('GET')) methods.push('HEAD')
  return [...methods, 'OPTIONS'].join(', ')
}
