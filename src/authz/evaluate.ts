import type { MaybePromise, Outcome } from '../core/refusal.ts'
import { Refusal } from '../core/refusal.ts'
import type { Env, GroupNode, PermissionNode, RuleContext, RuleNode } from '../core/rule.ts'
import { formatRule, permissionsOf } from '../core/rule.ts'
import type { Identity } from '../core/scheme.ts'
import type { DecisionCache } from './decision-cache.ts'

/** What an evaluation knows about the call. Arguments are null before the parameters are bound. */
export interface Applicant {
  readonly identity: Identity | null
  readonly args: Readonly<Record<string, unknown>> | null
  /** Context of group checks: statements outside the transaction of the call. */
  readonly outside: RuleContext<Env>
  /** Context of permission checks: statements of the call. */
  readonly inside: RuleContext<Env>
  /** Answers of groups already asked for this call, where a rule asks twice (before and after parameters). */
  readonly memo: Map<GroupNode, Verdict> | null
}

/** True: go on. `later`: it depends on parameters that are not bound yet. */
export type Verdict = true | 'later' | Refusal

export type Evaluate = (applicant: Applicant) => MaybePromise<Verdict>

/** A rule compiled for one route. */
export interface CompiledRule {
  readonly text: string
  /** Its object permissions, in the order in which they are written. */
  readonly permissions: readonly PermissionNode[]
  readonly needsUser: boolean
  /** Anybody may call: there is nothing to evaluate. */
  readonly isOpen: boolean
  /** Before parameters: who may not call in any case is refused here. */
  readonly early: Evaluate
  /** After parameters; null where the rule has no object permission. */
  readonly late: Evaluate | null
}

export function compileRule(node: RuleNode, cache: DecisionCache): CompiledRule {
  const evaluate = compileNode(node, cache)
  const permissions = permissionsOf(node)
  return {
    text: formatRule(node),
    permissions,
    needsUser: node.kind !== 'open' && node.kind !== 'closed',
    isOpen: node.kind === 'open',
    early: evaluate,
    late: permissions.length > 0 ? evaluate : null,
  }
}

function compileNode(node: RuleNode, cache: DecisionCache): Evaluate {
  switch (node.kind) {
    case 'open':
      return () => true
    case 'closed':
      return () => new Refusal('AUTHZ_CLOSED')
    case 'auth':
      return ({ identity }) => identity !== null || new Refusal('AUTHN_MISSING')
    case 'scope':
      return ({ identity }) => checkScope(identity, node.name)
    case 'group': {
      const memory = { cache, key: `${cache.idOf(node.check)} group ${node.name}` }
      return (applicant) => checkGroup(node, applicant, memory)
    }
    case 'permission': {
      const memory = { cache, key: `${cache.idOf(node.check)} ${node.name} ${node.mode ?? ''}` }
      return (applicant) => (applicant.args === null ? 'later' : checkPermission(node, applicant, memory))
    }
    case 'anyOf':
      return compileAnyOf(node.parts.map((part) => compileNode(part, cache)))
    case 'allOf':
      return compileAllOf(node.parts.map((part) => compileNode(part, cache)))
  }
}

/** Where the yes of one check is remembered, and under what beside its arguments. */
interface CheckMemory {
  readonly cache: DecisionCache
  readonly key: string
}

function checkScope(identity: Identity | null, name: string): Verdict {
  if (identity === null) return new Refusal('AUTHN_MISSING')
  return (
    identity.scopes.includes(name) ||
    new Refusal('AUTHZ_SCOPE', { message: `the token does not have the scope "${name}"` })
  )
}

function checkGroup(node: GroupNode, applicant: Applicant, { cache, key }: CheckMemory): MaybePromise<Verdict> {
  if (applicant.identity === null) return new Refusal('AUTHN_MISSING')
  const user = applicant.identity.user
  if (cache.has(user, key)) return true
  const known = applicant.memo?.get(node)
  if (known !== undefined) return known
  const epoch = cache.epoch
  const conclude = (answer: unknown): Verdict => {
    // A statement gives null where there is no such user any more: its token may outlive the account.
    if (typeof answer !== 'boolean' && answer !== null) {
      throw new TypeError(
        `Cannot authorize: group ${node.name} answered ${describeAnswer(answer)}, wanted true, false or null`,
      )
    }
    const verdict = answer === true || new Refusal('AUTHZ_GROUP', { message: `not in group "${node.name}"` })
    if (answer === true) cache.remember(user, key, epoch)
    applicant.memo?.set(node, verdict)
    return verdict
  }
  const answer = node.check(user, applicant.outside)
  return answer instanceof Promise ? answer.then(conclude) : conclude(answer)
}

