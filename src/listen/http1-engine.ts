import type { Socket } from 'node:net'
import { systemClock } from '../core/clock.ts'
import type { Clock } from '../core/clock.ts'
import type { Limits } from '../core/limits.ts'
import type { Answer, Peer } from '../core/received.ts'
import { Refusal } from '../core/refusal.ts'
import { formatHttpDate } from '../wire/http-date.ts'
import { Http1Connection } from './http1-connection.ts'
import type { ConnectionOwner } from './http1-connection.ts'
import type { Http1Context } from './http1-context.ts'
import type { ListenerOptions } from './listener-options.ts'
import type { TrustedProxies } from './trusted-proxies.ts'

const TICK_MS_MAX = 500
const TICK_MS_MIN = 10
// Connections beyond the limit that are told so; further ones are closed without a word.
const REFUSED_MAX = 1000
// A peer that sends requests steadily uses its connection within this time, and is told by an answer to close it.
const IDLE_GRACE_MS = 500

/** Speaks HTTP/1.1 on sockets that others accepted, plain or TLS, with one timer for all of them. */
export class Http1Engine implements ConnectionOwner {
  readonly #context: Http1Context
  readonly #clock: Clock
  readonly #connections = new Set<Http1Connection>()
  readonly #refused = new Set<Http1Connection>()
  readonly #given = new Set<Socket>()
  readonly #tickMs: number
  #timer: NodeJS.Timeout | null = null
  #grace: NodeJS.Timeout | null = null
  #second = 0
  #isPastGrace = false
  #onClosed: () => void = () => undefined

  constructor(options: ListenerOptions, proxies: TrustedProxies, answer: Answer) {
    this.#clock = options.clock ?? systemClock
    this.#context = {
      limits: options.limits,
      proxies,
      answer,
      refuse: options.refuse,
      log: options.log ?? (() => undefined),
      nowMs: performance.now(),
      dateLine: '',
      isClosing: false,
    }
    this.#tickMs = tickOf(options.limits)
    this.#tick()
    this.#timer = setInterval(() => this.#tick(), this.#tickMs)
    this.#timer.unref()
  }

  accept(socket: Socket, peer: Peer): void {
    this.#connections.add(new Http1Connection(this.#context, socket, { peer, owner: this }))
  }

  /** Tells a peer for which there is no room. */
  refuse(socket: Socket, peer: Peer): void {
    if (this.#refused.size >= REFUSED_MAX) {
      socket.destroy()
      return
    }
    const connection = new Http1Connection(this.#context, socket, { peer, owner: this })
    this.#refused.add(connection)
    connection.refuse(new Refusal('LISTEN_TOO_MANY_CONNECTIONS'))
  }

  /** From now on each answer is the last of its connection; idle connections end after a moment. */
  drain(deadlineMs: number): void {
    this.#context.isClosing = true
    this.#grace = setTimeout(
      () => {
        this.#isPastGrace = true
        this.#endIdle()
      },
      Math.min(IDLE_GRACE_MS, deadlineMs / 4),
    )
  }

  // After a busy or stopped time timers come first: what the sockets hold is read before they are judged.
  #endIdle(): void {
    setImmediate(() => this.#endIdleNow())
  }

  #endIdleNow(): void {
    for (const connection of this.#connections) connection.endIdle(IDLE_GRACE_MS)
  }

  /** Ends whatever is left. */
  destroy(): void {
    if (this.#timer !== null) clearInterval(this.#timer)
    this.#timer = null
    if (this.#grace !== null) clearTimeout(this.#grace)
    this.#grace = null
    for (const connection of [...this.#connections, ...this.#refused]) connection.destroy()
    for (const socket of this.#given) socket.destroy()
  }

  /** Resolves when no connection is left, given away ones included. */
  async whenEmpty(): Promise<void> {
    while (this.#connections.size + this.#refused.size + this.#given.size > 0) {
      await new Promise<void>((resolve) => {
        this.#onClosed = resolve
      })
    }
  }

  onClosed(connection: Http1Connection): void {
    this.#connections.delete(connection)
    this.#refused.delete(connection)
    this.#onClosed()
  }

  onDetached(connection: Http1Connection, socket: Socket): void {
    this.#connections.delete(connection)
    this.#given.add(socket)
    socket.once('close', () => {
      this.#given.delete(socket)
      this.#onClosed()
    })
  }

  #tick(): void {
    const nowMs = performance.now()
    // A process that was busy or stopped gives its peers the benefit of the doubt: time counts in ticks at most.
    const tickMs = Math.min(nowMs - this.#context.nowMs, this.#tickMs * 2)
    this.#context.nowMs = nowMs
    const second = Math.floor(this.#clock.now() / 1000)
    if (second !== this.#second) {
      this.#second = second
      this.#context.dateLine = `date: ${formatHttpDate(second * 1000)}\r\n`
    }
    for (const connection of this.#connections) connection.check(tickMs)
    for (const connection of this.#refused) connection.check(tickMs)
    // Connections that were still shaking hands, for instance.
    if (this.#isPastGrace) this.#endIdle()
  }
}

// Four looks within the shortest time that anything may take.
function tickOf(limits: Limits): number {
  const { firstByteTimeoutMs, headTimeoutMs, idleTimeoutMs, sendTimeoutMs, bodyRateGraceMs, lingerTimeoutMs } = limits
  const shortest = Math.min(
    firstByteTimeoutMs,
    headTimeoutMs,
    idleTimeoutMs,
    sendTimeoutMs,
    bodyRateGraceMs,
    lingerTimeoutMs,
  )
  return Math.max(TICK_MS_MIN, Math.min(TICK_MS_MAX, shortest / 4))
}
