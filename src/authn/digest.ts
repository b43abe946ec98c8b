import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import type { Call } from '../core/call.ts'
import type { Keyring } from '../core/keyring.ts'
import type { MaybePromise } from '../core/refusal.ts'
import { Refusal } from '../core/refusal.ts'
import { identityOf, type Recognition, type Scheme, type SchemeBoot, type SchemeMistake } from '../core/scheme.ts'
import type { Services } from '../core/services.ts'
import { decodePercent } from '../wire/percent.ts'
import { parseAuthParams, type AuthParams } from './auth-params.ts'
import { quoted } from './challenge.ts'
import { digestHa1, digestResponse, isSameResponse, type DigestAlgorithm } from './digest-response.ts'
import { Lockout, type LockoutOptions } from './lockout.ts'
import { lookupContext, type DeclaredScheme, type LookupContext } from './lookup.ts'
import { orUnavailable } from './or-unavailable.ts'
import { perBoot, saysMore } from './per-boot.ts'

export interface DigestOptions<in Sql = unknown, in Config = unknown> {
  /** The stored `digestHa1({ login, realm, password })`, null for an unknown login. It is worth as much as the password. */
  readonly ha1?: (login: string, context: LookupContext<Sql, Config>) => MaybePromise<string | null>
  /** `SHA-256` by default; `MD5` only for old clients. The stored hashes are of this one. */
  readonly algorithm?: DigestAlgorithm
  /** How long a nonce is taken; 5 minutes by default. */
  readonly nonceLifetimeMs?: number
  readonly lockout?: LockoutOptions | false
}

/**
 * HTTP Digest (RFC 7616), `qop=auth`: the password does not travel, each response serves once. For clients that cannot do
 * better: over TLS `basic()` with a slow hash protects stored passwords more.
 */
export function digest<Sql = unknown, Config = unknown>(
  options: DigestOptions<Sql, Config> = {},
): DeclaredScheme<LookupContext<Sql, Config>> {
  return perBoot(() => new Digest(options), saysMore(options))
}

interface Prepared<Sql, Config> {
  readonly services: Services
  readonly context: LookupContext<Sql, Config>
  readonly lockout: Lockout | null
  /** Stands for the hash of an unknown login. */
  readonly dummy: string
}

/** The nonce was right once and is too old: the client tries again without asking its user. */
class StaleNonce extends Refusal {
  constructor() {
    super('AUTHN_BAD_CREDENTIALS', { reason: 'the nonce is too old' })
  }
}

const PURPOSE = 'digest-nonce/1'
const NONCE = /^([0-9a-z]{8,9})\.([A-Za-z0-9_-]{22})\.([A-Za-z0-9_-]{43})$/

class Digest<Sql, Config> implements Scheme<LookupContext<Sql, Config>> {
  readonly name = 'digest'
  readonly reads = 'head'
  readonly isAmbient = false
  readonly sharedState = 'answers of Digest that were used'
  readonly isRemembered = true
  readonly hidesSecret = true
  readonly #options: DigestOptions<Sql, Config>
  readonly #algorithm: DigestAlgorithm
  readonly #lifetimeMs: number
  #prepared: Prepared<Sql, Config> | null = null

  constructor(options: DigestOptions<Sql, Config>) {
    this.#options = options
    this.#algorithm = options.algorithm ?? 'SHA-256'
    this.#lifetimeMs = options.nonceLifetimeMs ?? 300_000
  }

  challenge(realm: string, refusal?: Refusal): string {
    const { clock, keyring } = this.#ready().services
    const stale = refusal instanceof StaleNonce ? ', stale=true' : ''
    const nonce = createNonce(keyring, clock.now())
    return `Digest realm=${quoted(realm)}, qop="auth", algorithm=${this.#algorithm}, nonce="${nonce}", charset=UTF-8${stale}`
  }

