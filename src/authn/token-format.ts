import type { TokenOptions } from '../core/call.ts'
import type { MaybePromise, Outcome } from '../core/refusal.ts'
import type { Identity, SchemeBoot, SchemeMistake } from '../core/scheme.ts'

/** What a token says, its signature checked. Its times and its realm are checked at each use. */
export interface VerifiedToken {
  readonly identity: Identity
  /** Whom it was made for: one of these must be the realm of the route. */
  readonly audiences: readonly string[]
  /** Both in milliseconds since 1970. */
  readonly notBeforeMs: number
  readonly expiresAtMs: number
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
  /** Checks form and signature, and what does not change with time. */
  verify(text: string): MaybePromise<Outcome<VerifiedToken>>
}