function describeAnswer(answer: unknown): string {
  return typeof answer === 'object' ? 'an object' : (JSON.stringify(answer) ?? 'nothing')
}

function checkPermission(node: PermissionNode, applicant: Applicant, memory: CheckMemory): MaybePromise<Verdict> {
  const { cache } = memory
  if (applicant.identity === null) return new Refusal('AUTHN_MISSING')
  const user = applicant.identity.user
  const args: Record<string, unknown> = {}
  for (const [name, from] of Object.entries(node.from)) args[name] = applicant.args?.[from]
  const shown = formatArgs(args)
  const key = shown === null ? null : memory.key + shown
  if (key !== null && cache.has(user, key)) return true
  const epoch = cache.epoch
  // The audit has the object itself: of several permissions this says which one refused.
  const reason = node.mode === null ? node.name : `${node.name} ${node.mode}`
  const conclude = (answer: unknown): Verdict => {
    if (answer === null) return new Refusal('AUTHZ_NO_OBJECT', { reason })
    if (typeof answer !== 'boolean') {
      throw new TypeError(
        `Cannot authorize: permission ${node.name} answered ${describeAnswer(answer)}, wanted true, false or null`,
      )
    }
    if (!answer) return new Refusal('AUTHZ_PERMISSION', { reason })
    if (key !== null) cache.remember(user, key, epoch)
    return true
  }
  const context: RuleContext<Env> = node.mode === null ? applicant.inside : { ...applicant.inside, mode: node.mode }
  const answer = node.check(user, args, context)
  return answer instanceof Promise ? answer.then(conclude) : conclude(answer)
}

/** No two lists of arguments give the same text; null where one is no plain value, whose content nobody can tell. */
function formatArgs(args: Readonly<Record<string, unknown>>): string | null {
  let text = ''
  for (const [name, value] of Object.entries(args)) {
    if ((typeof value === 'object' && value !== null) || typeof value === 'function') return null
    const shown = String(value)
    text += ` ${name} ${value === null ? 'null' : typeof value} ${shown.length}:${shown}`
  }
  return text
}

function compileAllOf(parts: readonly Evaluate[]): Evaluate {
  return (applicant) => {
    let isLater = false
    const step = (from: number): MaybePromise<Verdict> => {
      for (let i = from; i < parts.length; i++) {
        const verdict = parts[i]?.(applicant) ?? true
        if (verdict instanceof Promise) return verdict.then((settled) => take(settled) ?? step(i + 1))
        const end = take(verdict)
        if (end !== null) return end
      }
      return isLater ? 'later' : true
    }
    const take = (verdict: Verdict): Refusal | null => {
      if (verdict instanceof Refusal) return verdict
      isLater ||= verdict === 'later'
      return null
    }
    return step(0)
  }
}

function compileAnyOf(parts: readonly Evaluate[]): Evaluate {
  return (applicant) => {
    const verdicts: Verdict[] = []
    const step = (from: number): MaybePromise<Verdict> => {
      for (let i = from; i < parts.length; i++) {
        const verdict = parts[i]?.(applicant) ?? true
        if (verdict instanceof Promise) return verdict.then((settled) => take(settled) ?? step(i + 1))
        if (take(verdict) !== null) return true
      }
      return concludeAnyOf(verdicts)
    }
    const take = (verdict: Verdict): true | null => {
      if (verdict === true) return true
      verdicts.push(verdict)
      return null
    }
    return step(0)
  }
}

/** Nothing passed: a permission's 403 before a 404 before any other 403 (section "Authorization" of the design). */
function concludeAnyOf(verdicts: readonly Verdict[]): Verdict {
  if (verdicts.includes('later')) return 'later'
  const refusals: Outcome<never>[] = verdicts.filter((verdict) => verdict instanceof Refusal)
  return (
    refusals.find(({ code }) => code === 'AUTHN_MISSING') ??
    refusals.find(({ code }) => code === 'AUTHZ_PERMISSION') ??
    refusals.find(({ code }) => code === 'AUTHZ_NO_OBJECT') ??
    refusals[0] ??
    new Refusal('AUTHZ_CLOSED')
  )
}
