import type { Call } from '../core/call.ts'
import type { MaybePromise, Outcome } from '../core/refusal.ts'
import { Refusal } from '../core/refusal.ts'
import {
  identityOf,
  type Identity,
  type Recognition,
  type Scheme,
  type SchemeBoot,
  type SchemeMistake,
} from '../core/scheme.ts'
import { cookie, type CookieCarrier } from './carriers.ts'
import { checkOrigin, createCsrf, CSRF_FIELD, type Csrf } from './csrf.ts'
import { lookupContext, type DeclaredScheme, type LookupContext } from './lookup.ts'
import { perBoot, saysMore } from './per-boot.ts'
import { SessionBook, type SessionInfo } from './session-book.ts'
import { orUnavailable } from './or-unavailable.ts'
import { refusedBy } from './token-reader.ts'

export interface SessionOptions<in Sql = unknown, in Config = unknown> {
  /** Name of the cookie, `session` by default; over TLS, and in production always, `__Host-` is put before it. */
  readonly cookieName?: string
  /** Without a call for so long, a session ends; an hour by default (NIST SP 800-63B-4 section 2.2.3). */
  readonly idleTimeoutMs?: number
  /** From the login, whatever happens; a day by default (NIST SP 800-63B-4 section 2.2.3). */
  readonly lifetimeMs?: number
  /** Origins beside the server's own from which writing calls may come: `https://app.example.org`. */
  readonly origins?: readonly string[]
  /** False ends the sessions of a user at once (blocked, deleted); asked at each call. */
  readonly isActive?: (user: string, context: LookupContext<Sql, Config>) => MaybePromise<boolean>
}

/** A scheme whose credentials are a cookie, and its sessions. Its functions throw a `Refusal` (503) when the store is away. */
export interface SessionScheme<in E = never> extends DeclaredScheme<E> {
  /**
   * Begins a session for a user who has just proved who they are, under a new id, and ends the one that the call came
   * with; sets the cookie. Throws a `Refusal` (403) where a page of another site asked for it.
   */
  login(call: Call, user: string, label?: string): Promise<SessionInfo>
  /** Ends the session of the call, at once, and clears its cookie. */
  logout(call: Call): Promise<void>
  /** The sessions of a user, the last seen first. */
  list(user: string): Promise<readonly SessionInfo[]>
  /** Ends one session of a user; false where they have no such one. */
  end(user: string, id: string): Promise<boolean>
  /** Ends all sessions of a user, but the one with `exceptId`. */
  endAll(user: string, exceptId?: string): Promise<void>
  /** What a writing call of this session sends back, in the header `X-CSRF-Token` or the field `_csrf`. */
  csrfToken(identity: Identity): string
}

/** Sessions in the store of the app, named by a cookie for this host alone: `HttpOnly`, `SameSite=Lax`, over TLS `Secure`. */
export function session<Sql = unknown, Config = unknown>(
  options: SessionOptions<Sql, Config> = {},
): SessionScheme<LookupContext<Sql, Config>> {
  return perBoot(() => new Sessions(options), saysMore(options))
}

interface Prepared<Sql, Config> {
  readonly book: SessionBook
  readonly csrf: Csrf
  readonly context: LookupContext<Sql, Config>
}

const HOUR_MS = 3_600_000

class Sessions<Sql, Config> implements Scheme<LookupContext<Sql, Config>> {
  readonly name = 'session'
  readonly reads = 'head'
  readonly isAmbient = true
  readonly sharedState = 'sessions'
  readonly bodyFields = [CSRF_FIELD]
  readonly #options: SessionOptions<Sql, Config>
  readonly #carrier: CookieCarrier
  #prepared: Prepared<Sql, Config> | null = null

  constructor(options: SessionOptions<Sql, Config>) {
    this.#options = options
    this.#carrier = cookie(options.cookieName ?? 'session')
  }

  challenge(): null {
    return null
  }

