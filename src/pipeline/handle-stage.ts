import { Fault } from '../core/fault.ts'
import type { MaybePromise } from '../core/refusal.ts'
import { Refusal } from '../core/refusal.ts'
import { Encoded } from '../core/reply.ts'
import type { RouteDeclaration } from '../core/route-spec.ts'
import { attempt } from '../handle/attempt.ts'
import { withTimeout } from '../handle/deadline.ts'
import type { Idempotency } from '../guard/idempotency.ts'
import { type Heads, encodeValue } from '../reply/encode.ts'
import { formatJson } from '../reply/json.ts'
import { RowsPromise } from '../sql/rows-promise.ts'
import { refusalOfSqlError } from '../sql/sql-error.ts'
import type { Bound, Permitted } from './call-state.ts'
import { Replayed, recordsOf, replay, runIdempotent } from './idempotent.ts'
import { type Settled, isFailure, recordOf } from './outcome.ts'
import { type Stage, pipe } from './stage.ts'

export interface HandlePlan {
  readonly declaration: RouteDeclaration
  readonly permit: Stage<Bound, Permitted>
  readonly heads: Heads
  readonly timeoutMs: number
  readonly idempotency: Idempotency | null
}

/**
 * Object permissions, hooks and the handler, in the transaction of the call: committed before the reply's first byte,
 * rolled back on a status of 400 or more, repeated as often as the route says after a serialization failure.
 */
export function compileHandle(plan: HandlePlan): (call: Bound) => MaybePromise<Settled> {
  const { declaration, permit, heads, timeoutMs, idempotency } = plan
  const retries = declaration.spec.retry ?? 0
  const handle = compileBody(declaration, heads)
  const body = attempt(pipe(permit, idempotency === null ? handle : withReplay(handle)), refusalOfSqlError)

  const once = (call: Bound): MaybePromise<Settled> => {
    const outcome = body(call)
    return outcome instanceof Promise
      ? withTimeout(
          outcome.then((late) => settle(call, late)),
          timeoutMs,
          () => expire(call),
        )
      : settle(call, outcome)
  }
  const settle = (call: Bound, outcome: unknown): MaybePromise<Settled> => {
    const settled = encodeOutcome(outcome, heads)
    call.isReplayed = outcome instanceof Replayed
    if (call.session === null && (call.idempotentRun === null || isFailure(settled))) return settled
    // A call whose time is over was answered with 503: what it did must not become real.
    return call.isOver || isFailure(settled) ? rollback(call, settled) : commit(call, settled)
  }
  const repeated = retries === 0 ? once : withRetries(once, retries)
  return idempotency === null ? repeated : (call) => runIdempotent(call, idempotency, repeated)
}

function withRetries(once: (call: Bound) => MaybePromise<Settled>, retries: number): (call: Bound) => Promise<Settled> {
  return async (call) => {
    const { headers } = call
    for (let left = retries; ; left--) {
      const settled = await once(call)
      if (left === 0 || !(settled instanceof Refusal && settled.code === 'SQL_SERIALIZATION')) return settled
      call.session = null
      call.tasks = null
      call.headers = headers
    }
  }
}

/** The hooks that run before, then the handler. */
function compileBody({ before, handler }: RouteDeclaration, heads: Heads): Stage<Permitted, unknown> {
  const handle: Stage<Permitted, unknown> = (call) => {
    const result = handler(call.args, call)
    return result instanceof RowsPromise ? encodeRows(result, heads) : result
  }
  if (before.length === 0) return handle
  return async (call) => {
    for (const hook of before) await hook(call)
    return handle(call)
  }
}

/** What a handler gives as it came from the database, unread, goes out without being made into objects. */
async function encodeRows(rows: RowsPromise, heads: Heads): Promise<Encoded> {
  const body = await rows.toJson(formatJson)
  return new Encoded({ status: 200, head: heads.json, headers: null, body })
}

/** The answer of an earlier call with the same key, after the permissions were asked again; else the handler. */
function withReplay(handle: Stage<Permitted, unknown>): Stage<Permitted, unknown> {
  return async (call) => (call.idempotentRun === null ? null : await replay(call, call.idempotentRun)) ?? handle(call)
}

function encodeOutcome(outcome: unknown, heads: Heads): Settled {
  if (outcome instanceof Refusal || outcome instanceof Fault) return outcome
  if (outcome instanceof Replayed) return outcome.reply
  try {
    return encodeValue(outcome, heads)
  } catch (error) {
    return new Fault(error)
  }
}

async function commit(call: Bound, settled: Settled): Promise<Settled> {
  try {
    const refusal = await keepAnswer(call, settled)
    if (refusal !== null) return await rollback(call, refusal)
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

/** The answer of a call with an idempotency key is part of its transaction. */
async function keepAnswer(call: Bound, settled: Settled): Promise<Refusal | null> {
  const run = call.idempotentRun
  if (run === null || call.isReplayed || settled instanceof Refusal || settled instanceof Fault) return null
  return run.keep(await recordsOf(call), settled)
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
    call.log.warn({ error }, 'rollback failed')
  }
  return settled
}

function expire(call: Bound): Settled {
  call.isOver = true
  call.deadline?.expire()
  call.session?.rollback().catch((error: unknown) => call.log.warn({ error }, 'rollback failed'))
  return new Refusal('HANDLE_TIMEOUT', { headers: ['retry-after', '1'] })
}
