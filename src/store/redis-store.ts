import type * as redis from 'redis'
import { ConfigError } from '../core/config-error.ts'
import { defaultLimits } from '../core/limits.ts'
import { LocalChannels } from './local-channels.ts'
import { type RedisClient, RedisLink, type RedisLinkOptions } from './redis-link.ts'
import { ADD_MEMBER, GET_AND_DELETE, INCREMENT, MEMBERS, REMOVE_MEMBER, REPLACE } from './redis-scripts.ts'
import { RedisSubscriptions } from './redis-subscriptions.ts'
import { assertTtl, type Counter, type Replacement, type Store, type Subscriber, type Unsubscribe } from './store.ts'

export interface RedisStoreOptions {
  /** `redis://user:password@host:port/database`, or `rediss://` for TLS. */
  readonly url: string
  /** In front of each key and channel: the name of the app. */
  readonly prefix: string
  /** For one call; 1,000 by default. */
  readonly timeoutMs?: number
  /** For a new connection; 3,000 by default. */
  readonly connectTimeoutMs?: number
  /** Calls that wait for their reply at once; 10,000 by default. */
  readonly pendingMax?: number
  /** Told when the server is lost or found again. */
  readonly onState?: (isUp: boolean) => void
  /** Told what a subscriber throws; a process warning by default. */
  readonly onFault?: (fault: unknown) => void
}

/**
 * Opens a store in Redis or Valkey (5 or later), shared by all processes. Throws a `ConfigError` when the URL is wrong
 * or the `redis` package is not installed. A server that does not answer now is no error: calls reject until it does.
 */
export async function createRedisStore(options: RedisStoreOptions): Promise<Store> {
  assertOptions(options)
  const store = new RedisStore(options, await clientMaker(options))
  await store.connect()
  return store
}

class RedisStore implements Store {
  readonly name = 'redis'
  readonly isShared = true
  readonly #prefix: string
  readonly #link: RedisLink
  readonly #channels: LocalChannels
  readonly #subscriptions: RedisSubscriptions

  constructor(options: RedisStoreOptions, makeClient: () => RedisClient) {
    const link: RedisLinkOptions = {
      makeClient,
      timeoutMs: options.timeoutMs ?? defaultLimits.storeTimeoutMs,
      connectTimeoutMs: options.connectTimeoutMs ?? defaultLimits.storeConnectTimeoutMs,
      pendingMax: options.pendingMax ?? defaultLimits.storePendingMax,
    }
    this.#prefix = options.prefix
    this.#link = new RedisLink(options.onState === undefined ? link : { ...link, onState: options.onState })
    this.#channels = new LocalChannels(options.onFault)
    this.#subscriptions = new RedisSubscriptions(this.#channels, `${options.prefix}:c:`, link)
  }

  connect(): Promise<void> {
    return this.#link.connect()
  }

