import { createHash } from 'node:crypto'
import type { Clock } from '../core/clock.ts'
import { Refusal } from '../core/refusal.ts'
import type { Log } from '../core/services.ts'
import type { Store } from '../core/store.ts'
import { StoreUnavailable } from '../core/store-unavailable.ts'

export interface LockoutOptions {
  /** Failures in a row of one account that cost nothing but their time; 20 by default. Then each makes the next wait. */
  readonly freeMax?: number
  /** The first wait; it doubles with each failure. A second by default. */
  readonly waitMs?: number
  /** The longest wait; 15 minutes by default. */
  readonly waitMaxMs?: number
  /** Failures in a row after which the account waits for `forget()`; 100 by default and at most (NIST SP 800-63B-4). */
  readonly failuresMax?: number
  /** Failures of one address, whatever the accounts, within 15 minutes; 300 by default. */
  readonly addressFailuresMax?: number
  /** When the store is away: `open` lets logins pass unchecked (a warning in the log), `closed` refuses them (503). */
  readonly whenAway?: 'open' | 'closed'
}

/** A login being tried. */
export interface Attempt {
  readonly login: string
  readonly address: string
  /** True where the login has a password. */
  readonly isAccount: boolean
}

const MINUTE_MS = 60_000
const DAY_MS = 86_400_000
const FAILURES_MAX = 100
/**
 * Failures of any login are counted together for a day, so that made-up logins cannot fill the store; those of an account
 * for a month too, so that a slow attacker does not get a hundred each day.
 */
const LOGIN_WINDOW_MS = DAY_MS
const ACCOUNT_WINDOW_MS = 30 * DAY_MS
const ADDRESS_WINDOW_MS = 15 * MINUTE_MS

/**
 * Slows down guessing, the same for logins that exist and that do not. An attempt is counted before its password is
 * looked at, so that a hundred at once count as a hundred. An address from which an account logged in lately has a count
 * of its own: a stranger cannot lock the owner out of there.
 */
export class Lockout {
  readonly #store: Store
  readonly #clock: Clock
  readonly #log: Log
  readonly #options: Required<LockoutOptions>

