import type { EncodedReply } from '../core/reply.ts'
import type { MaybePromise } from '../core/refusal.ts'
import { Refusal } from '../core/refusal.ts'
import { type Idempotency, type IdempotentRun, compileIdempotency } from '../guard/idempotency.ts'
import { type IdempotencyRecords, createSqlRecords, createStoreRecords } from '../guard/idempotency-records.ts'
import { createMemoryStore } from '../store/memory-store.ts'
import type { Heads } from '../reply/encode.ts'
import type { RouteDeclaration } from '../core/route-spec.ts'
import type { AppRuntime } from './app-runtime.ts'
import type { Bound } from './call-state.ts'
import type { Settled } from './outcome.ts'

/** The answer of an earlier call with the same key. */
export class Replayed {
  readonly reply: EncodedReply

  constructor(reply: EncodedReply) {
    this.reply = reply
  }
}

/** Null where the route does not declare it. */
export function createIdempotency(
  { spec, methods, path }: RouteDeclaration,
  heads: Heads,
  { services }: AppRuntime,
): Idempotency | null {
  if (spec.idempotent === undefined || spec.idempotent === false) return null
  return compileIdempotency({
    route: `${methods.join('|')} ${path}`,
    isRequired: spec.idempotent === 'required',
    store: services.store ?? createMemoryStore({ clock: services.clock }),
    clock: services.clock,
    lockMs: 2 * (spec.timeout ?? services.limits.callTimeoutMs),
    bare: heads.bare,
  })
}

/** Runs a call under its idempotency key; without a key it runs as usual. */
export async function runIdempotent(
  call: Bound,
  idempotency: Idempotency,
  once: (call: Bound) => MaybePromise<Settled>,
): Promise<Settled> {
  const key = idempotency.readKey(call.received)
  if (key instanceof Refusal) return key
  if (key === null) return once(call)
  const run = await idempotency.begin({ key, user: call.user, content: [call.path, formatArgs(call.args)] })
  if (run instanceof Refusal) return run
  call.idempotentRun = run
  try {
    return await once(call)
  } finally {
    await run.end()
  }
}

function formatArgs(args: object): string {
  return JSON.stringify(args, (_, value: unknown) => (typeof value === 'bigint' ? `${value}n` : value))
}

/** Where the answer of this call is kept: in its transaction, or in the store of an app without a database. */
export async function recordsOf(call: Bound): Promise<IdempotencyRecords> {
  const { services, database } = call.runtime
  if (database === null) return createStoreRecords(services.store ?? createMemoryStore(), services.clock)
  void call.sql
  const { session } = call
  if (session === null) throw new TypeError('Cannot keep an answer: the call has no transaction')
  const transaction = await session.transaction()
  return createSqlRecords((text, values) => transaction.run(text, values), services.clock)
}

/** The kept answer, where there is one. */
export async function replay(call: Bound, run: IdempotentRun): Promise<Replayed | Refusal | null> {
  const kept = await run.replay(await recordsOf(call))
  return kept === null || kept instanceof Refusal ? kept : new Replayed(kept)
}
