import type { MaybePromise } from '../core/refusal.ts'
import type { ParamShape, ParamsOutput } from '../core/params.ts'
import type { Env, PermissionCheck, Rule, RuleContext, RuleNode } from '../core/rule.ts'

/** Nobody may call, whatever their credentials: 403. */
export const CLOSED: Rule<unknown, string, unknown> = { node: { kind: 'closed' } }
/** Anybody may call; wrong credentials are still refused. */
export const OPEN: Rule<unknown, string | null, unknown> = { node: { kind: 'open' } }
/** Any known user may call. */
export const AUTH: Rule<unknown, string, unknown> = { node: { kind: 'auth' } }

/** A group: those for whom `check` is true. Its positive answers are remembered for a short time. */
export function group<E extends Env>(
  name: string,
  check: (login: string, context: RuleContext<E>) => MaybePromise<boolean | null>,
): Rule<unknown, string, E> {
  return { node: { kind: 'group', name, check } }
}

/** Several groups answered by one function: `const { ADMIN, WRITER } = groups(['ADMIN', 'WRITER'], …)`. */
export function groups<E extends Env, const Names extends readonly string[]>(
  names: Names,
  check: (login: string, name: Names[number], context: RuleContext<E>) => MaybePromise<boolean | null>,
): { readonly [Name in Names[number]]: Rule<unknown, string, E> } {
  const rules = names.map((name: Names[number]) => [
    name,
    group<E>(name, (login, context) => check(login, name, context)),
  ])
  // Each name of the list got its rule.
  return Object.fromEntries(rules) as { readonly [Name in Names[number]]: Rule<unknown, string, E> }
}

/** An OAuth scope that the credentials must carry (RFC 6749 section 3.3). */
export function scope(name: string): Rule<unknown, string, unknown> {
  return { node: { kind: 'scope', name } }
}

type Renamed<A, From> = { [Name in keyof A as Name extends keyof From ? From[Name] & string : Name]: A[Name] }

/** Makes the rule of one route: `owned()`, `owned({ oid: 'id' })`, with modes `owned('write', { oid: 'id' })`. */
export interface Permission<A, E, Mode extends string | null> {
  (...mode: Mode extends string ? [mode: Mode] : []): Rule<A, string, E>
  <const From extends { readonly [Name in keyof A]?: string }>(
    ...args: Mode extends string ? [mode: Mode, from: From] : [from: From]
  ): Rule<Renamed<A, From>, string, E>
  /** The same check with modes: each use must name one of them, the check finds it in `context.mode`. */
  modes<const Modes extends readonly string[]>(...names: Modes): Permission<A, E, Modes[number]>
}

/**
 * A permission on an object that the parameters name: `check` gives true to go on, false for 403, null where there is
 * no such object (404).
 */
export function permission<E extends Env, Shape extends ParamShape>(
  name: string,
  shape: Shape,
  check: (login: string, args: ParamsOutput<Shape>, context: RuleContext<E>) => MaybePromise<boolean | null>,
): Permission<ParamsOutput<Shape>, E, null> {
  // The binder gives the check exactly the parameters of `shape`: the compiler and the boot saw to that.
  return createPermission({ name, shape, check: check as PermissionCheck }, false)
}

interface PermissionParts {
  readonly name: string
  readonly shape: ParamShape
  readonly check: PermissionCheck
}

function createPermission<A, E, Mode extends string | null>(
  parts: PermissionParts,
  hasModes: boolean,
): Permission<A, E, Mode> {
  const make = (...args: readonly unknown[]): Rule<never, string, E> => {
    const mode = hasModes ? (args[0] as string) : null // the type of Permission asks for it
    const renamed = (args[hasModes ? 1 : 0] ?? {}) as Readonly<Record<string, string>> // the type of Permission says so
    const from = Object.fromEntries(Object.keys(parts.shape).map((arg) => [arg, renamed[arg] ?? arg]))
    return { node: { kind: 'permission', ...parts, mode, from } }
  }
  const modes = (): Permission<A, E, string> => createPermission<A, E, string>(parts, true)
  // `make` and `modes` together are the interface; TypeScript cannot see it through the overloads.
  return Object.assign(make, { modes }) as unknown as Permission<A, E, Mode>
}

type PartsArgs<Parts> = Parts extends readonly [Rule<infer A, infer _U, infer _E>, ...infer Tail]
  ? A & PartsArgs<Tail>
  : unknown
type PartsEnv<Parts> = Parts extends readonly [Rule<infer _A, infer _U, infer E>, ...infer Tail]
  ? E & PartsEnv<Tail>
  : unknown
type AnyRule = Rule<never, string | null, never>

/** One of the rules is enough. Needs the parameters of all of them. */
export function anyOf<const Parts extends readonly [AnyRule, AnyRule, ...AnyRule[]]>(
  ...parts: Parts
): Rule<PartsArgs<Parts>, string, PartsEnv<Parts>> {
  return { node: combine('anyOf', parts) }
}

/** All rules are needed; the first that does not pass answers. */
export function allOf<const Parts extends readonly [AnyRule, AnyRule, ...AnyRule[]]>(
  ...parts: Parts
): Rule<PartsArgs<Parts>, string, PartsEnv<Parts>> {
  return { node: combine('allOf', parts) }
}

function combine(kind: 'anyOf' | 'allOf', parts: readonly AnyRule[]): RuleNode {
  return { kind, parts: parts.map((part) => part.node) }
}
