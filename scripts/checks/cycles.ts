/** The state of Tarjan's search for strongly connected components. */
interface Search {
  readonly edges: ReadonlyMap<string, readonly string[]>
  readonly order: Map<string, number>
  readonly lowest: Map<string, number>
  readonly stack: string[]
  readonly found: string[][]
}

/** The groups of nodes that reach each other: each is at least one circle. A node that points to itself is one too. */
export function findCycles(edges: ReadonlyMap<string, readonly string[]>): readonly (readonly string[])[] {
  const search: Search = { edges, order: new Map(), lowest: new Map(), stack: [], found: [] }
  for (const node of edges.keys()) if (!search.order.has(node)) visit(node, search)
  return search.found.map((group) => shortest(group, edges))
}

function visit(node: string, search: Search): void {
  const { order, lowest, stack } = search
  const at = order.size
  order.set(node, at)
  lowest.set(node, at)
  stack.push(node)
  for (const next of search.edges.get(node) ?? []) follow(node, next, search)
  if (lowest.get(node) !== at) return
  const group = stack.splice(stack.indexOf(node))
  if (group.length > 1 || (search.edges.get(node) ?? []).includes(node)) search.found.push(group)
}

function follow(node: string, next: string, search: Search): void {
  const { order, lowest, stack } = search
  if (!order.has(next)) visit(next, search)
  else if (!stack.includes(next)) return
  lowest.set(node, Math.min(lowest.get(node) ?? 0, lowest.get(next) ?? 0))
}

/** One circle through the first node of a group, as short as possible: what a person has to look at. */
function shortest(group: readonly string[], edges: ReadonlyMap<string, readonly string[]>): readonly string[] {
  const start = [...group].sort()[0] ?? ''
  const inside = new Set(group)
  const paths: (readonly string[])[] = [[start]]
  const seen = new Set<string>()
  for (const path of paths) {
    for (const next of edges.get(path.at(-1) ?? '') ?? []) {
      if (next === start) return path
      if (!inside.has(next) || seen.has(next)) continue
      seen.add(next)
      paths.push([...path, next])
    }
  }
  return group
}
