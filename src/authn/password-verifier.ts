import type { Call } from '../core/call.ts'
import type { MaybePromise, Outcome } from '../core/refusal.ts'
import { Refusal } from '../core/refusal.ts'
import { identityOf, type Identity, type Recognition, type SchemeBoot, type SchemeMistake } from '../core/scheme.ts'
import { CredentialCache } from './credential-cache.ts'
import { Lockout, networkOf, type LockoutOptions } from './lockout.ts'
import { lookupContext, type LookupContext } from './lookup.ts'

/** Where the passwords of an app are; one of `password` and `verify` at least. */
export interface PasswordOptions<in Sql = unknown, in Config = unknown> {
  /** The stored hash of a login, null for an unknown one. It runs at each call: what is remembered is the slow hash. */
  readonly password?: (login: string, context: LookupContext<Sql, Config>) => MaybePromise<string | null | undefined>
  /** Passwords that live elsewhere (LDAP): asked when there is no stored hash or it does not match; never remembered. */
  readonly verify?: (login: string, password: string, context: LookupContext<Sql, Config>) => MaybePromise<boolean>
  /** Makes guessing wait; on by default, `false` where something in front does it. */
  readonly lockout?: LockoutOptions | false
  /** Stores a new hash of the same password when the old one was made with weaker parameters. */
  readonly rehash?: (login: string, hash: string, context: LookupContext<Sql, Config>) => MaybePromise<unknown>
}

interface Prepared<Sql, Config> {
  readonly boot: SchemeBoot
  readonly context: LookupContext<Sql, Config>
  readonly cache: CredentialCache
  readonly lockout: Lockout | null
  /**
   * Logins with the network from where they failed since they last succeeded from there. What is remembered does not pass
   * for them unasked: it would answer guesses without end.
   */
  readonly failed: Set<string>
}

/** Characters of a login: more is nobody's, and would only cost the database. */
const LOGIN_LENGTH_MAX = 256
// oxlint-disable-next-line no-control-regex -- RFC 7617 section 2 forbids exactly these, and PostgreSQL refuses NUL
const CONTROL = /[\u0000-\u001f\u007f]/

function isLogin(login: string): boolean {
  return login !== '' && login.length <= LOGIN_LENGTH_MAX && !CONTROL.test(login)
}

/** A login and a password as they were sent. */
export interface Credentials {
  readonly login: string
  readonly password: string
}

/** Checks a login and a password, for the schemes that carry them. An unknown login takes as long as a wrong password. */
export class PasswordVerifier<Sql, Config> {
  readonly #options: PasswordOptions<Sql, Config>
  #prepared: Prepared<Sql, Config> | null = null

  constructor(options: PasswordOptions<Sql, Config>) {
    this.#options = options
  }

