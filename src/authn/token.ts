import type { JsonWebKey } from 'node:crypto'
import type { Call, TokenOptions } from '../core/call.ts'
import type { MaybePromise } from '../core/refusal.ts'
import type { Identity, Scheme } from '../core/scheme.ts'
import type { Carrier } from './carriers.ts'
import type { JwtOptions } from './jwt-format.ts'
import { type DeclaredScheme, type LookupContext } from './lookup.ts'
import { perBoot, saysMore } from './per-boot.ts'
import { Tokens } from './tokens.ts'

export interface TokenSchemeOptions<in Sql = unknown, in Config = unknown> {
  /** Name of the scheme, where an app has several; `token` by default. */
  readonly name?: string
  /** `guichet` (readable) by default, or `jwt` (RFC 7519). */
  readonly format?: 'guichet' | 'jwt'
  /** Where tokens may be; `[bearer()]` by default. The first that holds something decides, cookies last. */
  readonly carriers?: readonly Carrier[]
  /** Lifetime of a new token: an hour for `guichet`, 15 minutes for `jwt`. */
  readonly lifetimeMs?: number
  /** How long after its end a token is still taken, for clocks that differ; 0 by default. */
  readonly graceMs?: number
  /**
   * Asks the store at each call whether a token was revoked; true by default for `jwt`, false for `guichet`. Where the
   * store is the memory of the process, a start in production refuses the `jwt` tokens that were made before it: nobody
   * knows which of them were revoked. `REDIS_URL` keeps them; tokens of the format `guichet` do not say when they were made, and pass.
   */
  readonly isRevocable?: boolean
  /** From a login to the end of its last refresh token (`jwt` only); 30 days by default. */
  readonly refreshLifetimeMs?: number
  /** Where the carrier is a cookie: origins beside the server's own from which writing calls may come. */
  readonly origins?: readonly string[]
  /** Options of the format `jwt`. */
  readonly jwt?: JwtOptions
  /** False ends the tokens of a user at once (blocked, deleted); asked at each call. */
  readonly isActive?: (user: string, context: LookupContext<Sql, Config>) => MaybePromise<boolean>
}

/** What a login gives (RFC 6749 section 5.1, in our names). Its reply is `Cache-Control: no-store`. */
export interface TokenPair {
  readonly accessToken: string
  readonly refreshToken: string
  readonly tokenType: 'Bearer'
  /** Lifetime of the access token in seconds. */
  readonly expiresInS: number
}

/** A scheme that also makes what it takes. */
export interface TokenScheme<in E = never> extends DeclaredScheme<E> {
  /** Takes refresh tokens, once each; only for the route that renews: `authn: [tokens.refresh]`. */
  readonly refresh: Scheme<unknown>
  /** Makes a token on its own. Throws a `RangeError` on an empty user or a lifetime that is not above 0. */
  createToken(user: string, options?: TokenOptions): MaybePromise<string>
  /**
   * Makes the two tokens of a login (`jwt` only), to be called when the user has just proved who they are. Throws a
   * `Refusal` (503) when the store is away.
   */
  createPair(user: string, options?: TokenOptions): Promise<TokenPair>
  /**
   * Exchanges the refresh token of a call that `refresh` recognised for the next pair. Throws a `Refusal` (401) when it
   * was used before: the whole family ends then, since one of the two who used it stole it.
   */
  rotate(call: Call): Promise<TokenPair>
  /** Ends the token of this call and its family (logout). Throws a `Refusal` (503) when the store is away. */
  revoke(call: Call): Promise<void>
  /** Ends all tokens of a user made until now (`jwt` only): a changed password, a blocked account. */
  revokeUser(user: string): Promise<void>
  /** What a writing call by cookie sends back, in the header `X-CSRF-Token` or the field `_csrf`. */
  csrfToken(identity: Identity): string
  /** The public keys as a JSON Web Key Set (RFC 7517), for `/.well-known/jwks.json`. */
  jwks(): { readonly keys: readonly JsonWebKey[] }
}

/** Tokens that this app makes and takes. Without options it only names the app's own scheme, for a route. */
export function token<Sql = unknown, Config = unknown>(
  options: TokenSchemeOptions<Sql, Config> = {},
): TokenScheme<LookupContext<Sql, Config>> {
  return perBoot(() => new Tokens(options), saysMore(options))
}

/** Names the scheme of refresh tokens, for the route that renews: `authn: [refresh()]`. */
export function refresh(): Scheme<unknown> {
  return token().refresh
}
