import { createSocket, type RemoteInfo, type Socket, type SocketOptions } from 'node:dgram'
import { lookup } from 'node:dns'
import { isIP, isIPv6 } from 'node:net'
import { systemClock, type Clock } from '../core/clock.ts'
import { defaultLimits, type Limits } from '../core/limits.ts'
import type { Peer } from '../core/received.ts'
import type { MaybePromise } from '../core/refusal.ts'
import { ListenError } from './listen-error.ts'
import { socketUrl } from './listen-url.ts'
import { TokenBucket, type Rate } from './token-bucket.ts'
import { isLoopback, plainAddress } from './trusted-proxies.ts'

export type UdpLimits = Pick<
  Limits,
  'datagramAddressesMax' | 'datagramBurstMax' | 'datagramBytesMax' | 'datagramRateMax' | 'datagramsWaitingMax'
>

export interface UdpListenerOptions {
  /** Address or name to listen on; this machine alone by default. */
  readonly host?: string
  /** 0: one that the system chooses. */
  readonly port: number
  readonly limits?: Partial<UdpLimits>
  readonly clock?: Clock
  /** Told about errors that no peer is to blame for. */
  readonly log?: (message: string, error: unknown) => void
}

/**
 * One datagram. Its address proves nothing: anybody can write any sender into it, so an answer should not be much
 * larger than what asked for it.
 */
export interface Datagram {
  readonly bytes: Uint8Array
  readonly peer: Peer
  /** Sends a datagram back; dropped when it does not fit or the listener is closed. */
  readonly reply: (bytes: Uint8Array) => void
}

export interface UdpListener {
  readonly name: string
  /** Opens the socket; gives its URL, `udp://127.0.0.1:7777`. Throws an error that says why it cannot. */
  open(handler: (datagram: Datagram) => MaybePromise<unknown>): Promise<string>
  /** Where it listens; null when it does not. */
  readonly address: { readonly address: string; readonly port: number } | null
  /** Datagrams dropped: too large, too many of one address, too many at once. */
  readonly droppedCount: number
  /** Sends a datagram that answers none. */
  send(bytes: Uint8Array, port: number, address: string): void
  /** Waits for the handlers that run, at most until the deadline. */
  close(deadlineMs: number): Promise<void>
}

export function createUdpListener(options: UdpListenerOptions): UdpListener {
  return new DgramListener(options)
}

class DgramListener implements UdpListener {
  readonly name = 'udp'
  readonly #options: UdpListenerOptions
  readonly #limits: UdpLimits
  readonly #rate: Rate
  /** By address, the one heard of longest ago first. */
  readonly #buckets = new Map<string, TokenBucket>()
  #socket: Socket | null = null
  #waiting = 0
  #dropped = 0
  #onIdle: (() => void) | null = null

  constructor(options: UdpListenerOptions) {
    this.#options = options
    this.#limits = { ...defaultLimits, ...options.limits }
    this.#rate = { perSecond: this.#limits.datagramRateMax, burst: this.#limits.datagramBurstMax }
  }

  get address(): { readonly address: string; readonly port: number } | null {
    return this.#socket?.address() ?? null
  }

  get droppedCount(): number {
    return this.#dropped
  }

  async open(handler: (datagram: Datagram) => MaybePromise<unknown>): Promise<string> {
    const { host = '127.0.0.1', port } = this.#options
    const socket = createSocket({ type: isIPv6(host) ? 'udp6' : 'udp4', lookup: lookUp })
    try {
      await bind(socket, host, port)
    } catch (error) {
      socket.close()
      throw error instanceof Error ? new ListenError({ transport: 'UDP', host, port }, error) : error
    }
    this.#socket = socket
    socket.on('error', (error) => this.#options.log?.('A UDP socket failed', error))
    socket.on('message', (bytes, from) => this.#receive({ bytes, from, handler }))
    return socketUrl('udp', socket.address())
  }

  send(bytes: Uint8Array, port: number, address: string): void {
    // Port 0 is nobody's: the system would throw.
    if (this.#socket === null || port === 0 || bytes.length > this.#limits.datagramBytesMax) return
    this.#socket.send(bytes, port, address, (error) => {
      if (error !== null) this.#options.log?.('Cannot send a datagram', error)
    })
  }

  async close(deadlineMs: number): Promise<void> {
    const socket = this.#socket
    if (socket === null) return
    socket.removeAllListeners('message')
    if (this.#waiting > 0) await this.#idle(deadlineMs)
    this.#socket = null
    await new Promise<void>((resolve) => socket.close(resolve))
  }

  #receive({ bytes, from, handler }: Arrival): void {
    const address = plainAddress(from.address)
    if (
      bytes.length > this.#limits.datagramBytesMax ||
      this.#waiting >= this.#limits.datagramsWaitingMax ||
      !this.#isInRate(address)
    ) {
      this.#dropped++
      return
    }
    const peer = { address, port: from.port, isSecure: false, isDirectLoopback: isLoopback(address) }
    const datagram = { bytes, peer, reply: (answer: Uint8Array) => this.send(answer, from.port, from.address) }
    this.#waiting++
    void this.#handle(handler, datagram)
  }

  async #handle(handler: Arrival['handler'], datagram: Datagram): Promise<void> {
    try {
      const result = handler(datagram)
      if (result instanceof Promise) await result
    } catch (error) {
      this.#options.log?.('A handler of a datagram failed', error)
    }
    this.#waiting--
    if (this.#waiting === 0) this.#onIdle?.()
  }

  #isInRate(address: string): boolean {
    const nowMs = (this.#options.clock ?? systemClock).now()
    const bucket = this.#buckets.get(address) ?? this.#createBucket(nowMs)
    if (bucket === null) return false
    this.#buckets.delete(address)
    this.#buckets.set(address, bucket)
    return bucket.take(this.#rate, nowMs) === 0
  }

  /** Null when the memory is full of addresses that are still limited: forgetting one would lift its limit. */
  #createBucket(nowMs: number): TokenBucket | null {
    while (this.#buckets.size >= this.#limits.datagramAddressesMax) {
      const [oldest] = this.#buckets
      if (oldest === undefined || !oldest[1].isFull(this.#rate, nowMs)) return null
      this.#buckets.delete(oldest[0])
    }
    return new TokenBucket(this.#rate, nowMs)
  }

  #idle(deadlineMs: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, deadlineMs)
      this.#onIdle = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  }
}

interface Arrival {
  readonly bytes: Uint8Array
  readonly from: RemoteInfo
  readonly handler: (datagram: Datagram) => MaybePromise<unknown>
}

// An address needs no looking up: an answer leaves at once, also just before the socket is closed.
const lookUp: NonNullable<SocketOptions['lookup']> = (host, options, callback) => {
  const family = isIP(host)
  if (family === 0) lookup(host, options, callback)
  else callback(null, host, family)
}

function bind(socket: Socket, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.once('error', reject)
    socket.bind({ address: host, port }, () => {
      socket.off('error', reject)
      resolve()
    })
  })
}
