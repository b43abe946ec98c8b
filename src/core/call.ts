import type { Peer, Received, Transport } from './received.ts'
import type { Keyring } from './keyring.ts'
import type { MaybePromise } from './refusal.ts'
import type { Env } from './rule.ts'
import type { Identity } from './scheme.ts'
import type { Log, PasswordService } from './services.ts'

/**
 * One message from one peer, whatever carried it, as handlers, schemes and hooks see it. `User` is `string` where the
 * rule of the route needs a known user.
 */
export interface Call<E = Env, User extends string | null = string | null> {
  /** Unique id, also in the audit, the log and the `X-Request-Id` header. */
  readonly id: string
  readonly transport: Transport
  readonly method: string
  /** Path as sent, percent-encoded. */
  readonly path: string
  readonly peer: Peer
  /** The message as the listener gave it, for what the fields here do not cover. */
  readonly received: Received
  readonly user: User
  /** Name of the scheme that recognised the user; null for nobody. */
  readonly scheme: string | null
  readonly identity: Identity | null
  /** Realm of the route, the app's own by default: what a token must have been made for. */
  readonly realm: string
  /** The statements. In a call that may write, all of them run in its one transaction. */
  readonly sql: E extends { readonly sql: infer Sql } ? Sql : unknown
  /** The app's own configuration values. */
  readonly config: E extends { readonly config: infer Config } ? Config : unknown
  /** Aborts when the peer goes away or the deadline of the call passes. */
  readonly signal: AbortSignal
  readonly log: Log
  readonly passwords: PasswordService
  /** Keys by purpose, to sign what the browser keeps for us: cookies, tokens of forms. */
  readonly keyring: Keyring
  /**
   * True where cookies of this reply are `Secure`, with names that start with `__Host-`: over TLS, and in production
   * always. Over plain HTTP elsewhere they are neither, since not every browser takes them from `http://localhost`.
   */
  readonly hasSecureCookies: boolean
  /** Random text of this reply alone: scripts and styles inside its page carry it (`<style nonce="…">`), no others run. */
  readonly nonce: string
  /**
   * What a writing call with these credentials sends back, in the field `_csrf` or the header `X-CSRF-Token`; null where
   * no credentials ride along by themselves.
   */
  readonly csrfToken: string | null
  /** Short-lived data of the app itself, shared by its processes where they share a store. */
  readonly cache: Cache
  readonly header: (name: string) => string | undefined
  readonly cookie: (name: string) => string | undefined
  /** A field of the body, where the body was read before authentication (schemes that live in it). */
  readonly bodyField: (name: string) => unknown
  /** Adds a header to the reply, whatever its status. */
  readonly addHeader: (name: string, value: string) => void
  readonly now: () => Date
  /** Makes a token for `user` by the app's token scheme; a fault where the app has none. */
  readonly createToken: (user: string, options?: TokenOptions) => MaybePromise<string>
  /** Hash for a new password; refuses a weak one with 400 and its reason. */
  readonly hashPassword: (password: string) => Promise<string>
  /** Drops all that is remembered about a user: verified credentials, decisions, subscriptions. */
  readonly forget: (user: string) => void
  /** Runs `task` after the commit, before the reply; never after a rollback. */
  readonly afterCommit: (task: () => unknown) => void
}

/** The store of the app's own data: JSON values, each with a lifetime. */
export interface Cache {
  /** The value; undefined where there is none. Throws `StoreUnavailable` (503) when the store is away. */
  get(key: string): Promise<unknown>
  set(key: string, value: unknown, lifetimeMs: number): Promise<void>
  delete(key: string): Promise<void>
  /** The value, which is taken away: of two calls at once only one gets it. Undefined where there is none. */
  take(key: string): Promise<unknown>
}

export interface TokenOptions {
  /** Lifetime; the scheme's own by default. */
  readonly lifetimeMs?: number
  /** Realm or audience, where it is not the app's own. */
  readonly realm?: string
  /** OAuth scopes (JWT only). */
  readonly scopes?: readonly string[]
  /**
   * When the user last proved who they are (`auth_time`, JWT only), milliseconds since 1970; by default as the call
   * that makes the token knows it.
   */
  readonly authenticatedAtMs?: number | null
  /** Further claims (JWT only); never a registered name. */
  readonly claims?: Readonly<Record<string, unknown>>
}
