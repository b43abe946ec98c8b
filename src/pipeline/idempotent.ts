import { createHash } from 'node:crypto'
import { pipeline } from 'node:stream/promises'
import type { EncodedReply } from '../core/reply.ts'
import type { MaybePromise } from '../core/refusal.ts'
import { Refusal } from '../core/refusal.ts'
import { type Idempotency, type IdempotentRun, compileIdempotency } from '../guard/idempotency.ts'
import { type IdempotencyRecords, createSqlRecords, createStoreRecords } from '../guard/idempotency-records.ts'
import { StoredUpload } from '../params/uploaded-file.ts'
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
  { spec, methods, host, path }: RouteDeclaration,
  heads: Heads,
  { services, realm }: AppRuntime,
): Idempotency | null {
  if (spec.idempotent === undefined || spec.idempotent === false) return null
  return compileIdempotency({
    // Apps may share a database, and hosts of one app a path.
    route: `${spec.realm ?? realm} ${methods.join('|')} ${host ?? ''}${path}`,
    isRequired: spec.idempotent === 'required',
    store: services.store,
    clock: services.clock,
    ttlMs: services.limits.idempotencyTtlMs,
    bytesMax: services.limits.idempotentBytesMax,
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
  const run = await idempotency.begin({ key, user: call.user, content: await contentOf(call) })
  if (run instanceof Refusal) return run
  call.idempotentRun = run
  try {
    return await once(call)
  } finally {
    await run.end()
  }
}

/** What decides what the call does: of a file that is its content, not the place where it lies this time. */
async function contentOf({ path, args }: Bound): Promise<readonly string[]> {
  const files: StoredUpload[] = []
  const text = JSON.stringify(args, (_, value: unknown) => {
    if (typeof value === 'bigint') return `${value}n`
    if (value instanceof Map || value instanceof Set) return Array.from<unknown>(value)
    if (!(value instanceof StoredUpload)) return value
    files.push(value)
    return { name: value.name, type: value.type }
  })
  return [path, text, ...(await Promise.all(files.map(digestOf)))]
}

async function digestOf(file: StoredUpload): Promise<string> {
  const hash = createHash('sha256')
  await pipeline(file.stream(), hash)
  return hash.digest('hex')
}

/** Where the answer of this call is kept: in its transaction, or in the store of an app without a database. */
export async function recordsOf(call: Bound): Promise<IdempotencyRecords> {
  const { services, database } = call.runtime
  if (database === null) return createStoreRecords(services.store, services.clock)
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
