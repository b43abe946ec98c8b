import { compileRule } from '../authz/evaluate.ts'
import type { ConfigMistake } from '../core/config-error.ts'
import { TIMER_MS_MAX } from '../core/duration.ts'
import type { MaybePromise, Refusal } from '../core/refusal.ts'
import type { RouteDeclaration } from '../core/route-spec.ts'
import { type PermissionNode, type RuleNode, permissionsOf } from '../core/rule.ts'
import type { Scheme } from '../core/scheme.ts'
import type { RateLimiter } from '../guard/rate-limiter.ts'
import { type Binder, compileBinder } from '../params/binder.ts'
import type { ReadBodyOptions } from '../params/read-body.ts'
import { type FixedHeaders, Heads } from '../reply/encode.ts'
import { parsePattern } from '../route/pattern.ts'
import type { TransactionOptions } from '../sql/driver.ts'
import type { AppRuntime } from './app-runtime.ts'
import { compileAuthenticate } from './authenticate.ts'
import { compileAuthorize, compilePermit } from './authorize.ts'
import { bindNothing, compileBind, readBodyOf } from './bind.ts'
import type { Routed } from './call-state.ts'
import { compileCheckCsrf } from './check-csrf.ts'
import type { CompiledRoute } from './compiled-route.ts'
import { compileGuard } from './guard-stages.ts'
import { compileHandle } from './handle-stage.ts'
import { createIdempotency } from './idempotent.ts'
import { soundSpec } from './sound-spec.ts'
import { type Stage, pipe } from './stage.ts'

/** A route compiled to its own stages, and what is wrong with its declaration. */
export interface RouteCompilation {
  readonly route: CompiledRoute
  readonly mistakes: readonly ConfigMistake[]
}

export interface RouteContext {
  readonly runtime: AppRuntime
  /** The schemes of the app, for routes that name none. */
  readonly schemes: readonly Scheme[]
  /** Limiters that several routes share. */
  readonly limiters: Map<string, readonly RateLimiter[]>
  /** Headers of every reply of a route, by whether it is `OPEN`. */
  readonly headersOf: (isOpen: boolean) => FixedHeaders
}

export function compileRoute(given: RouteDeclaration, context: RouteContext): RouteCompilation {
  const { runtime } = context
  const where = `${given.methods.join('|')} ${given.path} (${given.where})`
  const { spec, mistakes: early } = soundSpec(given, where)
  const declaration = { ...given, spec }
  const node = ruleOf(declaration)
  const rule = compileRule(node ?? { kind: 'closed' }, runtime.decisions)
  const schemes = resolveSchemes(spec.authn, context.schemes)
  const realm = spec.realm ?? runtime.realm
  const pattern = parsePattern(declaration.path)
  const pathNames = typeof pattern === 'string' ? [] : pattern.names
  const { limits } = runtime.services
  const binder = compileBinder({
    where,
    pathNames,
    shape: spec.params ?? {},
    ignored: new Set(schemes.flatMap((scheme) => scheme.bodyFields ?? [])),
    limits,
  })
  const heads = new Heads(context.headersOf(node?.kind === 'open'))
  const guard = compileGuard({ declaration, binder, runtime, shared: context.limiters, where })
  const body = { limits, bodyBytesMax: spec.bodyBytesMax ?? limits.bodyBytesMax, files: binder.files }
  const run = pipe(
    pipe(
      pipe(
        withEarlyBody(
          pipe(
            guard.before,
            pipe(
              compileAuthenticate({ schemes, realm, needsUser: rule.needsUser, freshMs: spec.fresh ?? null }),
              guard.after,
            ),
          ),
          schemes,
          body,
        ),
        compileAuthorize(rule, runtime),
      ),
      pipe(
        compileCheckCsrf({ schemes, methods: declaration.methods, body, cors: guard.cors }),
        declaration.takesAny === true ? bindNothing : compileBind({ binder, body }),
      ),
    ),
    compileHandle({
      declaration,
      heads,
      permit: compilePermit(rule, runtime),
      timeoutMs: spec.timeout ?? limits.callTimeoutMs,
      idempotency: createIdempotency(declaration, heads, runtime),
    }),
  )
  const transaction = transactionOf(declaration)
  const endsReads = spec.timeout !== undefined && spec.timeout < limits.statementTimeoutMs
  const route = { declaration, rule, schemes, realm, binder, heads, transaction, endsReads, cors: guard.cors, run }
  const mistakes = [
    ...early,
    ...binder.mistakes,
    ...guard.mistakes,
    ...ruleMistakes(node, where, new Set([...Object.keys(spec.params ?? {}), ...pathNames])),
    ...schemeMistakes(spec.authn ?? [], context.schemes, where),
    ...replacedMistakes(spec.authn ?? [], context, where),
    ...optionMistakes(declaration, where),
    ...takenFileMistakes(declaration, binder, where),
  ]
  return { route, mistakes }
}

/** A scheme that lives in the body needs it before authentication; only the routes that accept such a scheme do. */
function withEarlyBody<Out>(
  stage: Stage<Routed, Out>,
  schemes: readonly Scheme[],
  plan: ReadBodyOptions,
): Stage<Routed, Out> {
  if (!schemes.some((scheme) => scheme.reads === 'body')) return stage
  return (call): MaybePromise<Out | Refusal> => {
    if (!call.received.hasBody) return stage(call)
    const refusal = readBodyOf(call, plan)
    if (refusal instanceof Promise) return refusal.then((late) => late ?? stage(call))
    return refusal ?? stage(call)
  }
}

