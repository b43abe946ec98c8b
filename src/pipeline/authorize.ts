import type { Applicant, CompiledRule, Verdict } from '../authz/evaluate.ts'
import { Refusal } from '../core/refusal.ts'
import type { Env, RuleContext } from '../core/rule.ts'
import type { AppRuntime } from './app-runtime.ts'
import type { Allowed, Bound, CallState, Known, Permitted } from './call-state.ts'
import { type Stage, pass } from './stage.ts'

/** May they, as far as it can be said before parameters are read. */
export function compileAuthorize(rule: CompiledRule, runtime: AppRuntime): Stage<Known, Allowed> {
  if (rule.isOpen) return pass as Stage<Known, Allowed> // the rule lets everybody through
  // The rule was evaluated, and no part of it refused: that is what `Allowed` says.
  const conclude = (call: Known, verdict: Verdict): Allowed | Refusal =>
    verdict instanceof Refusal ? verdict : (call as Allowed) // the line above
  const outside = outsideContext(runtime)
  return (call) => {
    if (rule.late !== null) call.memo = new Map()
    const verdict = rule.early(applicantOf(call, outside))
    return verdict instanceof Promise ? verdict.then((late) => conclude(call, late)) : conclude(call, verdict)
  }
}

/** May they, for the objects that the parameters name. */
export function compilePermit(rule: CompiledRule, runtime: AppRuntime): Stage<Bound, Permitted> {
  const { late } = rule
  // Without object permissions `Allowed` has already said all that `Permitted` says.
  if (late === null) return pass as Stage<Bound, Permitted> // the line above
  const conclude = (call: Bound, verdict: Verdict): Permitted | Refusal => {
    if (verdict instanceof Refusal) return verdict
    if (verdict === 'later') throw new TypeError(`Cannot authorize: ${rule.text} was not decided with its parameters`)
    return call as Permitted // every part of the rule was evaluated with its parameters
  }
  const outside = outsideContext(runtime)
  return (call) => {
    const verdict = late(applicantOf(call, outside))
    return verdict instanceof Promise ? verdict.then((settled) => conclude(call, settled)) : conclude(call, verdict)
  }
}

function outsideContext(runtime: AppRuntime): RuleContext<Env> {
  // The app's own statements and values: the compiler matched them with the rule's `E` at the declaration.
  const context: { readonly sql: unknown; readonly config: unknown; readonly mode: null } = {
    // Read at each use: rules are compiled before the database is opened.
    get sql() {
      return runtime.database?.sql
    },
    config: runtime.config,
    mode: null,
  }
  return context
}

function applicantOf(call: CallState, outside: RuleContext<Env>): Applicant {
  const { identity, args, memo } = call
  return { identity, args, memo, outside, inside: args === null ? outside : insideContext(call) }
}

function insideContext(call: CallState): RuleContext<Env> {
  const { runtime } = call
  const sql = runtime.database === null ? undefined : call.sql
  return { sql, config: runtime.config, mode: null }
}
