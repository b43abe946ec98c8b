import type { JsonWebKey } from 'node:crypto'
import type { TokenOptions } from '../core/call.ts'
import type { MaybePromise, Outcome } from '../core/refusal.ts'
import type { Identity, SchemeBoot, SchemeMistake } from '../core/scheme.ts'

/** What a token says, its signature checked. Its times and its realm are checked at each use. */
export interface VerifiedToken {
  readonly identity: Identity
  /** Whom it was made for: one of these must be the realm of the route. */
  readonly audiences: readonly string[]
  /** All three in milliseconds since 1970; `issuedAtMs` null where the format does not say. */
  readonly issuedAtMs: number | null
  readonly notBeforeMs: number
  readonly expiresAtMs: number
  /** The tokens of one login, which end together; null for a token on its own. */
  readonly family: string | null
  /** True for a token of another issuer: this app can neither revoke nor renew it. */
  readonly isForeign: boolean
}

/** A token to be made. */
export interface TokenRequest extends TokenOptions {
  readonly user: string
  /** Whom it is for. */
  readonly realm: string
  readonly lifetimeMs: number
  /** Registered claims of special tokens (JWT only). */
  readonly registered?: Readonly<Record<string, string>>
}

/** One way to write tokens. */
export interface TokenFormat {
  /** Lifetime where neither the scheme nor the call says one. */
  readonly lifetimeMs: number
  /** `bearerFormat` in OpenAPI. */
  readonly bearerFormat: string
  /** Whom a token of a realm is for. */
  audienceOf(realm: string): string
  prepare(boot: SchemeBoot): readonly SchemeMistake[]
  sign(request: TokenRequest): MaybePromise<string>
  /** The public keys (RFC 7517), where the format has some. */
  jwks?(): { readonly keys: readonly JsonWebKey[] }
  /** Checks form and signature, and what does not change with time. */
  verify(text: string): MaybePromise<Outcome<VerifiedToken>>
}
