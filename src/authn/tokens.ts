import type { JsonWebKey } from 'node:crypto'
import type { Call, TokenOptions } from '../core/call.ts'
import type { MaybePromise } from '../core/refusal.ts'
import { Refusal } from '../core/refusal.ts'
import type { Identity, Recognition, Scheme, SchemeBoot, SchemeMistake } from '../core/scheme.ts'
import { bearer, type Carrier } from './carriers.ts'
import { bearerChallenge } from './challenge.ts'
import { createCsrf, CSRF_FIELD, type Csrf } from './csrf.ts'
import { createGuichetFormat } from './guichet-format.ts'
import { createJwtFormat } from './jwt-format.ts'
import { lookupContext, type LookupContext } from './lookup.ts'
import { RefreshTokens } from './refresh-tokens.ts'
import { Revocations } from './revocations.ts'
import { orUnavailable } from './or-unavailable.ts'
import type { TokenFormat, VerifiedToken } from './token-format.ts'
import { refusedBy, TokenReader, type Reading } from './token-reader.ts'
import type { TokenPair, TokenSchemeOptions } from './token.ts'

interface Prepared<Sql, Config> {
  readonly boot: SchemeBoot
  readonly context: LookupContext<Sql, Config>
  /** Null where tokens only end by their time. */
  readonly revocations: Revocations | null
  readonly csrf: Csrf
}

const DAY_MS = 86_400_000
const LIFETIME_MAX_MS = 3_660 * DAY_MS

/** The token scheme of an app; `token()` makes it. */
export class Tokens<Sql, Config> implements Scheme<LookupContext<Sql, Config>> {
  readonly name: string
  readonly reads: 'head' | 'body'
  readonly isAmbient: boolean
  readonly bodyFields: readonly string[]
  readonly refresh: RefreshTokens
  readonly companions: readonly Scheme<unknown>[]
  readonly sharedState?: string
  readonly #options: TokenSchemeOptions<Sql, Config>
  readonly #carriers: readonly Carrier[]
  readonly #format: TokenFormat
  readonly #reader: TokenReader
  #prepared: Prepared<Sql, Config> | null = null

  constructor(options: TokenSchemeOptions<Sql, Config>) {
    const carriers = options.carriers ?? [bearer()]
    const graceMs = options.graceMs ?? 0
    this.#options = options
    this.#carriers = carriers
    this.#format = options.format === 'jwt' ? createJwtFormat(options.jwt) : createGuichetFormat()
    this.#reader = new TokenReader({ carriers, format: this.#format, graceMs })
    this.name = options.name ?? 'token'
    const fields = carriers.filter(({ kind }) => kind === 'param').map(({ name }) => name)
    this.isAmbient = carriers.some(({ kind }) => kind === 'cookie')
    this.reads = fields.length > 0 ? 'body' : 'head'
    this.bodyFields = this.isAmbient ? [...fields, CSRF_FIELD] : fields
    this.refresh = new RefreshTokens({
      name: this.name === 'token' ? 'refresh' : `${this.name}-refresh`,
      jwt: options.jwt ?? {},
      graceMs,
      lifetimeMs: options.refreshLifetimeMs ?? 30 * DAY_MS,
      createAccess: (user, access) => this.createToken(user, access),
    })
    if (options.isRevocable ?? options.format === 'jwt') this.sharedState = 'tokens that were ended'
    this.companions = options.format === 'jwt' ? [this.refresh] : []
  }

  challenge(realm: string, refusal?: Refusal): string | null {
    return this.#carriers.some(({ kind }) => kind === 'bearer') ? bearerChallenge(realm, refusal) : null
  }

