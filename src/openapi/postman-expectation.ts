import type { RuleNode } from '../core/rule.ts'
import { permissionsOf } from '../core/rule.ts'
import type { CompiledRoute } from '../pipeline/compiled-route.ts'
import { mayCall, namesOf } from './audience.ts'
import type { DescribedOperation } from './describe-operation.ts'

/** Who sends the requests of one folder. */
export interface Identity {
  /** Name of the folder, and start of the names of its variables. */
  readonly name: string
  readonly kind: 'nobody' | 'wrong' | 'user' | 'group' | 'scope'
}

/** The identities whose requests say something about an app. */
export function identitiesOf(operations: readonly DescribedOperation[]): readonly Identity[] {
  const nodes = operations.map(({ route }) => route.declaration.spec.authorize.node)
  const named = (kind: 'group' | 'scope'): readonly Identity[] =>
    [...new Set(nodes.flatMap((node) => namesOfKind(node, kind)))].map((name) => ({ name, kind }))
  return [
    { name: 'nobody', kind: 'nobody' },
    { name: 'wrong', kind: 'wrong' },
    { name: 'user', kind: 'user' },
    ...named('group'),
    ...named('scope'),
  ]
}

function namesOfKind(node: RuleNode, kind: 'group' | 'scope'): readonly string[] {
  if (node.kind === kind) return [node.name]
  return node.kind === 'anyOf' || node.kind === 'allOf' ? node.parts.flatMap((part) => namesOfKind(part, kind)) : []
}

/** Answers to what no request of a collection asks for: too much, too slow, another type, a condition, a part. */
const UNASKED: ReadonlySet<number> = new Set([206, 304, 308, 408, 412, 413, 415, 416, 422, 429])

/** Samples of parameters are guesses, which a pattern or the database may refuse. */
function isGuessed({ binder }: CompiledRoute): boolean {
  return binder.params.some(({ isRequired }) => isRequired)
}

/** The statuses with which the server must answer; null where the identity has nothing to say about the operation. */
export function expectedStatuses(
  { route, operation }: DescribedOperation,
  identity: Identity,
): readonly number[] | null {
  const { node } = route.declaration.spec.authorize
  const documented = Object.keys(operation.responses).map(Number)
  const isPossible = (status: number): boolean =>
    status < 500 && !UNASKED.has(status) && (status !== 400 || isGuessed(route))
  const possible = documented.filter(isPossible)
  switch (identity.kind) {
    case 'wrong':
      return documented.includes(401) && acceptsHeader(operation) ? [401] : null
    case 'nobody':
      if (node.kind === 'closed') return [403]
      return mayCall(node, 'nobody') ? possible.filter((status) => status !== 401 && status !== 403) : [401]
    case 'user':
      return mayCall(node, 'user') ? passing(possible, node) : [403]
    case 'group':
    case 'scope':
      return namesOf(node).includes(identity.name) && mayCall(node, identity.name) ? passing(possible, node) : null
  }
}

/** Who may call is not refused for who they are; only for what they ask for. */
function passing(documented: readonly number[], node: RuleNode): readonly number[] {
  const mayBeRefused = permissionsOf(node).length > 0
  return documented.filter((status) => status !== 401 && (status !== 403 || mayBeRefused))
}

function acceptsHeader({ security }: DescribedOperation['operation']): boolean {
  return security.some((names) => Object.keys(names).length > 0)
}
