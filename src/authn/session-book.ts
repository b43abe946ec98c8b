import { createHash, randomBytes } from 'node:crypto'
import type { Clock } from '../core/clock.ts'
import type { Store } from '../core/store.ts'
import { formatSession, parseSession, type SessionRecord } from './session-record.ts'

export interface SessionLifetimes {
  /** Without a call for so long, a session ends. */
  readonly idleTimeoutMs: number
  /** From the login, whatever happens. */
  readonly lifetimeMs: number
}

/** A session as its owner sees it in a list. */
export interface SessionInfo extends SessionRecord {
  /** Names the session; not a secret: the cookie cannot be made of it. */
  readonly id: string
}

export interface NewSession {
  readonly user: string
  readonly label: string
}

/** A session that was found, and the text under which the store holds it. */
interface Found {
  readonly info: SessionInfo
  readonly text: string
}

/**
 * The sessions in the store, under the hash of their secrets: who reads the store cannot take one over. A secret has 256
 * random bits.
 */
export class SessionBook {
  readonly #store: Store
  readonly #clock: Clock
  readonly #lifetimes: SessionLifetimes

  constructor(store: Store, clock: Clock, lifetimes: SessionLifetimes) {
    this.#store = store
    this.#clock = clock
    this.#lifetimes = lifetimes
  }

  /** From the login to the end of a session that was never idle. */
  get lifetimeMs(): number {
    return this.#lifetimes.lifetimeMs
  }

  /** Begins a session; the secret goes into the cookie and nowhere else. */
  async begin({ user, label }: NewSession): Promise<{ readonly secret: string; readonly id: string }> {
    const secret = randomBytes(32).toString('base64url')
    const id = idOf(secret)
    const nowMs = this.#clock.now()
    const record = { user, label, createdAtMs: nowMs, seenAtMs: nowMs, authenticatedAtMs: nowMs }
    await this.#store.set(sessionKey(id), formatSession(record), this.#ttl(record))
    await this.#store.addMember(userKey(user), id, this.#lifetimes.lifetimeMs)
    return { secret, id }
  }

  /** The session of a secret, seen again now; null where there is none or it has ended. */
  async find(secret: string): Promise<SessionInfo | null> {
    const found = await this.#read(idOf(secret))
    if (found === null) return null
    const nowMs = this.#clock.now()
    // Not at each call: a list need not know better than to a twentieth of the idle time.
    if (nowMs - found.info.seenAtMs < this.#lifetimes.idleTimeoutMs / 20) return found.info
    const { id, ...record } = found.info
    const seen = { ...record, seenAtMs: nowMs }
    // Only where nobody ended it meanwhile: a logout must not be undone by a call that came with it.
    await this.#store.replace(sessionKey(id), found.text, { value: formatSession(seen), ttlMs: this.#ttl(seen) })
    return { ...seen, id }
  }

  async list(user: string): Promise<readonly SessionInfo[]> {
    const ids = await this.#store.members(userKey(user))
    const found = await Promise.all(ids.map((id) => this.#read(id)))
    return found.flatMap((one) => (one === null ? [] : [one.info])).toSorted((a, b) => b.seenAtMs - a.seenAtMs)
  }

  /** Ends a session of `user`; false where they have no such one. */
  async end(user: string, id: string): Promise<boolean> {
    const found = await this.#read(id)
    if (found?.info.user !== user) return false
    await this.#store.delete(sessionKey(id))
    await this.#store.removeMember(userKey(user), id)
    return true
  }

  /** Ends the session of a secret, whoever has it. */
  async endSecret(secret: string): Promise<void> {
    const found = await this.#read(idOf(secret))
    if (found !== null) await this.end(found.info.user, found.info.id)
  }

  /** Ends all sessions of a user but one. */
  async endAll(user: string, exceptId: string | null): Promise<void> {
    const ids = await this.#store.members(userKey(user))
    await Promise.all(ids.filter((id) => id !== exceptId).map((id) => this.end(user, id)))
  }

  async #read(id: string): Promise<Found | null> {
    const text = await this.#store.get(sessionKey(id))
    const record = text === null ? null : parseSession(text)
    if (text === null || record === null) return null
    return this.#ttl(record) > 0 ? { info: { ...record, id }, text } : null
  }

  /** What is left of a session: the idle time or the rest of its life, whichever ends first. */
  #ttl({ createdAtMs, seenAtMs }: SessionRecord): number {
    const { idleTimeoutMs, lifetimeMs } = this.#lifetimes
    return Math.ceil(Math.min(seenAtMs + idleTimeoutMs, createdAtMs + lifetimeMs) - this.#clock.now())
  }
}

function idOf(secret: string): string {
  return createHash('sha256').update(secret).digest('base64url')
}

const sessionKey = (id: string): string => `authn:session:${id}`
const userKey = (user: string): string => `authn:sessions:${user}`
