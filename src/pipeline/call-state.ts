import type { Cache, Call } from '../core/call.ts'
import { readMonotonic } from '../core/clock.ts'
import type { Keyring } from '../core/keyring.ts'
import { assertHeaders } from '../core/reply.ts'
import type { Peer, Received, Transport } from '../core/received.ts'
import { type MaybePromise, Refusal } from '../core/refusal.ts'
import type { GroupNode } from '../core/rule.ts'
import type { Identity } from '../core/scheme.ts'
import type { Log, PasswordService } from '../core/services.ts'
import type { Verdict } from '../authz/evaluate.ts'
import type { ParsedBody } from '../params/binder.ts'
import { createNonce } from '../guard/page-policy.ts'
import { readRequestId } from '../guard/request-id.ts'
import { Deadline } from '../handle/deadline.ts'
import type { IdempotentRun } from '../guard/idempotency.ts'
import type { LeaveReason } from '../rooms/member.ts'
import type { Occupant } from '../rooms/room-event.ts'
import type { SqlSession } from '../sql/database.ts'
import { parseCookies } from '../wire/cookies.ts'
import { type AppRuntime, isRecorded } from './app-runtime.ts'
import type { CompiledRoute } from './compiled-route.ts'
import type { Site } from './site.ts'

const NO_VALUES: readonly string[] = []

/**
 * The one object that travels through the stages. All its fields exist from the start, so that its shape never
 * changes; stages fill them in.
 */
export class CallState implements Call {
  readonly runtime: AppRuntime
  readonly received: Received
  /** By the clock for durations; 0 where nobody records what it takes. */
  readonly #startedMs: number
  route: CompiledRoute | null = null
  pathValues: readonly string[] = NO_VALUES
  identity: Identity | null = null
  scheme: string | null = null
  body: ParsedBody | null = null
  args: Readonly<Record<string, unknown>> | null = null
  session: SqlSession<unknown> | null = null
  memo: Map<GroupNode, Verdict> | null = null
  headers: string[] | null = null
  tasks: (() => unknown)[] | null = null
  deadline: Deadline | null = null
  /** Its deadline has passed: it was answered, and nothing of it may become real any more. */
  isOver = false
  /** What answers for the host of the call; null where that is not known. */
  site: Site | null = null
  /** Its audit record is in the transaction that was committed. */
  isAudited = false
  /** What became of it, once that is known: after it, nothing waits for a commit any more. */
  end: 'done' | 'refused' | null = null
  /** For the audit, where nothing was refused: why a member left. */
  note: string | null = null
  /** The room that its handler speaks to; null outside channels. */
  room: RoomVoice | null = null
  /** The run of its idempotency key, where it has one; and whether its answer is that of an earlier call. */
  idempotentRun: IdempotentRun | null = null
  isReplayed = false
  #id: string | null = null
  #nonce: string | null = null
  #reads: unknown = null
  #log: Log | null = null
  #cookies: ReadonlyMap<string, string> | null = null

  constructor(runtime: AppRuntime, received: Received) {
    this.runtime = runtime
    this.received = received
    this.#startedMs = isRecorded(runtime) ? readMonotonic(runtime.services.clock) : 0
  }

  /** Milliseconds since it began; only where calls are recorded. */
  get elapsedMs(): number {
    return readMonotonic(this.runtime.services.clock) - this.#startedMs
  }

  get id(): string {
    return (this.#id ??= this.#takeId() ?? this.runtime.services.ids.next())
  }

  /** The id for the answer; null where nobody has asked for it, so that there is nothing to find under it. */
  get toldId(): string | null {
    return this.runtime.trustsProxies ? this.id : this.#id
  }

  #takeId(): string | null {
    return this.runtime.trustsProxies ? readRequestId(this.received) : null
  }

  get transport(): Transport {
    return this.received.transport
  }

  get method(): string {
    return this.received.method
  }

  get path(): string {
    return this.received.path
  }

  get query(): string {
    return this.received.query
  }

  get peer(): Peer {
    return this.received.peer
  }

  get user(): string | null {
    return this.identity === null ? null : this.identity.user
  }

  get realm(): string {
    return this.route === null ? this.runtime.realm : this.route.realm
  }

