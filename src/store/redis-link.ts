import { StoreUnavailable } from '../core/store-unavailable.ts'

/** What the store needs of a client of the `redis` package. */
export interface RedisClient {
  connect(): Promise<unknown>
  destroy(): void
  on(event: 'error' | 'end', listener: (error?: unknown) => void): unknown
  sendCommand(args: readonly string[]): Promise<unknown>
  subscribe(channel: string, listener: (message: string, channel: string) => void): Promise<void>
  unsubscribe(channel: string): Promise<void>
}

export interface RedisLinkOptions {
  /** Makes a client that does not reconnect by itself. */
  readonly makeClient: () => RedisClient
  /** For one command; a connection that does not answer in this time is dropped. */
  readonly timeoutMs: number
  readonly connectTimeoutMs: number
  /** Commands that wait for their reply at once. */
  readonly pendingMax: number
  /** Runs on each new connection before it is used. */
  readonly onConnect?: (client: RedisClient) => Promise<void>
  /** Told each time when the server is lost or found again. */
  readonly onState?: (isUp: boolean) => void
}

const RETRY_MS_MIN = 50
const RETRY_MS_MAX = 2_000

/**
 * One connection to a server, renewed by itself. While there is none each command rejects at once, and no command
 * waits longer than its timeout: a frozen server costs one timeout, then it counts as away until it answers again.
 */
export class RedisLink {
  readonly #options: RedisLinkOptions
  #client: RedisClient | null = null
  #problem: unknown = null
  #isClosed = false
  #pending = 0
  #failures = 0
  #retry: NodeJS.Timeout | undefined

  constructor(options: RedisLinkOptions) {
    this.#options = options
  }

  get isUp(): boolean {
    return this.#client !== null
  }

  /** Tries to connect; resolves when the try has ended well or badly. Further tries follow by themselves. */
  async connect(): Promise<void> {
    const client = this.#options.makeClient()
    client.on('error', (error) => this.#drop(client, error))
    client.on('end', () => this.#drop(client, null))
    try {
      await within(this.#options.connectTimeoutMs, this.#prepare(client))
    } catch (error) {
      this.#problem = error
      client.destroy()
      this.#retryLater()
      return
    }
    if (this.#isClosed) return client.destroy()
    this.#client = client
    this.#failures = 0
    this.#options.onState?.(true)
  }

  assertOpen(): void {
    if (this.#isClosed) throw new StoreUnavailable('redis', 'it is closed')
  }

  /** Runs one command; rejects with `StoreUnavailable` when no reply comes in time. */
  async run<T>(command: (client: RedisClient) => Promise<T>): Promise<T> {
    this.assertOpen()
    const client = this.#client
    if (client === null) throw new StoreUnavailable('redis', 'it is away', { cause: this.#problem })
    if (this.#pending >= this.#options.pendingMax) {
      throw new StoreUnavailable('redis', `${this.#pending} calls wait for it already`)
    }
    this.#pending++
    try {
      return await within(this.#options.timeoutMs, command(client))
    } catch (error) {
      throw this.#failed(client, error)
    } finally {
      this.#pending--
    }
  }

  close(): void {
    this.#isClosed = true
    clearTimeout(this.#retry)
    this.#client?.destroy()
    this.#client = null
  }

  async #prepare(client: RedisClient): Promise<void> {
    await client.connect()
    await this.#options.onConnect?.(client)
  }

  #failed(client: RedisClient, error: unknown): Error {
    if (error instanceof RangeError) return error
    const text = error instanceof Error ? error.message : String(error)
    // Only these two replies are the caller's mistake; any other means that the server does not serve us now.
    if (/not an integer|would overflow/.test(text)) return new RangeError(`Cannot increment: ${text}`, { cause: error })
    if (error instanceof TooSlow) this.#drop(client, error)
    return new StoreUnavailable('redis', error instanceof TooSlow ? text : 'the command failed', { cause: error })
  }

  #drop(client: RedisClient, problem: unknown): void {
    if (client !== this.#client) return
    this.#client = null
    this.#problem = problem
    client.destroy()
    this.#options.onState?.(false)
    this.#retryLater()
  }

  #retryLater(): void {
    if (this.#isClosed) return
    const backoffMs = Math.min(RETRY_MS_MIN * 2 ** this.#failures++, RETRY_MS_MAX)
    // Half of it at random: the processes of a deployment must not all come back in the same instant.
    this.#retry = setTimeout(() => void this.connect(), backoffMs * (0.5 + Math.random() / 2))
    this.#retry.unref()
  }
}

class TooSlow extends Error {}

async function within<T>(timeoutMs: number, promise: Promise<T>): Promise<T> {
  const { promise: timeout, reject } = Promise.withResolvers<never>()
  const timer = setTimeout(() => reject(new TooSlow(`no answer within ${timeoutMs} ms`)), timeoutMs)
  try {
    return await Promise.race([promise, timeout])
  } finally {
    clearTimeout(timer)
  }
}