  prepare(boot: SchemeBoot): readonly SchemeMistake[] {
    const { clock } = boot.services
    const { format, isRevocable = format === 'jwt', lifetimeMs = 1, graceMs = 0 } = this.#options
    const revocations = isRevocable ? new Revocations(boot.services.store, clock, boot.isProduction) : null
    const csrf = createCsrf(boot.services.keyring, this.#options.origins)
    this.#prepared = { boot, context: lookupContext<Sql, Config>(boot), revocations, csrf }
    const mistakes = [...this.#reader.prepare(boot)]
    if (!isLifetime(lifetimeMs)) {
      mistakes.push({ problem: 'lifetimeMs is not a lifetime', current: `${lifetimeMs}`, wanted: '1 to ten years' })
    }
    if (!(graceMs >= 0 && graceMs < DAY_MS)) {
      mistakes.push({ problem: 'graceMs is not a grace', current: `${graceMs}`, wanted: '0 to a day' })
    }
    if (this.#carriers.length === 0) mistakes.push({ problem: 'no carrier', wanted: 'carriers: [bearer()]' })
    return format === 'jwt' ? [...mistakes, ...this.refresh.attach(boot, revocations)] : mistakes
  }

  recognize(call: Call): MaybePromise<Recognition> {
    const found = this.#reader.read(call)
    if (found instanceof Promise) return found.then((reading) => this.#accept(call, reading))
    return this.#accept(call, found)
  }

  checkCsrf(call: Call, identity: Identity): Refusal | null {
    return this.#ready().csrf.check(call, identity)
  }

  csrfToken(identity: Identity): string {
    return this.#ready().csrf.token(identity)
  }

  createToken(user: string, options: TokenOptions & { readonly family?: string } = {}): MaybePromise<string> {
    const { boot } = this.#ready()
    const { family, ...rest } = options
    const lifetimeMs = options.lifetimeMs ?? this.#options.lifetimeMs ?? this.#format.lifetimeMs
    if (user === '') throw new RangeError('Cannot make a token: the user is empty')
    if (!isLifetime(lifetimeMs)) throw new RangeError(`Cannot make a token: lifetimeMs ${lifetimeMs}, wanted above 0`)
    const realm = this.#format.audienceOf(options.realm ?? boot.realm)
    const registered = family === undefined ? {} : { registered: { family } }
    return this.#format.sign({ ...rest, user, lifetimeMs, realm, ...registered })
  }

  createPair(user: string, options: TokenOptions = {}): Promise<TokenPair> {
    const lifetimeMs = options.lifetimeMs ?? this.#options.lifetimeMs ?? this.#format.lifetimeMs
    return this.refresh.start(user, { ...options, lifetimeMs })
  }

  rotate(call: Call): Promise<TokenPair> {
    return this.refresh.rotate(call, this.#options.lifetimeMs ?? this.#format.lifetimeMs)
  }

  async revoke(call: Call): Promise<void> {
    const { revocations } = this.#ready()
    if (revocations === null) throw new TypeError('Cannot revoke: the token scheme is not revocable')
    const reading = await this.#reader.read(call)
    if (reading === null || reading.outcome instanceof Refusal) return
    const { carrier, outcome } = reading
    const clearing = carrier.clear(call)
    if (clearing !== null) call.addHeader('set-cookie', clearing)
    const done = await orUnavailable(() => this.#revoke(revocations, outcome))
    if (done instanceof Refusal) throw done
  }

  async revokeUser(user: string): Promise<void> {
    const { revocations } = this.#ready()
    if (revocations === null) throw new TypeError('Cannot revoke: the token scheme is not revocable')
    // `createToken` may have been asked for any lifetime: what was ended must not come back before it ends by itself.
    const done = await orUnavailable(() => revocations.revokeUser(user, LIFETIME_MAX_MS + DAY_MS))
    if (done instanceof Refusal) throw done
  }

  jwks(): { readonly keys: readonly JsonWebKey[] } {
    return this.#format.jwks?.() ?? { keys: [] }
  }

  describe(): Readonly<Record<string, Readonly<Record<string, unknown>>>> {
    const schemes: Record<string, Readonly<Record<string, unknown>>> = {}
    for (const { kind, name } of this.#carriers) {
      if (kind === 'bearer') {
        schemes[this.name] = { type: 'http', scheme: 'bearer', bearerFormat: this.#format.bearerFormat }
      } else if (kind !== 'param') {
        schemes[`${this.name}-${kind}`] = { type: 'apiKey', in: kind, name }
      }
    }
    return schemes
  }

  async #revoke(revocations: Revocations, { family, identity, expiresAtMs }: VerifiedToken): Promise<void> {
    if (family !== null) await this.refresh.end(family)
    else await revocations.revoke(identity.credentialId ?? '', expiresAtMs + (this.#options.graceMs ?? 0))
  }

  #accept(call: Call, reading: Reading | null): MaybePromise<Recognition> {
    if (reading === null) return null
    const { carrier, outcome } = reading
    const refused = (refusal: Refusal): Refusal => refusedBy(carrier, call, refusal)
    if (outcome instanceof Refusal) return refused(outcome)
    const { revocations } = this.#ready()
    const identity = carrier.kind === 'cookie' ? { ...outcome.identity, isAmbient: true } : outcome.identity
    if (revocations === null) return this.#acceptActive(identity, refused)
    const conclude = (refusal: Refusal | null): MaybePromise<Recognition> =>
      refusal === null ? this.#acceptActive(identity, refused) : refused(refusal)
    const refusal = revocations.check(outcome)
    return refusal instanceof Promise ? refusal.then(conclude) : conclude(refusal)
  }

  #acceptActive(identity: Identity, refused: (refusal: Refusal) => Refusal): MaybePromise<Recognition> {
    const conclude = (isActive: boolean): Recognition =>
      isActive ? identity : refused(new Refusal('AUTHN_TOKEN_REVOKED', { reason: 'the user is not active' }))
    const isActive = this.#options.isActive?.(identity.user, this.#ready().context) ?? true
    return isActive instanceof Promise ? isActive.then(conclude) : conclude(isActive)
  }

  #ready(): Prepared<Sql, Config> {
    if (this.#prepared === null) throw new Error('Cannot use a token: its scheme is not one of an app')
    return this.#prepared
  }
}

function isLifetime(ms: number): boolean {
  return ms > 0 && ms <= LIFETIME_MAX_MS
}
