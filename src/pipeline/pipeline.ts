import { compilePagePolicy } from '../guard/page-policy.ts'
import { Fault } from '../core/fault.ts'
import type { ErrorPageReply } from '../core/error-page.ts'
import type { Answer, Peer, Received } from '../core/received.ts'
import { type EncodedReply, normalizeHeaders } from '../core/reply.ts'
import { hasSeveralBoots, runInBoot } from '../core/live-boots.ts'
import type { MaybePromise } from '../core/refusal.ts'
import { Refusal } from '../core/refusal.ts'
import type { AfterHook } from '../core/route-spec.ts'
import { StoreUnavailable } from '../core/store-unavailable.ts'
import { preflightMethod } from '../guard/cors.ts'
import { OVERLOADED } from '../guard/overload.ts'
import { COMPRESSION_BYTES_MIN, compressReply } from '../reply/compression.ts'
import { type FixedHeaders, Heads } from '../reply/encode.ts'
import { answerConditions, hasValidators, tagReply } from '../reply/conditional.ts'
import { hasHeader, overrideHead, withoutHsts } from '../reply/override-head.ts'
import { encodeErrorPage, encodeRefusal } from '../reply/refusal-reply.ts'
import type { Resource, RouteMatch } from '../route/route-table.ts'
import { refusalOfSqlError } from '../sql/sql-error.ts'
import { type AppRuntime, isRecorded } from './app-runtime.ts'
import { observed } from './call-observer.ts'
import { CallState, type Routed } from './call-state.ts'
import type { CompiledRoute } from './compiled-route.ts'
import { describeError } from './describe-error.ts'
import { gateCookies } from './gate-cookies.ts'
import type { Site } from './site.ts'
import { NOTHING_RECEIVED, type Settled, codeOf, endOf, isRefused, nameOf, recordOf, statusOf } from './outcome.ts'

/** The site for the host of a call; a refusal where that host is not served. */
export type FindSite = (received: Pick<Received, 'host'>) => Site | Refusal

export interface Pipeline {
  readonly answer: Answer
  /** The answer to what a listener refuses by itself (a malformed request), audited like any other. */
  refuse(refusal: Refusal, received: Received | null, peer?: Peer): EncodedReply
  /** Runs a call whose route is known already (a message of a channel); it is recorded like any other. */
  conduct(call: Routed): MaybePromise<Settled>
  /** Records a call that ended before it ran: what came was no message. */
  reject(call: Routed, refusal: Refusal): void
}

/** Puts routing, the stages of each route, and the record of what happened together. */
export function createPipeline(findSite: FindSite, runtime: AppRuntime, fixed: FixedHeaders): Pipeline {
  const heads = new Heads(fixed)
  const concluder = new Concluder(runtime, heads)
  const { load } = runtime
  const run = (call: CallState): MaybePromise<EncodedReply> => {
    let settled: MaybePromise<Settled>
    try {
      settled = route(call, findSite, heads)
    } catch (error) {
      settled = explain(error)
    }
    if (!(settled instanceof Promise)) return concluder.conclude(call, settled)
    load.begin()
    return settled.then(
      (late) => {
        load.end()
        return concluder.conclude(call, late)
      },
      (error: unknown) => {
        load.end()
        return concluder.conclude(call, explain(error))
      },
    )
  }
  const inside = observed(runtime.observers, run)
  const { services } = runtime
  const answer: Answer = (received) => {
    const call = new CallState(runtime, received)
    return hasSeveralBoots() ? runInBoot(services, () => inside(call)) : inside(call)
  }
  const runKnown = (call: Routed): MaybePromise<Settled> => {
    let settled: MaybePromise<Settled>
    try {
      settled = call.route.run(call)
    } catch (error) {
      settled = explain(error)
    }
    if (!(settled instanceof Promise)) return concluder.settle(call, settled)
    load.begin()
    return settled.then(
      (late) => {
        load.end()
        return concluder.settle(call, late)
      },
      (error: unknown) => {
        load.end()
        return concluder.settle(call, explain(error))
      },
    )
  }
  const conduct = (call: Routed): MaybePromise<Settled> =>
    hasSeveralBoots() ? runInBoot(services, () => runKnown(call)) : runKnown(call)
  return {
    answer,
    conduct,
    reject: (call, refusal) => concluder.record(call, refusal),
    refuse: (refusal, received, peer) => concluder.refuse(refusal, received, peer),
  }
}

