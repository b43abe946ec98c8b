import { randomUUID } from 'node:crypto'
import type { AuditSink } from '../audit/record.ts'
import { DecisionCache } from '../authz/decision-cache.ts'
import type { Cache } from '../core/call.ts'
import type { Scheme } from '../core/scheme.ts'
import type { Services } from '../core/services.ts'
import type { Team } from '../core/team.ts'
import { type OverloadGuard, UNLOADED } from '../guard/overload.ts'
import type { AppRuntime, TokenIssuer } from '../pipeline/app-runtime.ts'
import type { AppView } from '../pipeline/app-view.ts'
import type { CallObserver } from '../pipeline/call-observer.ts'
import type { Channels } from '../pipeline/channels.ts'
import { createAppCache } from '../pipeline/app-cache.ts'
import type { Database } from '../sql/database.ts'
import type { AppDefinition } from './guichet.ts'

const CHANNEL = 'forget'

/** What the calls of one app share. The database and the audit are opened after everything else was checked. */
export class Runtime implements AppRuntime {
  readonly services: Services
  readonly schemes: readonly Scheme[]
  readonly config: unknown
  readonly realm: string
  readonly decisions: DecisionCache
  readonly errors: AppRuntime['errors']
  readonly errorPages: AppRuntime['errorPages']
  readonly tokenIssuer: TokenIssuer | null
  readonly cache: Cache
  readonly observers: readonly CallObserver[]
  isDraining = false
  trustsProxies = false
  team: Team | null = null
  load: OverloadGuard = UNLOADED
  /** Ends what is done for kept answers from time to time. */
  endIdempotency: () => void = () => undefined
  database: Database<unknown> | null = null
  audit: AuditSink | null = null
  channels: Channels | null = null
  view: AppView | null = null
  /** What tells the messages of this process from those of others. */
  readonly #self = randomUUID()

  constructor({ options, observers }: AppDefinition, services: Services, config: unknown) {
    this.observers = observers
    this.services = services
    this.config = config
    this.schemes = (options.authn ?? [])
      .map((scheme): Scheme => scheme.forBoot?.(services) ?? scheme)
      .flatMap((scheme) => [scheme, ...(scheme.companions ?? [])])
    this.cache = createAppCache(services.store)
    this.realm = options.realm ?? options.name
    this.decisions = new DecisionCache(services.clock, services.limits)
    this.errors = options.errors ?? 'problem'
    this.errorPages = options.errorPages ?? null
    this.tokenIssuer = this.schemes.find(isTokenIssuer) ?? null
  }

  forget(user: string): void {
    this.#forgetHere(user)
    this.#tellOthers(user)
  }

  forgetDecisions(): void {
    this.decisions.forgetAll()
    this.#tellOthers('')
  }

  /** Takes part in what the processes of one shared store tell each other; where something was missed, all is old. */
  async listenToOthers(): Promise<void> {
    const { store } = this.services
    if (!store.isShared) return
    await store.subscribe(CHANNEL, {
      onMessage: (message) => {
        const [from, user] = JSON.parse(message) as [string, string] // only #tellOthers writes to the channel
        if (from === this.#self) return
        if (user === '') this.decisions.forgetAll()
        else this.#forgetHere(user)
      },
      onGap: () => this.decisions.forgetAll(),
    })
  }

  #forgetHere(user: string): void {
    this.decisions.forget(user)
    for (const scheme of this.schemes) scheme.forget?.(user)
    this.channels?.forget(user)
  }

  #tellOthers(user: string): void {
    const { store, log } = this.services
    if (!store.isShared) return
    const message = JSON.stringify([this.#self, user])
    store
      .publish(CHANNEL, message)
      .catch((error: unknown) => log.warn({ error: String(error) }, 'others were not told to forget'))
  }
}

function isTokenIssuer(scheme: Scheme): scheme is Scheme & TokenIssuer {
  return 'createToken' in scheme
}
