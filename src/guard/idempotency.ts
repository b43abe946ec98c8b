import { createHash, randomUUID } from 'node:crypto'
import type { Clock } from '../core/clock.ts'
import { defaultLimits } from '../core/limits.ts'
import type { Received } from '../core/received.ts'
import { type Outcome, Refusal } from '../core/refusal.ts'
import type { EncodedReply, HeadBlock } from '../core/reply.ts'
import { StoreUnavailable } from '../core/store-unavailable.ts'
import type { Store } from '../store/store.ts'
import { formatAnswer, parseAnswer } from './idempotency-answer.ts'
import type { IdempotencyRecords } from './idempotency-records.ts'

export interface IdempotencyOptions {
  /** The same in all processes, different for each route: `POST /stuff`. */
  readonly route: string
  /** True refuses a call without a key with 400. */
  readonly isRequired: boolean
  /** Where the lock of a running call is; shared where there are several processes. */
  readonly store: Store
  readonly clock: Clock
  /** Longer than a call may run: a lock that a dead process left behind ends by itself. */
  readonly lockMs: number
  /** Fixed headers of the route's replies, for repeated answers. */
  readonly bare: HeadBlock
  /** How long answers are kept; a day by default. */
  readonly ttlMs?: number
  readonly bytesMax?: number
}

/** What the caller sent; the same key with another content is a mistake of the caller. */
export interface IdempotentCall {
  readonly key: string
  readonly user: string | null
  /** Path with its values, query and body: all that decides what the call does. */
  readonly content: readonly (string | Uint8Array)[]
}

/** The idempotency of one route: the same key of the same user gives the same answer, and the work is done once. */
export interface Idempotency {
  /** The key of `Idempotency-Key`; null without one; 400 where it is malformed, or missing and required. */
  readKey(received: Received): Outcome<string | null>
  /** Begins one call: 409 while the first with this key still runs, 503 while the store is away. */
  begin(call: IdempotentCall): Promise<Outcome<IdempotentRun>>
}

/** One call between `begin` and `end`. */
export interface IdempotentRun {
  /** In the transaction, after the permissions: the kept answer, null to go on, 422 where the content is another. */
  replay(records: IdempotencyRecords): Promise<Outcome<EncodedReply | null>>
  /** In the transaction, before its commit. A refusal means: roll back. A reply of 400 or more is not kept. */
  keep(records: IdempotencyRecords, reply: EncodedReply): Promise<Refusal | null>
  /** After commit or rollback, always. Never rejects. */
  end(): Promise<void>
}

/** Compiles the idempotency of a route. */
export function compileIdempotency(options: IdempotencyOptions): Idempotency {
  return {
    readKey: (received) => readKey(received, options.isRequired),
    begin: async (call) => {
      const lock = { key: `idempotency-lock:${idOf(call, options.route)}`, token: randomUUID() }
      const outcome = await guarded(() => takeLock(options, lock))
      if (outcome instanceof Refusal) return outcome
      if (!outcome) return new Refusal('GUARD_IDEMPOTENCY_BUSY', { headers: ['retry-after', '1'] })
      return new LockedRun(options, call, lock)
    },
  }
}

/** A lock that has ended may still be there for a moment: `end` can only replace its own, not delete it. */
async function takeLock({ store, lockMs }: IdempotencyOptions, { key, token }: Lock): Promise<boolean> {
  const take = (): Promise<boolean> => store.setIfAbsent(key, token, lockMs)
  // It may also go away between the two questions: then the third one finds the place free.
  return (await take()) || (await store.replace(key, ENDED, { value: token, ttlMs: lockMs })) || take()
}

const ENDED = 'ended'

interface Lock {
  readonly key: string
  readonly token: string
}

class LockedRun implements IdempotentRun {
  readonly #options: IdempotencyOptions
  readonly #lock: Lock
  readonly #id: string
  readonly #digest: string

  constructor(options: IdempotencyOptions, call: IdempotentCall, lock: Lock) {
    this.#options = options
    this.#lock = lock
    this.#id = idOf(call, options.route)
    this.#digest = digestOf(call.content)
  }

  async replay(records: IdempotencyRecords): Promise<Outcome<EncodedReply | null>> {
    const record = await guarded(() => records.find(this.#id))
    if (record === null || record instanceof Refusal) return record
    if (record.digest !== this.#digest) return new Refusal('GUARD_IDEMPOTENCY_KEY')
    return parseAnswer(record.answer, this.#options.bare)
  }

  async keep(records: IdempotencyRecords, reply: EncodedReply): Promise<Refusal | null> {
    if (reply.status >= 400) return null
    const { clock, ttlMs = defaultLimits.idempotencyTtlMs, bytesMax = defaultLimits.idempotentBytesMax } = this.#options
    const answer = formatAnswer(reply, bytesMax)
    const record = { id: this.#id, digest: this.#digest, answer, expiresAtMs: clock.now() + ttlMs }
    const isSaved = await guarded(() => records.save(record))
    if (isSaved instanceof Refusal) return isSaved
    return isSaved ? null : new Refusal('GUARD_IDEMPOTENCY_BUSY', { headers: ['retry-after', '1'] })
  }

  async end(): Promise<void> {
    // Ends only its own lock: after `lockMs` another call may hold it. Where the store is away the lock ends by itself.
    const { key, token } = this.#lock
    await guarded(() => this.#options.store.replace(key, token, { value: ENDED, ttlMs: 1 }))
  }
}

async function guarded<T>(call: () => Promise<T>): Promise<T | Refusal> {
  try {
    return await call()
  } catch (error) {
    if (!(error instanceof StoreUnavailable)) throw error
    return new Refusal('GUARD_UNAVAILABLE', { reason: error.message, headers: ['retry-after', '1'] })
  }
}

/** Visible ASCII without quotes: long enough to be unique, short enough for an index. */
const KEY = /^[\x21\x23-\x5b\x5d-\x7e]{8,128}$/

function readKey(received: Received, isRequired: boolean): Outcome<string | null> {
  const header = received.header('idempotency-key')
  if (header === undefined) {
    return isRequired ? new Refusal('PARAMS_INVALID', { message: 'header "Idempotency-Key" is missing' }) : null
  }
  // The draft has a quoted string (RFC 8941 section 3.3.3), most clients send it bare: both name the same key.
  const key = header.length > 2 && header.startsWith('"') && header.endsWith('"') ? header.slice(1, -1) : header
  if (KEY.test(key)) return key
  return new Refusal('PARAMS_INVALID', { message: 'header "Idempotency-Key" is not 8 to 128 visible characters' })
}

function idOf({ key, user }: IdempotentCall, route: string): string {
  return digestOf([key, route, user === null ? 'nobody' : 'user', user ?? ''])
}

/** Each part with its length, so that no two lists of parts give the same bytes. */
function digestOf(parts: readonly (string | Uint8Array)[]): string {
  const hash = createHash('sha256')
  for (const part of parts) hash.update(`${Buffer.byteLength(part)}:`).update(part)
  return hash.digest('hex')
}