/** What a stage threw: rules and schemes may meet a database that is away; the rest is a fault. */
function explain(error: unknown): Refusal | Fault {
  if (error instanceof Refusal) return error
  if (error instanceof StoreUnavailable) return new Refusal('GUARD_UNAVAILABLE', { reason: error.message })
  const refusal = refusalOfSqlError(error)
  return refusal !== null && refusal.status === 503 ? refusal : new Fault(error)
}

function route(call: CallState, findSite: FindSite, heads: Heads): MaybePromise<Settled> {
  const { received } = call
  const site = findSite(received)
  if (site instanceof Refusal) return site
  call.site = site
  // RFC 9110 section 9.3.7: the server as a whole, which says that it is there; no other method may ask so.
  if (received.path === '*') return { status: 204, head: heads.bare, headers: null, body: null }
  const match = site.table.find(received.path)
  if (match === null) return new Refusal('ROUTE_NOT_FOUND')
  const { entries, allow } = match.resource
  const entry = entries.get(received.method) ?? (received.method === 'HEAD' ? entries.get('GET') : undefined)
  if (entry === undefined) {
    if (received.method === 'OPTIONS') return answerOptions(received, match.resource, heads)
    return new Refusal('ROUTE_METHOD', { headers: ['allow', allow] })
  }
  const routed = toRouted(call, entry, match)
  const { level } = call.runtime.load
  return level !== 0 && isShed(routed, level) ? OVERLOADED : entry.run(routed)
}

const REPEATABLE: ReadonlySet<string> = new Set(['GET', 'HEAD', 'PUT', 'DELETE'])

/** While the process cannot keep up: first what may be sent again without harm, then all but what is essential. */
function isShed(call: Routed, level: 1 | 2): boolean {
  const { declaration, cors } = call.route
  const { received } = call
  if (declaration.spec.essential === true) return false
  const hasKey = (declaration.spec.idempotent ?? false) !== false && received.header('idempotency-key') !== undefined
  if (level === 1 && !REPEATABLE.has(received.method) && !hasKey) return false
  // A page of another origin may read when to come again.
  if (cors !== null) call.headers = [...cors.fixedHeaders, ...cors.replyHeaders(received.header('origin'))]
  return true
}

/** OPTIONS never runs a handler: it tells the methods, and a browser whether a page of another origin may call. */
function answerOptions(received: Received, { entries, allow }: Resource<CompiledRoute>, heads: Heads): Settled {
  const method = preflightMethod(received)
  const cors = method === null ? null : entries.get(method === 'HEAD' ? 'GET' : method)?.cors
  const allowed = cors?.preflight(received.header('origin') ?? '') ?? NO_HEADERS
  if (allowed instanceof Refusal) return allowed
  return { status: 204, head: heads.bare, headers: ['allow', allow, ...allowed], body: null }
}

function toRouted(call: CallState, entry: CompiledRoute, match: RouteMatch<CompiledRoute>): Routed {
  call.route = entry
  call.pathValues = match.values
  return call as Routed // its route was just set
}

const NO_HOOKS: readonly AfterHook[] = []
const NO_HEADERS: readonly string[] = []

/** What is common to the end of all calls: tasks after the commit, hooks, the audit, the bytes of a refusal. */
class Concluder {
  readonly #runtime: AppRuntime
  readonly #heads: Heads

  constructor(runtime: AppRuntime, heads: Heads) {
    this.#runtime = runtime
    this.#heads = heads
  }

