import type { Clock } from './clock.ts'
import type { Ids } from './ids.ts'
import type { Keyring } from './keyring.ts'
import type { Limits } from './limits.ts'
import type { Outcome } from './refusal.ts'
import type { Store } from './store.ts'

/** Lines for those who run the server. Never a secret, a token or a password. */
export interface Log {
  debug(fields: object, message: string): void
  info(fields: object, message: string): void
  warn(fields: object, message: string): void
  error(fields: object, message: string): void
}

/** Hashes and checks passwords off the event loop, within a bounded queue. */
export interface PasswordService {
  /** Loads what hashing needs, so that a machine that lacks it is known at the start. */
  ready(): Promise<void>
  /** Mistakes of a new password (length, custom checks), in words for its owner; empty when it is good. */
  check(password: string): readonly string[]
  /** Hash in PHC or modular crypt format; a refusal when the password is too weak or the queue is full. */
  hash(password: string): Promise<Outcome<string>>
  /** The same without the checks, for a password that was just verified. */
  rehash(password: string): Promise<Outcome<string>>
  /** A refusal (503) when the queue is full. `hash` null costs the same time as a real one and is false. */
  verify(password: string, hash: string | null): Promise<Outcome<boolean>>
  /** True when the hash was made with weaker parameters than today's. */
  needsRehash(hash: string): boolean
}

/** What every room may need of the app that it serves; made once at boot. */
export interface Services {
  readonly clock: Clock
  readonly ids: Ids
  readonly limits: Limits
  readonly keyring: Keyring
  readonly passwords: PasswordService
  readonly log: Log
  readonly isProduction: boolean
  /** True where cookies and credentials are for TLS only, whatever the connection seems to be: in production. */
  readonly hasSecureCookies: boolean
  /** Short-lived state, its keys prefixed by the app; shared by its processes or in memory, as the app is configured. */
  readonly store: Store
}
