import type { ErrorPage } from '../core/error-page.ts'
import type { AuditSink } from '../audit/record.ts'
import type { DecisionCache } from '../authz/decision-cache.ts'
import type { Cache, TokenOptions } from '../core/call.ts'
import type { MaybePromise } from '../core/refusal.ts'
import type { Services } from '../core/services.ts'
import type { Team } from '../core/team.ts'
import type { OverloadGuard } from '../guard/overload.ts'
import type { ErrorFormat } from '../reply/refusal-reply.ts'
import type { Database } from '../sql/database.ts'
import type { AppView } from './app-view.ts'
import type { CallObserver } from './call-observer.ts'
import type { Channels } from './channels.ts'

/** What makes the tokens of `call.createToken()`. */
export interface TokenIssuer {
  createToken(user: string, options: TokenOptions): MaybePromise<string>
}

/** What the calls of one app share, made once at boot. */
export interface AppRuntime {
  readonly services: Services
  readonly database: Database<unknown> | null
  readonly config: unknown
  readonly realm: string
  readonly decisions: DecisionCache
  readonly tokenIssuer: TokenIssuer | null
  readonly errors: ErrorFormat
  /** Pages for what is refused before its host is known. */
  readonly errorPages: ErrorPage | null
  readonly audit: AuditSink | null
  /** Null where the app declares no channel. */
  readonly channels: Channels | null
  /** What the app is made of, once its routes are compiled. */
  readonly view: AppView | null
  /** What measures and traces the calls. */
  readonly observers: readonly CallObserver[]
  /** Says when calls are refused because the process cannot keep up. */
  readonly load: OverloadGuard
  /** The processes that serve the app together; null where this one serves it alone. */
  readonly team: Team | null
  /** True where proxies are listed: ids that they gave to calls are taken over. */
  readonly trustsProxies: boolean
  /** True from the moment when the server was told to stop: nothing new should be sent to it. */
  readonly isDraining: boolean
  /** Short-lived data of the app itself. */
  readonly cache: Cache
  /** Drops all that is remembered about a user, in all processes that share a store. */
  forget(user: string): void
  /** Makes all remembered decisions old, in all processes that share a store: something was committed. */
  forgetDecisions(): void
}

/** True where somebody is told the record of each call. */
export function isRecorded({ audit, observers }: AppRuntime): boolean {
  return audit !== null || observers.length > 0
}
