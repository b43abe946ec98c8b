import type { CompiledRule } from '../authz/evaluate.ts'
import type { RouteDeclaration } from '../core/route-spec.ts'
import type { Scheme } from '../core/scheme.ts'
import type { Cors } from '../guard/cors.ts'
import type { Binder } from '../params/binder.ts'
import type { Heads } from '../reply/encode.ts'
import type { TransactionOptions } from '../sql/driver.ts'
import type { Routed } from './call-state.ts'
import type { Settled } from './outcome.ts'
import type { Stage } from './stage.ts'

/** One route as the pipeline runs it. */
export interface CompiledRoute {
  readonly declaration: RouteDeclaration
  readonly rule: CompiledRule
  readonly schemes: readonly Scheme[]
  readonly realm: string
  readonly binder: Binder
  readonly heads: Heads
  /** How its statements run: null outside any transaction, each on its own. */
  readonly transaction: TransactionOptions | null
  /** Its deadline is before that of a statement: what it reads is given up then. */
  readonly endsReads: boolean
  readonly cors: Cors | null
  /** All stages after routing. */
  readonly run: Stage<Routed, Settled>
}