  conclude(call: CallState, outcome: Settled): MaybePromise<EncodedReply> {
    const settled = isRefused(outcome) ? outcome : decideConditions(call, outcome)
    const last = this.settle(call, settled)
    return last instanceof Promise ? last.then((late) => this.#finish(call, late)) : this.#finish(call, last)
  }

  /** The bytes of the reply, in the coding that the peer likes best where that is worth it. */
  #finish(call: CallState, settled: Settled): MaybePromise<EncodedReply> {
    const reply = this.#encode(call, settled)
    const { body } = reply
    const isSmall =
      body === null || ((typeof body === 'string' || body instanceof Uint8Array) && body.length < COMPRESSION_BYTES_MIN)
    // A static tree has its coded siblings, and ranges and tags of its own.
    if (isSmall || call.route?.declaration.prepare !== undefined) return reply
    const coded = compressReply(reply, call.received.header('accept-encoding'))
    return coded instanceof Promise ? coded.catch(() => reply) : coded
  }

  /** Tasks, hooks and the record of a call, without its bytes. */
  settle(call: CallState, settled: Settled): MaybePromise<Settled> {
    call.end = isRefused(settled) ? 'refused' : 'done'
    const after = call.route?.declaration.after ?? NO_HOOKS
    const hasTasks = call.tasks !== null && !isRefused(settled)
    if (after.length > 0 || hasTasks) return this.#settleSlowly(call, settled, after)
    this.record(call, settled)
    return settled
  }

