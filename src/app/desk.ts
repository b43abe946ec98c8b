import { type Permission, group, groups, permission } from '../authz/rules.ts'
import type { MaybePromise } from '../core/refusal.ts'
import type { ParamShape, ParamsOutput } from '../core/params.ts'
import type { Env, Rule, RuleContext } from '../core/rule.ts'
import type { Module, Routes } from './declare.ts'

/** What an app's own files need to declare rules and routes: made by `desk<{ sql: Sql }>()`. */
export interface Desk<E extends Env> {
  readonly group: (
    name: string,
    check: (login: string, context: RuleContext<E>) => MaybePromise<boolean | null>,
  ) => Rule<unknown, string, E>
  readonly groups: <const Names extends readonly string[]>(
    names: Names,
    check: (login: string, name: Names[number], context: RuleContext<E>) => MaybePromise<boolean | null>,
  ) => { readonly [Name in Names[number]]: Rule<unknown, string, E> }
  readonly permission: <Shape extends ParamShape>(
    name: string,
    shape: Shape,
    check: (login: string, args: ParamsOutput<Shape>, context: RuleContext<E>) => MaybePromise<boolean | null>,
  ) => Permission<ParamsOutput<Shape>, E, null>
  /** Routes of one file: `export const compute = routes((r) => { r.get(…) })`. */
  readonly routes: (declare: (r: Routes<E>) => void) => Module<E>
}

/** What a desk may be told: the statements, and the app's configuration values. */
export interface DeskTypes {
  readonly sql?: unknown
  readonly config?: unknown
}

/** What the rules and routes of a desk are given. */
export interface EnvOf<T extends DeskTypes> {
  readonly sql: T extends { readonly sql: infer Sql } ? Sql : unknown
  readonly config: T extends { readonly config: infer Config } ? Config : unknown
}

/** Gives the functions that declare rules and modules, typed for one app: `desk<{ sql: Sql }>()`. */
export function desk<T extends DeskTypes = Record<never, never>>(): Desk<EnvOf<T>> {
  return {
    group: (name, check) => group<EnvOf<T>>(name, check),
    groups: (names, check) => groups(names, check),
    permission: (name, shape, check) => permission(name, shape, check),
    // A module is given the same object that an app has; only its type differs.
    routes: (declare) => ({ '~declare': (into) => declare(into) }),
  }
}