  prepare(boot: SchemeBoot): readonly SchemeMistake[] {
    const { services } = boot
    const { idleTimeoutMs = HOUR_MS, lifetimeMs = 24 * HOUR_MS, origins = [] } = this.#options
    this.#prepared = {
      book: new SessionBook(services.store, services.clock, { idleTimeoutMs, lifetimeMs }),
      csrf: createCsrf(services.keyring, origins),
      context: lookupContext<Sql, Config>(boot),
    }
    if (idleTimeoutMs > 0 && lifetimeMs >= idleTimeoutMs) return []
    return [
      {
        problem: 'the lifetimes of sessions do not go together',
        current: `idleTimeoutMs ${idleTimeoutMs}, lifetimeMs ${lifetimeMs}`,
        wanted: 'above 0, and idle not longer than the whole',
      },
    ]
  }

  describe(): Readonly<Record<string, Readonly<Record<string, unknown>>>> {
    return { session: { type: 'apiKey', in: 'cookie', name: this.#carrier.name } }
  }

  recognize(call: Call): MaybePromise<Recognition> {
    const secret = this.#carrier.read(call)
    return secret === null ? null : this.#recognizeSecret(call, secret)
  }

  checkCsrf(call: Call, identity: Identity): Refusal | null {
    return this.#ready().csrf.check(call, identity)
  }

  async login(call: Call, user: string, label = ''): Promise<SessionInfo> {
    const { book } = this.#ready()
    const refusal = checkOrigin(call, { origins: this.#options.origins ?? [], isStrict: false })
    if (refusal !== null) throw refusal
    const before = this.#carrier.read(call)
    const begun = await available(async () => {
      if (before !== null) await book.endSecret(before)
      return book.begin({ user, label })
    })
    call.addHeader('set-cookie', this.#carrier.format(call, begun.secret))
    call.addHeader('cache-control', 'no-store')
    const nowMs = call.now().getTime()
    return { id: begun.id, user, label, createdAtMs: nowMs, seenAtMs: nowMs, authenticatedAtMs: nowMs }
  }

  async logout(call: Call): Promise<void> {
    const secret = this.#carrier.read(call)
    if (secret === null) return
    await available(() => this.#ready().book.endSecret(secret))
    const clearing = this.#carrier.clear(call)
    if (clearing !== null) call.addHeader('set-cookie', clearing)
  }

  list(user: string): Promise<readonly SessionInfo[]> {
    return available(() => this.#ready().book.list(user))
  }

  end(user: string, id: string): Promise<boolean> {
    return available(() => this.#ready().book.end(user, id))
  }

  endAll(user: string, exceptId?: string): Promise<void> {
    return available(() => this.#ready().book.endAll(user, exceptId ?? null))
  }

  csrfToken(identity: Identity): string {
    return this.#ready().csrf.token(identity)
  }

  async #recognizeSecret(call: Call, secret: string): Promise<Recognition> {
    const { book, context } = this.#ready()
    const found = await orUnavailable(() => book.find(secret))
    if (found instanceof Refusal) return found
    if (found === null) return this.#unknown(call, 'the session has ended, or never was')
    const { isActive } = this.#options
    // A statement gives null where there is no such user any more.
    if (isActive !== undefined && !(await isActive(found.user, context)))
      return this.#unknown(call, 'the user is not active')
    const { user, id, authenticatedAtMs, createdAtMs } = found
    const expiresAtMs = createdAtMs + book.lifetimeMs
    return { ...identityOf(user), authenticatedAtMs, credentialId: id, isAmbient: true, expiresAtMs }
  }

  #unknown(call: Call, reason: string): Refusal {
    return refusedBy(this.#carrier, call, new Refusal('AUTHN_SESSION_UNKNOWN', { reason }))
  }

  #ready(): Prepared<Sql, Config> {
    if (this.#prepared === null) throw new Error('Cannot use a session: its scheme is not one of an app')
    return this.#prepared
  }
}

async function available<Value>(task: () => Promise<Value>): Promise<Value> {
  const outcome: Outcome<Value> = await orUnavailable(task)
  if (outcome instanceof Refusal) throw outcome
  return outcome
}