  async get(key: string): Promise<string | null> {
    return textOf(await this.#command(['GET', this.#text(key)]))
  }

  async set(key: string, value: string, ttlMs: number): Promise<void> {
    assertTtl(ttlMs)
    await this.#command(['SET', this.#text(key), value, 'PX', String(ttlMs)])
  }

  async setIfAbsent(key: string, value: string, ttlMs: number): Promise<boolean> {
    assertTtl(ttlMs)
    return (await this.#command(['SET', this.#text(key), value, 'PX', String(ttlMs), 'NX'])) !== null
  }

  async replace(key: string, expected: string, change: Replacement): Promise<boolean> {
    assertTtl(change.ttlMs)
    return (await this.#script(REPLACE, this.#text(key), [expected, change.value, String(change.ttlMs)])) === 1
  }

  async touch(key: string, ttlMs: number): Promise<boolean> {
    assertTtl(ttlMs)
    return (await this.#command(['PEXPIRE', this.#text(key), String(ttlMs)])) === 1
  }

  async getAndDelete(key: string): Promise<string | null> {
    return textOf(await this.#script(GET_AND_DELETE, this.#text(key), []))
  }

  async delete(key: string): Promise<boolean> {
    const [texts, sets] = await Promise.all([
      this.#command(['DEL', this.#text(key)]),
      this.#command(['DEL', this.#set(key)]),
    ])
    return texts === 1 || sets === 1
  }

  async increment(key: string, by: number, ttlMs: number): Promise<Counter> {
    assertTtl(ttlMs)
    if (!Number.isSafeInteger(by)) throw new RangeError(`Cannot increment: the step ${by} is not a safe integer`)
    const [count, left] = listOf(await this.#script(INCREMENT, this.#text(key), [String(by), String(ttlMs)]))
    return { count: Number(count), ttlMs: Number(left) }
  }

  async addMember(key: string, member: string, ttlMs: number): Promise<void> {
    assertTtl(ttlMs)
    await this.#script(ADD_MEMBER, this.#set(key), [member, String(ttlMs)])
  }

  async removeMember(key: string, member: string): Promise<boolean> {
    return (await this.#script(REMOVE_MEMBER, this.#set(key), [member])) === 1
  }

  async members(key: string): Promise<readonly string[]> {
    return listOf(await this.#script(MEMBERS, this.#set(key), [])).map(String)
  }

  async publish(channel: string, message: string): Promise<void> {
    await this.#command(['PUBLISH', `${this.#prefix}:c:${channel}`, message])
  }

  async subscribe(channel: string, subscriber: Subscriber): Promise<Unsubscribe> {
    this.#link.assertOpen()
    return this.#subscriptions.subscribe(channel, subscriber)
  }

  async close(): Promise<void> {
    this.#subscriptions.close()
    this.#channels.clear()
    this.#link.close()
  }

  #command(args: readonly string[]): Promise<unknown> {
    return this.#link.run((client) => client.sendCommand(args))
  }

  #script(script: string, key: string, args: readonly string[]): Promise<unknown> {
    return this.#command(['EVAL', script, '1', key, ...args])
  }

  #text(key: string): string {
    return `${this.#prefix}:t:${key}`
  }

  #set(key: string): string {
    return `${this.#prefix}:s:${key}`
  }
}

function textOf(reply: unknown): string | null {
  return typeof reply === 'string' ? reply : null
}

function listOf(reply: unknown): readonly unknown[] {
  return Array.isArray(reply) ? reply : []
}

async function clientMaker(options: RedisStoreOptions): Promise<() => RedisClient> {
  const { createClient } = await importRedis()
  return () =>
    createClient({
      url: options.url,
      // RESP 2 is what every version and every proxy speaks; subscriptions have a connection of their own.
      RESP: 2,
      disableOfflineQueue: true,
      disableClientInfo: true,
      socket: {
        connectTimeout: options.connectTimeoutMs ?? defaultLimits.storeConnectTimeoutMs,
        reconnectStrategy: false,
      },
    })
}

async function importRedis(): Promise<typeof redis> {
  try {
    return await import('redis')
  } catch (cause) {
    throw Object.assign(
      new ConfigError([
        { where: 'REDIS_URL', problem: 'The package "redis" cannot be loaded', wanted: 'npm install redis' },
      ]),
      { cause },
    )
  }
}

function assertOptions({ url, prefix }: RedisStoreOptions): void {
  const isUrl = URL.canParse(url) && /^rediss?:$/.test(new URL(url).protocol)
  if (!isUrl) {
    // The value is not shown: it may hold a password.
    throw new ConfigError([
      {
        where: 'REDIS_URL',
        problem: 'The address of the store is not valid',
        wanted: 'redis://host:6379 or rediss://…',
      },
    ])
  }
  if (prefix === '')
    throw new ConfigError([{ where: 'store', problem: 'The prefix is empty', wanted: 'the name of the app' }])
}
