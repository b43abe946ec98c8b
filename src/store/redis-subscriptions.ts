import type { LocalChannels } from './local-channels.ts'
import { type RedisClient, RedisLink, type RedisLinkOptions } from './redis-link.ts'
import type { Subscriber, Unsubscribe } from './store.ts'

/** How often a connection that only listens is asked whether it lives. */
const HEARTBEAT_MS = 5_000

/**
 * The subscriptions of one process on a connection of their own, opened by the first of them. After a lost connection
 * they are put in place again, and then each subscriber is told that it may have missed messages.
 */
export class RedisSubscriptions {
  readonly #channels: LocalChannels
  readonly #link: RedisLink
  readonly #prefix: string
  #opening: Promise<void> | null = null
  #heartbeat: NodeJS.Timeout | undefined
  #mayHaveMissed = false
  /** One function for all channels: the client then keeps one listener, however often a channel is placed. */
  readonly #onMessage = (message: string, channel: string): void => {
    this.#channels.deliver(channel.slice(this.#prefix.length), message)
  }

  constructor(channels: LocalChannels, prefix: string, options: RedisLinkOptions) {
    this.#channels = channels
    this.#prefix = prefix
    this.#link = new RedisLink({
      ...options,
      onConnect: (client) => this.#placeAll(client),
      onState: (isUp) => void this.#stateChanged(isUp),
    })
  }

  async subscribe(channel: string, subscriber: Subscriber): Promise<Unsubscribe> {
    const remove = this.#channels.add(channel, subscriber)
    this.#opening ??= this.#open()
    await this.#opening
    try {
      if (this.#link.isUp) await this.#link.run((client) => this.#place(client, channel))
    } catch (error) {
      // A lost connection places all subscriptions when it comes back; a server that says no will say no again.
      if (this.#link.isUp) {
        remove()
        throw error
      }
    }
    return async () => {
      if (remove()) await this.#try((client) => client.unsubscribe(this.#prefix + channel))
    }
  }

  close(): void {
    clearInterval(this.#heartbeat)
    this.#link.close()
  }

  async #open(): Promise<void> {
    this.#heartbeat = setInterval(() => void this.#try((client) => client.sendCommand(['PING'])), HEARTBEAT_MS)
    this.#heartbeat.unref()
    await this.#link.connect()
    if (!this.#link.isUp) this.#mayHaveMissed = true
  }

  /** False where the server is away: the link knows, and comes back by itself. */
  async #try(command: (client: RedisClient) => Promise<unknown>): Promise<boolean> {
    try {
      await this.#link.run(command)
      return true
    } catch {
      return false
    }
  }

  async #placeAll(client: RedisClient): Promise<void> {
    await Promise.all(this.#channels.names().map((channel) => this.#place(client, channel)))
  }

  async #place(client: RedisClient, channel: string): Promise<void> {
    await client.subscribe(this.#prefix + channel, this.#onMessage)
  }

  async #stateChanged(isUp: boolean): Promise<void> {
    if (!isUp) {
      this.#mayHaveMissed = true
      return
    }
    if (!this.#mayHaveMissed) return
    // Again, for those who subscribed while the connection was being made.
    if (await this.#try((client) => this.#placeAll(client))) this.#channels.tellGap()
  }
}