  prepare(boot: SchemeBoot): readonly SchemeMistake[] {
    const { services } = boot
    const { clock, log } = services
    const { lockout } = this.#options
    this.#prepared = {
      services,
      context: lookupContext<Sql, Config>(boot),
      lockout: lockout === false ? null : new Lockout(lockout ?? {}, { store: services.store, clock, log }),
      dummy: digestHa1({ login: '', realm: '', password: randomBytes(16).toString('hex') }, this.#algorithm),
    }
    if (this.#options.ha1 !== undefined) return []
    return [{ problem: 'the scheme cannot know any password', wanted: 'ha1: (login, { sql }) => hash' }]
  }

  describe(): Readonly<Record<string, Readonly<Record<string, unknown>>>> {
    return { digest: { type: 'http', scheme: 'digest' } }
  }

  recognize(call: Call): MaybePromise<Recognition> {
    const found = /^digest(?: +(.*))?$/i.exec(call.header('authorization') ?? '')
    if (found === null) return null
    const params = parseAuthParams(found[1] ?? '')
    const problem = params === null ? 'parameters that are malformed' : this.#problemOf(call, params)
    if (params === null || problem !== null) {
      return new Refusal('AUTHN_MALFORMED', { reason: `Digest credentials have ${problem}` })
    }
    return this.#check(call, params)
  }

  /** What does not depend on the password. */
  #problemOf({ realm, received }: Call, params: AuthParams): string | null {
    const target = received.query === '' ? received.path : `${received.path}?${received.query}`
    if (readLogin(params) === null) return 'no login'
    if (params.get('realm') !== realm) return 'another realm'
    if (params.get('uri') !== target) return 'another uri'
    if (params.get('qop') !== 'auth') return 'another qop'
    if ((params.get('algorithm') ?? 'MD5').toUpperCase() !== this.#algorithm) return 'another algorithm'
    if (!/^[0-9a-f]{8}$/.test(params.get('nc') ?? '')) return 'no nc of 8 digits'
    return params.get('cnonce') && params.get('response') ? null : 'no cnonce or no response'
  }

  async #check(call: Call, params: AuthParams): Promise<Recognition> {
    const { services, context, lockout, dummy } = this.#ready()
    const login = readLogin(params) ?? ''
    const ha1 = (await this.#options.ha1?.(login, context)) ?? null
    const attempt = { login, address: call.peer.address, isAccount: ha1 !== null }
    const locked = (await lockout?.peek(attempt)) ?? null
    if (locked !== null) return locked
    const nonce = params.get('nonce') ?? ''
    const ageMs = ageOfNonce(services, nonce)
    const wanted = digestResponse({
      algorithm: this.#algorithm,
      ha1: (ha1 ?? dummy).toLowerCase(),
      method: call.method,
      uri: params.get('uri') ?? '',
      nonce,
      nc: params.get('nc') ?? '',
      cnonce: params.get('cnonce') ?? '',
    })
    const isRight = isSameResponse(wanted, params.get('response') ?? '') && ha1 !== null && ageMs !== null
    if (!isRight) return (await lockout?.begin(attempt)) ?? wrong(ha1 === null ? 'unknown login' : 'wrong response')
    if (ageMs >= this.#lifetimeMs) return new StaleNonce()
    const found = await this.#acceptOnce(login, `${nonce}:${params.get('nc')}`)
    if (found !== null && !(found instanceof Refusal)) await lockout?.succeedUncounted(attempt)
    return found
  }

  /** A response that somebody read on the way must not serve again. */
  async #acceptOnce(login: string, use: string): Promise<Recognition> {
    const { services } = this.#ready()
    const isFirst = await orUnavailable(() => services.store.setIfAbsent(`authn:digest:${use}`, '1', this.#lifetimeMs))
    if (isFirst instanceof Refusal) return isFirst
    return isFirst ? { ...identityOf(login), authenticatedAtMs: services.clock.now() } : wrong('used twice')
  }

  #ready(): Prepared<Sql, Config> {
    if (this.#prepared === null) throw new Error('Cannot recognize: the scheme is not one of an app')
    return this.#prepared
  }
}

/** `username`, or `username*` in UTF-8 where it is not ASCII (RFC 8187). */
function readLogin(params: AuthParams): string | null {
  const extended = /^utf-8''(.+)$/i.exec(params.get('username*') ?? '')
  return extended === null ? params.get('username') || null : decodePercent(extended[1] ?? '')
}

/** Says when it was made, under a signature: nothing is kept about it until it is used. */
function createNonce(keyring: Keyring, nowMs: number): string {
  const text = `${Math.floor(nowMs).toString(36)}.${randomBytes(16).toString('base64url')}`
  return `${text}.${createHmac('sha256', keyring.current(PURPOSE)).update(text).digest('base64url')}`
}

/** Null where the nonce is not ours. */
function ageOfNonce({ clock, keyring }: Services, nonce: string): number | null {
  const [, time = '', random = '', signature = ''] = NONCE.exec(nonce) ?? []
  if (signature === '') return null
  const given = Buffer.from(signature, 'base64url')
  const isOurs = keyring.all(PURPOSE).some((key) => {
    const wanted = createHmac('sha256', key).update(`${time}.${random}`).digest()
    return given.length === wanted.length && timingSafeEqual(wanted, given)
  })
  return isOurs ? clock.now() - Number.parseInt(time, 36) : null
}

function wrong(reason: string): Refusal {
  return new Refusal('AUTHN_BAD_CREDENTIALS', { reason: `Digest: ${reason}` })
}
