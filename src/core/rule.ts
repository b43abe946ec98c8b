import type { MaybePromise } from './refusal.ts'
import type { ParamShape } from './params.ts'

/** What an app gives to all its functions: its statements and its own configuration values. */
export interface Env {
  readonly sql: unknown
  readonly config: unknown
}

/** What a check sees beside the login and the arguments. */
export interface RuleContext<E> {
  readonly sql: E extends { sql: infer Sql } ? Sql : never
  readonly config: E extends { config: infer Config } ? Config : unknown
  /** The mode that the route asks for (`owned('write')`), or null. */
  readonly mode: string | null
}

/** True lets the call go on; false and null (there is no such user) are 403; anything else is a fault. */
export type GroupCheck = (login: string, context: RuleContext<Env>) => MaybePromise<boolean | null>
/** True lets the call go on, false is 403, null is 404; anything else is a fault. */
export type PermissionCheck = (
  login: string,
  args: Readonly<Record<string, unknown>>,
  context: RuleContext<Env>,
) => MaybePromise<boolean | null>

export type RuleNode =
  | { readonly kind: 'closed' }
  | { readonly kind: 'open' }
  | { readonly kind: 'auth' }
  | GroupNode
  | { readonly kind: 'scope'; readonly name: string }
  | PermissionNode
  | { readonly kind: 'anyOf' | 'allOf'; readonly parts: readonly RuleNode[] }

export interface GroupNode {
  readonly kind: 'group'
  readonly name: string
  readonly check: GroupCheck
}

export interface PermissionNode {
  readonly kind: 'permission'
  readonly name: string
  readonly mode: string | null
  readonly shape: ParamShape
  /** Argument of the check → parameter of the route. */
  readonly from: Readonly<Record<string, string>>
  readonly check: PermissionCheck
}

/**
 * Who may call. `Args` is what the rule needs among the parameters of a route, `User` what the handler knows about the
 * user, `E` what the checks need from the app. The last three fields exist for the compiler only.
 */
export interface Rule<in Args = never, out User extends string | null = string | null, in E = never> {
  readonly node: RuleNode
  readonly '~args'?: ((args: Args) => void) | undefined
  readonly '~user'?: User | undefined
  readonly '~env'?: ((env: E) => void) | undefined
}

/** The text of a rule as a person reads it: `anyOf(ADMIN, owned(id))`. */
export function formatRule(node: RuleNode): string {
  switch (node.kind) {
    case 'closed':
    case 'open':
    case 'auth':
      return node.kind.toUpperCase()
    case 'group':
      return node.name
    case 'scope':
      return `scope(${node.name})`
    case 'permission':
      return `${node.name}(${[...(node.mode === null ? [] : [`'${node.mode}'`]), ...Object.values(node.from)].join(', ')})`
    case 'anyOf':
    case 'allOf':
      return `${node.kind}(${node.parts.map(formatRule).join(', ')})`
  }
}

/** True when the rule needs a known user. */
export function needsUser(node: RuleNode): boolean {
  return node.kind !== 'open' && node.kind !== 'closed'
}

/** All permission checks of a rule, in the order in which they are written. */
export function permissionsOf(node: RuleNode): readonly PermissionNode[] {
  if (node.kind === 'permission') return [node]
  return node.kind === 'anyOf' || node.kind === 'allOf' ? node.parts.flatMap(permissionsOf) : []
}