  /** Outside the transaction until the parameters are bound: what schemes and groups read is not part of it. */
  get sql(): unknown {
    const { database } = this.runtime
    if (database === null) throw new TypeError('Cannot run a statement: the app declares no database')
    const { route } = this
    if (route === null || this.args === null) return database.sql
    const { transaction } = route
    if (transaction === null && !route.endsReads) return database.sql
    if (this.isOver) throw new Refusal('HANDLE_TIMEOUT')
    if (transaction === null) return (this.#reads ??= database.reading(this.signal))
    return (this.session ??= database.session(transaction)).sql
  }

  get config(): unknown {
    return this.runtime.config
  }

  get signal(): AbortSignal {
    if (this.deadline === null) {
      this.deadline = new Deadline(this.received)
      if (this.isOver) this.deadline.expire()
    }
    return this.deadline.signal
  }

  get log(): Log {
    return (this.#log ??= logOf(this))
  }

  get keyring(): Keyring {
    return this.runtime.services.keyring
  }

  get cache(): Cache {
    return this.runtime.cache
  }

  get passwords(): PasswordService {
    return this.runtime.services.passwords
  }

  get hasSecureCookies(): boolean {
    return this.peer.isSecure || this.runtime.services.hasSecureCookies
  }

  get nonce(): string {
    return (this.#nonce ??= createNonce())
  }

  get csrfToken(): string | null {
    const { identity, scheme } = this
    if (identity === null || !identity.isAmbient) return null
    return this.route?.schemes.find(({ name }) => name === scheme)?.csrfToken?.(identity) ?? null
  }

  get header(): Call['header'] {
    return (name) => this.received.header(name.toLowerCase())
  }

  get cookie(): Call['cookie'] {
    return (name) => (this.#cookies ??= parseCookies(this.received.header('cookie') ?? '')).get(name)
  }

  get bodyField(): Call['bodyField'] {
    return (name) => this.body?.fields.get(name)
  }

  get addHeader(): Call['addHeader'] {
    return (name, value) => {
      const pair = [name.toLowerCase(), value]
      assertHeaders(pair)
      this.headers = this.headers === null ? pair : [...this.headers, ...pair]
    }
  }

  get now(): Call['now'] {
    return () => new Date(this.runtime.services.clock.now())
  }

  get createToken(): Call['createToken'] {
    return (user, options = {}) => {
      const issuer = this.runtime.tokenIssuer
      if (issuer === null) throw new TypeError('Cannot create a token: the app has no token scheme in its authn list')
      const { identity } = this
      const authenticatedAtMs = identity?.user === user ? identity.authenticatedAtMs : null
      return issuer.createToken(user, { authenticatedAtMs, ...options })
    }
  }

  get hashPassword(): Call['hashPassword'] {
    return async (password) => {
      const hash = await this.runtime.services.passwords.hash(password)
      if (hash instanceof Refusal) throw hash
      return hash
    }
  }

  get forget(): Call['forget'] {
    return (user) => {
      this.runtime.forget(user)
      // What is looked up again before the commit would still be the old.
      if (this.end === null && this.route?.transaction !== null) this.afterCommit(() => this.runtime.forget(user))
    }
  }

  /** Sends a message to the room of a channel, after the commit. */
  get publish(): (message: Readonly<Record<string, unknown>>, options?: PublishOptions) => void {
    return (message, options = {}) => {
      if (this.room === null) throw new TypeError('Cannot publish: this call belongs to no channel')
      this.room.publish(this, message, options)
    }
  }

  /** Who is in the room of a channel. */
  get present(): () => MaybePromise<readonly Occupant[]> {
    return () => {
      if (this.room === null) throw new TypeError('Cannot tell who is present: this call belongs to no channel')
      return this.room.present()
    }
  }

  /** Answers who sent the message, after the commit. */
  get reply(): (data: unknown) => void {
    return (data) => {
      if (this.room === null) throw new TypeError('Cannot reply: this call belongs to no channel')
      this.room.reply(this, data)
    }
  }

  get afterCommit(): Call['afterCommit'] {
    return (task) => {
      this.tasks = this.tasks === null ? [task] : [...this.tasks, task]
    }
  }
}

/** Each line says which call it belongs to. */
function logOf({ runtime: { services }, id: call }: CallState): Log {
  const { log } = services
  return {
    debug: (fields, message) => log.debug({ call, ...fields }, message),
    info: (fields, message) => log.info({ call, ...fields }, message),
    warn: (fields, message) => log.warn({ call, ...fields }, message),
    error: (fields, message) => log.error({ call, ...fields }, message),
  }
}

export interface PublishOptions {
  /** For the policy `coalesce`: of messages with one key only the newest waits for a slow member. */
  readonly key?: string | null
}

/** What a call of a channel speaks to. */
export interface RoomVoice {
  /** Why the member left; null while it is there. */
  readonly leaveReason: LeaveReason | null
  publish(call: CallState, message: Readonly<Record<string, unknown>>, options: PublishOptions): void
  reply(call: CallState, data: unknown): void
  present(): MaybePromise<readonly Occupant[]>
}

/** Its route is known. */
export interface Routed extends CallState {
  route: CompiledRoute
}
declare const stage: unique symbol
/** Schemes were tried: `identity` says who calls, null for nobody. */
export interface Known extends Routed {
  readonly [stage]: 'known' | 'allowed' | 'bound' | 'permitted'
}
/** The rule passed as far as it can be decided without parameters. */
export interface Allowed extends Known {
  readonly [stage]: 'allowed' | 'bound' | 'permitted'
}
/** The parameters are there and valid. */
export interface Bound extends Allowed {
  readonly [stage]: 'bound' | 'permitted'
  args: Readonly<Record<string, unknown>>
}
/** Object permissions passed too: the handler may run. */
export interface Permitted extends Bound {
  readonly [stage]: 'permitted'
}