  async #settleSlowly(call: CallState, settled: Settled, after: readonly AfterHook[]): Promise<Settled> {
    if (!isRefused(settled)) await this.#runTasks(call)
    const outcome = { status: statusOf(settled), code: codeOf(settled) }
    for (const hook of after) {
      try {
        await hook(call, outcome)
      } catch (error) {
        call.log.error({ ...describeError(error) }, 'a hook that runs after the call failed')
      }
    }
    this.record(call, settled)
    return settled
  }

  /** The commit has happened: a task that fails cannot take it back, so it is logged and the answer stays. */
  async #runTasks(call: CallState): Promise<void> {
    for (const task of call.tasks ?? []) {
      try {
        await task()
      } catch (error) {
        call.log.error({ ...describeError(error) }, 'a task after the commit failed')
      }
    }
  }

  /** Tells the audit and the observers how a call ended; a fault goes to the log too. */
  record(call: CallState, settled: Settled): void {
    if (settled instanceof Fault) {
      call.log.error({ route: nameOf(call), ...describeError(settled.error) }, 'fault')
    }
    if (!isRecorded(this.#runtime)) return
    const { audit, observers } = this.#runtime
    const record = recordOf(call, settled)
    audit?.record(record, call.isAudited)
    for (const { onEnd } of observers) onEnd?.(record, call)
  }

  /** What the body left on disk goes with the call; a stream that is still to be sent may be one of its files. */
  #encode(call: CallState, settled: Settled): EncodedReply {
    const formatted = this.#format(call, settled)
    const reply = call.peer.isSecure ? formatted : withoutHsts(formatted)
    const { body, onEnd } = reply
    if (body === null || typeof body === 'string' || body instanceof Uint8Array) {
      this.#release(call)
      return reply
    }
    return {
      ...reply,
      onEnd: (error) => {
        onEnd?.(error)
        this.#tellBroken(call, error)
        this.#release(call)
      },
    }
  }

  #release(call: CallState): void {
    const release = call.body?.release ?? null
    release?.().catch((error: unknown) => call.log.warn({ ...describeError(error) }, 'a temporary file stays'))
  }

  /** The head is out, so the peer can only be told by the end of the connection; who runs the server is told here. */
  #tellBroken(call: CallState, error: Error | null): void {
    if (error === null || call.received.signal.aborted) return
    call.log.error({ route: nameOf(call), ...describeError(error) }, 'a reply broke off')
  }

  #format(call: CallState, settled: Settled): EncodedReply {
    const heads = call.route?.heads ?? this.#heads
    if (!isRefused(settled)) return complete(call, withOwnHeaders(call, settled), heads)
    const refusal = settled instanceof Fault ? settled.refusal : settled
    const headers = call.headers ?? NO_HEADERS
    const page = this.#pageOf(call, refusal)
    const frame = { heads, callId: call.id, headers }
    if (page !== null) return complete(call, encodeErrorPage(refusal, page, frame), heads)
    return complete(call, encodeRefusal(refusal, { format: this.#runtime.errors, ...frame }), heads)
  }

  /** A page that cannot be made must not hide what it is about. */
  #pageOf(call: CallState, refusal: Refusal): ErrorPageReply | null {
    try {
      const { site } = call
      const pages = site === null ? this.#runtime.errorPages : site.errorPages
      const page = pages?.(refusal, call) ?? null
      return page === null ? null : { ...page, headers: normalizeHeaders(page.headers) }
    } catch (error) {
      call.log.error({ ...describeError(error) }, 'the page for an error failed')
      return null
    }
  }

  refuse(refusal: Refusal, received: Received | null, peer?: Peer): EncodedReply {
    if (received !== null) {
      const call = new CallState(this.#runtime, received)
      this.record(call, refusal)
      return this.#encode(call, refusal)
    }
    const id = this.#runtime.services.ids.next()
    const atMs = this.#runtime.services.clock.now()
    const record = { ...NOTHING_RECEIVED, peer: peer?.address ?? '', id, atMs, ...endOf(refusal) }
    this.#runtime.audit?.record(record, false)
    for (const { onEnd } of this.#runtime.observers) onEnd?.(record, null)
    const frame = { format: this.#runtime.errors, heads: this.#heads, callId: id, headers: NO_HEADERS }
    // Whether there was TLS is not known.
    return withoutHsts(overrideHead(encodeRefusal(refusal, frame)))
  }
}

/** A read of something that says its version may be answered with 304, or with 412. */
function decideConditions(call: CallState, reply: EncodedReply): EncodedReply | Refusal {
  const { method, received } = call
  if (reply.status !== 200 || (method !== 'GET' && method !== 'HEAD')) return reply
  const tagged =
    call.route?.declaration.spec.etag === true && !hasHeader(reply.headers, 'etag') ? tagReply(reply) : reply
  if (tagged.headers === null || !hasValidators(tagged.headers)) return tagged
  return answerConditions(tagged, received, call.runtime.services.clock.now())
}

/** A page gets its policy, and what a reply says itself replaces what all replies say. */
function complete(call: CallState, encoded: EncodedReply, heads: Heads): EncodedReply {
  const { site } = call
  const gate = site?.cookies ?? null
  const reply = gate === null ? encoded : gateCookies(call, encoded, gate)
  if (!heads.isHtml(reply.head) || hasHeader(reply.headers, 'content-security-policy')) {
    return reply.headers === null ? reply : overrideHead(reply)
  }
  return overrideHead(
    withHeaders(reply, ['content-security-policy', (site?.pagePolicy ?? OWN_SITE_ONLY).format(call.nonce)]),
  )
}

/** For a page that belongs to no site. */
const OWN_SITE_ONLY = compilePagePolicy()

/** What the stages and the handler have added, and the id under which the audit or the log has the call. */
function withOwnHeaders({ headers, toldId }: CallState, reply: EncodedReply): EncodedReply {
  const own = headers === null ? reply : withHeaders(reply, headers)
  if (toldId === null || hasHeader(own.headers, 'x-request-id')) return own
  return withHeaders(own, ['x-request-id', toldId])
}

function withHeaders(reply: EncodedReply, headers: readonly string[]): EncodedReply {
  return { ...reply, headers: reply.headers === null ? headers : [...reply.headers, ...headers] }
}