  constructor(options: LockoutOptions, { store, clock, log }: { store: Store; clock: Clock; log: Log }) {
    this.#store = store
    this.#clock = clock
    this.#log = log
    this.#options = {
      freeMax: options.freeMax ?? 20,
      waitMs: options.waitMs ?? 1000,
      waitMaxMs: options.waitMaxMs ?? 15 * MINUTE_MS,
      failuresMax: Math.min(options.failuresMax ?? FAILURES_MAX, FAILURES_MAX),
      addressFailuresMax: options.addressFailuresMax ?? 300,
      whenAway: options.whenAway ?? 'open',
    }
  }

  /** Counts an attempt; a refusal (429 with `Retry-After`) where it comes too early. */
  begin(attempt: Attempt): Promise<Refusal | null> {
    return this.#orAway(async () => {
      const account = await this.#accountKey(attempt)
      const until = await this.#store.get(`${account}:wait`)
      if (until !== null) return this.#locked(Number(until) - this.#clock.now(), 'the account waits')
      return (await this.#countAddress(attempt)) ?? (await this.#countLogin(account, attempt.isAccount))
    })
  }

  /** Whether the account waits, without counting an attempt: for schemes that count failures alone. */
  peek(attempt: Attempt): Promise<Refusal | null> {
    return this.#orAway(async () => {
      const until = await this.#store.get(`${await this.#accountKey(attempt)}:wait`)
      return until === null ? null : this.#locked(Number(until) - this.#clock.now(), 'the account waits')
    })
  }

  /** The password was right: the failures in a row end, and the attempt does not count for its address. */
  async succeed(who: Omit<Attempt, 'isAccount'>): Promise<void> {
    await this.#orAway(async () => {
      await Promise.all([this.#endFailures(who), this.#uncount(who.address)])
      return null
    })
  }

  /** The same for schemes that count failures alone. */
  async succeedUncounted(who: Omit<Attempt, 'isAccount'>): Promise<void> {
    await this.#orAway(async () => {
      await this.#endFailures(who)
      return null
    })
  }

  /**
   * From now on the address is known to the account. Where it was known before, what strangers have failed stays: the
   * owner who works on must not give them new attempts.
   */
  async #endFailures({ login, address }: Omit<Attempt, 'isAccount'>): Promise<void> {
    const known = knownKey(login, address)
    const isKnown = (await this.#store.get(known)) !== null
    const counts = isKnown ? [`${known}:account`] : [`${known}:account`, accountKey(login)]
    await Promise.all([
      this.#store.set(known, '1', ACCOUNT_WINDOW_MS),
      ...counts.flatMap((key) => [key, `${key}:wait`, `${key}:month`]).map((key) => this.#store.delete(key)),
    ])
  }

  /** The attempt was not decided (too busy): it does not count. */
  async cancel(attempt: Attempt): Promise<void> {
    await this.#orAway(async () => {
      const account = await this.#accountKey(attempt)
      await this.#store.increment(account, -1, LOGIN_WINDOW_MS)
      if (attempt.isAccount) await this.#store.increment(`${account}:month`, -1, ACCOUNT_WINDOW_MS)
      await this.#store.increment(addressKey(attempt.address), -1, ADDRESS_WINDOW_MS)
      return null
    })
  }

  /** Unlocks an account: its password was reset, or an administrator says so. */
  async forget(login: string): Promise<void> {
    await this.#orAway(async () => {
      const key = accountKey(login)
      await Promise.all([key, `${key}:wait`, `${key}:month`].map((one) => this.#store.delete(one)))
      return null
    })
  }

  async #accountKey({ login, address }: Attempt): Promise<string> {
    const known = knownKey(login, address)
    return (await this.#store.get(known)) === null ? accountKey(login) : `${known}:account`
  }

  async #countAddress({ address }: Attempt): Promise<Refusal | null> {
    const { count, ttlMs } = await this.#store.increment(addressKey(address), 1, ADDRESS_WINDOW_MS)
    return count > this.#options.addressFailuresMax ? this.#locked(ttlMs, 'the address failed too often') : null
  }

  async #countLogin(account: string, isAccount: boolean): Promise<Refusal | null> {
    const { freeMax, failuresMax, waitMs, waitMaxMs } = this.#options
    const day = await this.#store.increment(account, 1, LOGIN_WINDOW_MS)
    const month = isAccount ? await this.#store.increment(`${account}:month`, 1, ACCOUNT_WINDOW_MS) : day
    if (day.count > failuresMax || month.count > failuresMax) {
      // That of the day for an account too, which is refused again then: a longer one would tell that it exists.
      const { ttlMs } = day
      await this.#store.set(`${account}:wait`, String(this.#clock.now() + ttlMs), Math.max(1, Math.ceil(ttlMs)))
      return this.#locked(ttlMs, 'the account failed too often')
    }
    const { count } = day
    if (count <= freeMax) return null
    const delayMs = Math.min(waitMs * 2 ** (count - freeMax - 1), waitMaxMs)
    const until = String(this.#clock.now() + delayMs)
    // Of many attempts at once, one gets its turn and the others wait.
    if (await this.#store.setIfAbsent(`${account}:wait`, until, Math.ceil(delayMs))) return null
    return this.#locked(delayMs, 'the account waits')
  }

  /** Right logins must not use up what an address may fail; nor may they buy more of it. */
  async #uncount(address: string): Promise<void> {
    const { count } = await this.#store.increment(addressKey(address), -1, ADDRESS_WINDOW_MS)
    if (count < 0) await this.#store.delete(addressKey(address))
  }

  #locked(waitMs: number, reason: string): Refusal {
    const retryAfterS = Math.max(1, Math.ceil(waitMs / 1000))
    return new Refusal('AUTHN_LOCKED', { reason, headers: ['retry-after', String(retryAfterS)] })
  }

  async #orAway(task: () => Promise<Refusal | null>): Promise<Refusal | null> {
    try {
      return await task()
    } catch (error) {
      if (!(error instanceof StoreUnavailable)) throw error
      if (this.#options.whenAway === 'closed') return new Refusal('AUTHN_UNAVAILABLE', { reason: error.message })
      this.#log.warn({ problem: error.message }, 'failed logins are not counted: the store is away')
      return null
    }
  }
}

/** An IPv6 network of 56 bits is one customer; so is an IPv4 address. */
export function networkOf(address: string): string {
  if (!address.includes(':') || address.includes('.')) return address
  const groups = expandIpv6(address).map((group) => group.padStart(4, '0'))
  return groups.slice(0, 4).join(':').slice(0, 17)
}

function expandIpv6(address: string): readonly string[] {
  const [head = '', tail] = address.split('%')[0]?.split('::') ?? []
  const left = head === '' ? [] : head.split(':')
  if (tail === undefined) return left
  const right = tail === '' ? [] : tail.split(':')
  return [...left, ...Array.from({ length: Math.max(0, 8 - left.length - right.length) }, () => '0'), ...right]
}

/** Logins are hashed: of any length, and a password typed into the wrong field is not kept. */
function digest(text: string): string {
  return createHash('sha256').update(text).digest('base64url').slice(0, 22)
}

const accountKey = (login: string): string => `authn:fails:${digest(login)}`
const addressKey = (address: string): string => `authn:fails-from:${networkOf(address)}`
const knownKey = (login: string, address: string): string => `authn:known:${digest(login)}:${networkOf(address)}`