  /** Schemes that share a verifier prepare it once: its mistakes are told once, its memory is one. */
  prepare(boot: SchemeBoot): readonly SchemeMistake[] {
    if (this.#prepared?.boot === boot) return []
    const { clock, limits, log } = boot.services
    const { lockout } = this.#options
    const { credentialCacheMax: entriesMax, credentialCacheTtlMs: ttlMs } = limits
    this.#prepared = {
      boot,
      context: lookupContext<Sql, Config>(boot),
      cache: new CredentialCache({ clock, entriesMax, ttlMs }),
      lockout: lockout === false ? null : new Lockout(lockout ?? {}, { store: boot.services.store, clock, log }),
      failed: new Set(),
    }
    if (this.#options.password !== undefined || this.#options.verify !== undefined) return []
    return [{ problem: 'the scheme cannot know any password', wanted: 'password: (login, { sql }) => hash, or verify' }]
  }

  recognize(call: Call, credentials: Credentials): MaybePromise<Recognition> {
    const prepared = this.#ready()
    if (!isLogin(credentials.login)) return new Refusal('AUTHN_MALFORMED', { reason: 'the login is not one' })
    const stored = this.#options.password?.(credentials.login, prepared.context) ?? null
    if (stored instanceof Promise) return stored.then((hash) => this.#compare(call, credentials, hash ?? null))
    return this.#compare(call, credentials, stored)
  }

  /** Drops what is known about a user, who may also try again: a password was reset, or an administrator says so. */
  forget(user: string): void {
    if (this.#prepared === null) return
    const { boot, cache, lockout } = this.#prepared
    cache.forget(user)
    lockout?.forget(user).catch((error: unknown) => boot.services.log.error({ error }, 'an account stays locked'))
  }

  #compare(call: Call, credentials: Credentials, stored: string | null): MaybePromise<Recognition> {
    const { cache, failed } = this.#ready()
    const { login, password } = credentials
    if (stored === null || !cache.has(login, password, stored)) return this.#compareSlowly(call, credentials, stored)
    return failed.has(failureKey(call, login)) ? this.#recall(call, login) : this.#identity(login)
  }

  /** What is remembered, unless the account waits. */
  async #recall(call: Call, login: string): Promise<Recognition> {
    const attempt = { login, address: call.peer.address, isAccount: true }
    return (await this.#ready().lockout?.peek(attempt)) ?? this.#succeed(call, login)
  }

  async #compareSlowly(call: Call, credentials: Credentials, stored: string | null): Promise<Recognition> {
    const { lockout } = this.#ready()
    const { login } = credentials
    const attempt = { login, address: call.peer.address, isAccount: stored !== null }
    const locked = (await lockout?.begin(attempt)) ?? null
    if (locked !== null) {
      this.#noteFailure(call, login)
      return locked
    }
    const isRight = await this.#isRight(call, credentials, stored)
    if (isRight instanceof Refusal) {
      await lockout?.cancel(attempt)
      return isRight
    }
    if (isRight) return this.#succeed(call, login)
    this.#noteFailure(call, login)
    const problem = stored === null ? 'unknown login' : 'wrong password for login'
    return new Refusal('AUTHN_BAD_CREDENTIALS', { reason: `${problem} ${JSON.stringify(login.slice(0, 64))}` })
  }

  async #isRight(call: Call, { login, password }: Credentials, stored: string | null): Promise<Outcome<boolean>> {
    const { boot, context } = this.#ready()
    if (this.#options.password !== undefined) {
      const isRight = await boot.services.passwords.verify(password, stored)
      if (isRight instanceof Refusal) return isRight
      if (isRight && stored !== null) {
        await this.#remember(call, { login, password }, stored)
        return true
      }
    }
    // To a directory an empty password is a login as nobody, which succeeds for any name (RFC 4513 section 5.1.2).
    return password !== '' && (await this.#options.verify?.(login, password, context)) === true
  }

  async #succeed(call: Call, login: string): Promise<Identity> {
    const { failed, lockout } = this.#ready()
    failed.delete(failureKey(call, login))
    await lockout?.succeed({ login, address: call.peer.address })
    return this.#identity(login)
  }

  #noteFailure(call: Call, login: string): void {
    const { boot, failed } = this.#ready()
    const key = failureKey(call, login)
    // Deleted first, so that the order of the set is the order of age.
    failed.delete(key)
    if (failed.size >= boot.services.limits.credentialCacheMax)
      for (const oldest of failed) {
        failed.delete(oldest)
        break
      }
    failed.add(key)
  }

  async #remember(call: Call, { login, password }: Credentials, stored: string): Promise<void> {
    const { boot, cache } = this.#ready()
    let hash = stored
    if (this.#options.rehash !== undefined && boot.services.passwords.needsRehash(stored)) {
      hash = (await this.#rehash(call, { login, password })) ?? stored
    }
    cache.remember(login, password, hash)
  }

  /** A better hash is a benefit, not a condition: the login succeeds without it. */
  async #rehash(call: Call, { login, password }: Credentials): Promise<string | null> {
    const { boot, context } = this.#ready()
    const hash = await boot.services.passwords.rehash(password)
    if (hash instanceof Refusal) return null
    try {
      await this.#options.rehash?.(login, hash, context)
      return hash
    } catch (error) {
      call.log.warn({ error, login }, 'the new hash of a password could not be stored')
      return null
    }
  }

  #identity(login: string): Identity {
    return { ...identityOf(login), authenticatedAtMs: this.#ready().boot.services.clock.now() }
  }

  #ready(): Prepared<Sql, Config> {
    if (this.#prepared === null) throw new Error('Cannot recognize: the scheme is not one of an app')
    return this.#prepared
  }
}

function failureKey({ peer }: Call, login: string): string {
  return `${networkOf(peer.address)} ${login}`
}
