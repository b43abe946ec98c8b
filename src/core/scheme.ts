import type { Call } from './call.ts'
import type { MaybePromise, Refusal } from './refusal.ts'
import type { Services } from './services.ts'

/** Who a scheme recognised. */
export interface Identity {
  readonly user: string
  /** Claims of the token or session that the app may read; frozen. */
  readonly claims: Readonly<Record<string, unknown>>
  /** OAuth scopes, where the credentials carry some (RFC 6749 section 3.3). */
  readonly scopes: readonly string[]
  /** When the user last proved who they are, milliseconds since 1970; null where unknown. */
  readonly authenticatedAtMs: number | null
  /** Id of the token or session, for logout and the audit; null where there is none. */
  readonly credentialId: string | null
  /** True where the credentials rode along without the user's intention (cookie): a writing call needs CSRF checks. */
  readonly isAmbient: boolean
  /** When the credentials end by themselves, milliseconds since 1970; absent or null: they do not, or it is not known. */
  readonly expiresAtMs?: number | null
}

/**
 * Null: the call carries no credentials of this scheme. A refusal: it does, and they are wrong; where its
 * `clearCookie` is set they were a cookie, which is cleared, and taken for absent where nobody is needed or another scheme knows who calls.
 */
export type Recognition = Identity | Refusal | null

/** One way to say who calls. */
export interface Scheme<in E = never> {
  /** Name in the audit, in messages and in OpenAPI: `basic`, `token`. */
  readonly name: string
  /** Where it reads credentials: a body is read before authentication only for a scheme that lives in it. */
  readonly reads: 'head' | 'body'
  /** True where credentials may ride along without the user's intention (cookies); each identity says if its own did. */
  readonly isAmbient: boolean
  /**
   * True where a browser asks its user once, and from then on sends the credentials by itself, for pages of other sites
   * too (Basic, Digest): a writing call from another site is refused.
   */
  readonly isRemembered?: boolean
  /** True where what is sent is no secret by itself (Digest): it may come over plain HTTP. */
  readonly hidesSecret?: boolean
  /** True where only routes that name the scheme take its credentials (refresh tokens). */
  readonly isOptIn?: boolean
  /** Further schemes that come with this one; an app that lists it has them too. */
  readonly companions?: readonly Scheme<E>[]
  /** What it keeps in the store and all processes must see, in words for a message: `sessions`. Absent: nothing. */
  readonly sharedState?: string
  /** Fields of the body that belong to the scheme: not undeclared parameters. */
  readonly bodyFields?: readonly string[]
  /**
   * Challenge for `WWW-Authenticate` (RFC 9110 section 11.6.1); null where the scheme has none. `refusal` is what this
   * scheme answered, absent when it found no credentials.
   */
  challenge(realm: string, refusal?: Refusal): string | null
  /**
   * The scheme of one boot, where it keeps anything from `prepare` on: an app may be booted twice in one process. The same
   * each time for one boot. Absent: the scheme keeps nothing.
   */
  forBoot?(services: Services): Scheme<E>
  /**
   * True where it was made with options of its own: a route names the schemes of its app, so another with options would
   * be dropped for that of the same name.
   */
  readonly hasOptions?: boolean
  /** Checks its own options; called once at boot. Gives the mistakes found. */
  prepare(boot: SchemeBoot): readonly SchemeMistake[]
  recognize(call: Call): MaybePromise<Recognition>
  /**
   * Null where a writing call with ambient credentials comes from our own pages; the body was read, where there is one.
   * Every scheme whose `isAmbient` is true has it.
   */
  checkCsrf?(call: Call, identity: Identity): Refusal | null
  /** What such a call sends back, in the header `X-CSRF-Token` or the field `_csrf`. */
  csrfToken?(identity: Identity): string
  /** Drops what is remembered about a user (verified credentials), since a password or a right changed. */
  forget?(user: string): void
  /** OpenAPI 3.1 security scheme objects by name, each an alternative; empty where OpenAPI has no word for it. */
  describe(realm: string): Readonly<Record<string, Readonly<Record<string, unknown>>>>
  readonly '~env'?: ((env: E) => void) | undefined
}

export interface SchemeMistake {
  readonly problem: string
  readonly current?: string
  readonly wanted?: string
}

/** What a scheme is given at boot. */
export interface SchemeBoot {
  readonly realm: string
  readonly isProduction: boolean
  /** Null where the app has no database. */
  readonly sql: unknown
  readonly config: unknown
  readonly services: Services
}

const NO_CLAIMS: Readonly<Record<string, unknown>> = Object.freeze({})
const NO_SCOPES: readonly string[] = Object.freeze([])

/** An identity that is a name alone. */
export function identityOf(user: string): Identity {
  return { user, claims: NO_CLAIMS, scopes: NO_SCOPES, authenticatedAtMs: null, credentialId: null, isAmbient: false }
}