/** A route names schemes; the app's own instances, with their options and memory, do the work. */
function resolveSchemes(named: readonly Scheme[] | undefined, all: readonly Scheme[]): readonly Scheme[] {
  if (named === undefined) return all.filter((scheme) => scheme.isOptIn !== true)
  return named.flatMap(({ name }) => all.filter((scheme) => scheme.name === name))
}

/** Null where the declaration, against its type, has no rule. */
function ruleOf({ spec }: RouteDeclaration): RuleNode | null {
  const rule: unknown = spec.authorize
  return typeof rule === 'object' && rule !== null && 'node' in rule ? (rule.node as RuleNode) : null // only rules have a node
}

function transactionOf({ methods, spec }: RouteDeclaration): TransactionOptions | null {
  const mayWrite = methods.some((method) => method !== 'GET' && method !== 'HEAD')
  if (!mayWrite && spec.readonly !== true && spec.serializable !== true) return null
  return {
    ...(spec.serializable === true ? { isolation: 'serializable' } : {}),
    ...(spec.readonly === true ? { readonly: true } : {}),
  }
}

function ruleMistakes(node: RuleNode | null, where: string, known: ReadonlySet<string>): readonly ConfigMistake[] {
  if (node === null) {
    return [
      { where, problem: 'the route has no rule', wanted: 'authorize: OPEN, AUTH, CLOSED, a group or a permission' },
    ]
  }
  const unknown = permissionsOf(node).flatMap((permission) => missingArguments(permission, known))
  const mixed = (node.kind === 'anyOf' || node.kind === 'allOf') && hasWholeRule(node)
  return [
    ...unknown.map((problem) => ({ where, problem })),
    ...emptyParts(node).map((problem) => ({ where, problem, wanted: 'the rules that it joins' })),
    ...(mixed ? [{ where, problem: `OPEN, AUTH and CLOSED stand alone, not inside ${node.kind}` }] : []),
  ]
}

function missingArguments({ name, from }: PermissionNode, known: ReadonlySet<string>): readonly string[] {
  return Object.entries(from)
    .filter(([, param]) => !known.has(param))
    .map(([arg, param]) => `the permission ${name} needs "${arg}", and the route has no parameter "${param}"`)
}

function hasWholeRule(node: RuleNode): boolean {
  if (node.kind === 'anyOf' || node.kind === 'allOf') return node.parts.some(hasWholeRule)
  return node.kind === 'open' || node.kind === 'closed'
}

/** Of no rules, all pass. A list may turn out empty that no compiler has seen. */
function emptyParts(node: RuleNode): readonly string[] {
  if (node.kind !== 'anyOf' && node.kind !== 'allOf') return []
  return node.parts.length === 0 ? [`${node.kind}() has no rules`] : node.parts.flatMap(emptyParts)
}

function schemeMistakes(schemes: readonly Scheme[], all: readonly Scheme[], where: string): readonly ConfigMistake[] {
  const names = all.map((scheme) => scheme.name)
  return schemes
    .filter((scheme) => !names.includes(scheme.name))
    .map(({ name }) => ({
      where,
      problem: `the route asks for the scheme "${name}", which the app lacks`,
      current: `authn of the app: ${names.join(', ') || 'none'}`,
      wanted: `add ${name}(…) to the authn list of the app`,
    }))
}

/** `authn: [basic({ password: … })]` on a route would take the passwords of the app, not those. */
function replacedMistakes(
  named: readonly Scheme[],
  { schemes, runtime: { services } }: RouteContext,
  where: string,
): readonly ConfigMistake[] {
  return named
    .filter((scheme) => scheme.hasOptions === true && schemes.some(({ name }) => name === scheme.name))
    .filter((scheme) => !schemes.includes(scheme.forBoot?.(services) ?? scheme))
    .map(({ name }) => ({
      where,
      problem: `the scheme "${name}" of the app would take the place of the one that the route makes`,
      wanted: `what the authn list of the app has, or another name`,
    }))
}

/** A file with `to` is taken while the body is read: before anybody knows whether this call is a repetition. */
function takenFileMistakes(
  { spec: { idempotent = false } }: RouteDeclaration,
  { files }: Binder,
  where: string,
): readonly ConfigMistake[] {
  if (idempotent === false) return []
  return [...(files ?? [])].flatMap(([name, { to }]) =>
    to === null
      ? []
      : [
          {
            where,
            problem: 'idempotent does not go with the "to" of a file: it would be taken again at each repetition',
            current: name,
            wanted: 'file() without "to"',
          },
        ],
  )
}

function optionMistakes({ spec, methods }: RouteDeclaration, where: string): readonly ConfigMistake[] {
  const mistakes: ConfigMistake[] = []
  if (spec.readonly === true && methods.some((method) => method !== 'GET')) {
    mistakes.push({ where, problem: 'readonly is for GET: other methods may write' })
  }
  if (spec.retry !== undefined && !(Number.isInteger(spec.retry) && spec.retry >= 1 && spec.retry <= 10)) {
    mistakes.push({
      where,
      problem: 'retry is a number of repetitions',
      current: String(spec.retry),
      wanted: '1 to 10',
    })
  }
  for (const name of ['bodyBytesMax', 'fresh'] as const) {
    const value = spec[name]
    if (value !== undefined && !(Number.isFinite(value) && value >= 0)) {
      mistakes.push({ where, problem: `${name} is a number`, current: String(value), wanted: '0 or more' })
    }
  }
  if (spec.timeout !== undefined && !(spec.timeout > 0 && spec.timeout <= TIMER_MS_MAX)) {
    const problem = 'timeout is a time that a timer can wait'
    mistakes.push({ where, problem, current: String(spec.timeout), wanted: `more than 0, at most ${TIMER_MS_MAX} ms` })
  }
  return mistakes
}
