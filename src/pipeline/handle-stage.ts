import { Fault } from '../core/fault.ts'
import type { MaybePromise } from '../core/refusal.ts'
import { Refusal } from '../core/refusal.ts'
import type { RouteDeclaration } from '../core/route-spec.ts'
import { attempt } from '../handle/attempt.ts'
import { withTimeout } from '../handle/deadline.ts'
import { type Heads, encodeValue } from '../reply/encode.ts'
import { refusalOfSqlError } from '../sql/sql-error.ts'
import type { Bound, Permitted } from './call-state.ts'
import { type Settled, isFailure, recordOf } from './outcome.ts'
import { type Stage, then } from './stage.ts'

export interface HandlePlan {
  readonly declaration: RouteDeclaration
  readonly permit: Stage<Bound, Permitted>
  readonly heads: Heads
  readonly timeoutMs: number
}

/**
 * Object permissions, hooks and the handler, in the transaction of the call: committed before the reply's first byte,
 * rolled back on a status of 400 or more, repeated as often as the route says after a serialization failure.
 */
export function compileHandle(plan: HandlePlan): (call: Bound) => MaybePromise<Settled> {
  const { declaration, permit, heads, timeoutMs } = plan
  const retries = declaration.spec.retry ?? 0
  const body = then(permit, compileBody(declaration))

  const once = (call: Bound): MaybePromise<Settled> => {
    const outcome = attempt(() => body(call), refusalOfSqlError)
    return outcome instanceof Promise
      ? withTimeout(outcome.then((late) => settle(call, late)), timeoutMs, () => expire(call))
      : settle(call, outcome)
  }
  const settle = (call: Bound, outcome: unknown): MaybePromise<Settled> => {
    const settled = encodeOutcome(outcome, heads)
    const { session } = call
    if (session === null) return settled
    // A call whose time is over was answered with 503: what it did must not become real.
    return call.isOver || isFailure(settled) ? rollback(call, settled) : commit(call, settled)
  }
  if (retries === 0) return once
  return async (call) => {
    for (let left = retries; ; left--) {
      const settled = await once(call)
      if (left === 0 || !(settled instanceof Refusal && settled.code === 'SQL_SERIALIZATION')) return settled
      call.session = null
      call.tasks = null
    }
  }
}

/** The hooks that run before, then the handler. */
function compileBody({ before, handler }: RouteDeclaration): Stage<Permitted, unknown> {
  if (before.length === 0) return (call) => handler(call.args, call)
  return async (call) => {
    for (const hook of before) await hook(call)
    return handler(call.args, call)
  }
}

function encodeOutcome(outcome: unknown, heads: Heads): Settled {
  if (outcome instanceof Refusal || outcome instanceof Fault) return outcome
  try {
    return encodeValue(outcome, heads)
  } catch (error) {
    return new Fault(error)
  }
}

async function commit(call: Bound, settled: Settled): Promise<Settled> {
  try {
    await auditInTransaction(call, settled)
    await call.session?.commit()
  } catch (error) {
    call.isAudited = false
    await rollback(call, settled)
    return refusalOfSqlError(error) ?? new Fault(error)
  }
  // A right that this call changed must not live on in the memory of earlier decisions.
  call.runtime.forgetDecisions()
  return settled
}

async function auditInTransaction(call: Bound, settled: Settled): Promise<void> {
  const { audit } = call.runtime
  const { session } = call
  if (audit?.commit === undefined || session === null || !session.isOpen) return
  const transaction = await session.transaction()
  await audit.commit(recordOf(call, settled), (text, values) => transaction.run(text, values))
  call.isAudited = true
}

async function rollback(call: Bound, settled: Settled): Promise<Settled> {
  try {
    await call.session?.rollback()
  } catch (error) {
    // The connection is lost: the server rolls back by itself, and the driver drops the connection.
    call.log.warn({ call: call.id, error }, 'rollback failed')
  }
  return settled
}

function expire(call: Bound): Settled {
  call.isOver = true
  call.deadline?.expire()
  call.session?.rollback().catch((error: unknown) => call.log.warn({ call: call.id, error }, 'rollback failed'))
  return new Refusal('HANDLE_TIMEOUT', { headers: ['retry-after', '1'] })
}
