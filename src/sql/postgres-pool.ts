import type { Limits } from '../core/limits.ts'
import { ColumnCache } from './column-cache.ts'
import type { PoolUsage } from './driver.ts'
import { PostgresConnection } from './postgres-connection.ts'
import type { PostgresServer } from './postgres-server.ts'
import { busyError, lostError } from './sql-error.ts'

/** Statements of different callers that one connection may have in flight, each on its own. */
const SHARED_MAX = 32
/** After a failed connection everyone is refused for so long, so that a dead server is not asked by every call. */
const RETRY_MS = 250
const SWEEP_MS = 100

interface Waiter {
  /** Text of a statement that may share a connection; null: a transaction, which needs one alone. */
  readonly text: string | null
  readonly take: (connection: PostgresConnection) => void
  readonly refuse: (error: Error) => void
  readonly since: number
}

/**
 * The connections of an app. A transaction has one alone; statements outside share those that are busy with short
 * ones. Who comes first is served first; the queue and the wait are bounded.
 */
export class PostgresPool {
  readonly #server: PostgresServer
  readonly #limits: Limits
  readonly #columns = new ColumnCache()
  readonly #idle: PostgresConnection[] = []
  readonly #shared = new Set<PostgresConnection>()
  readonly #lent = new Set<PostgresConnection>()
  readonly #waiters: Waiter[] = []
  #opening = 0
  #retryAt = 0
  #lastError: Error | null = null
  #sweeper: NodeJS.Timeout | null = null
  #isClosed = false

  constructor(server: PostgresServer, limits: Limits) {
    this.#server = server
    this.#limits = limits
  }

  /** A connection for one statement; `release` it when the statement is answered. */
  share(text: string): PostgresConnection | Promise<PostgresConnection> {
    if (this.#waiters.length === 0) {
      const connection = this.#pickShared(text)
      if (connection !== undefined) return connection
    }
    return this.#wait(text)
  }

  /** A connection for one transaction, until `release`. */
  take(): Promise<PostgresConnection> {
    if (this.#waiters.length === 0) {
      const connection = this.#pickIdle()
      if (connection !== undefined) return Promise.resolve(connection)
    }
    return this.#wait(null)
  }

  /** Gives a connection back; a lost one is forgotten. */
  release(connection: PostgresConnection): void {
    connection.users -= 1
    if (connection.users === 0) this.#settle(connection)
    this.#dispatch()
    this.#openForWaiters()
  }

  /** Where a connection has gone, who waits gets another. */
  #openForWaiters(): void {
    const { poolMax } = this.#limits
    if (!this.#isClosed && this.#waiters.length > this.#opening && this.#size < poolMax) this.#open()
  }

  #settle(connection: PostgresConnection): void {
    this.#shared.delete(connection)
    this.#lent.delete(connection)
    if (connection.isLost) return
    if (connection.isSpent || this.#isClosed) void connection.close()
    else this.#idle.push(connection)
  }

  /** Refuses who waits, lets what runs end within `drainTimeoutMs`, then cuts the rest. */
  async close(): Promise<void> {
    this.#isClosed = true
    this.#refuseAll(lostError('the database is closing'))
    const idle = this.#idle.splice(0).map((connection) => connection.close())
    await Promise.all(idle)
    const deadline = performance.now() + this.#limits.drainTimeoutMs
    while (this.#busy > 0 && performance.now() < deadline) await sleep(10)
    for (const connection of [...this.#shared, ...this.#lent]) connection.destroy()
    if (this.#sweeper !== null) clearInterval(this.#sweeper)
  }

  usage(): PoolUsage {
    return { busy: this.#busy, idle: this.#idle.length, waiting: this.#waiters.length }
  }

  get #busy(): number {
    return this.#shared.size + this.#lent.size
  }

  get #size(): number {
    return this.#idle.length + this.#busy + this.#opening
  }

  #pickIdle(): PostgresConnection | undefined {
    const connection = this.#idle.pop()
    this.#watch()
    if (connection === undefined) return undefined
    connection.users += 1
    this.#lent.add(connection)
    return connection
  }

  /** A busy one before an idle one: what is sent in one packet costs both sides half as much. */
  #pickShared(text: string): PostgresConnection | undefined {
    this.#watch()
    const connection = this.#findOpenTo(text) ?? this.#idle.pop()
    if (connection === undefined) return undefined
    connection.users += 1
    this.#shared.add(connection)
    return connection
  }

  #findOpenTo(text: string): PostgresConnection | undefined {
    if (this.#shared.size === 0) return undefined
    const now = performance.now()
    for (const connection of this.#shared) {
      if (connection.users < SHARED_MAX && connection.isOpenTo(text, now)) return connection
    }
    return undefined
  }

  #wait(text: string | null): Promise<PostgresConnection> {
    const error = this.#findRefusal()
    if (error !== null) return Promise.reject(error)
    return new Promise((take, refuse) => {
      this.#waiters.push({ text, take, refuse, since: performance.now() })
      this.#watch()
      if (this.#size < this.#limits.poolMax && this.#opening < this.#waiters.length) this.#open()
    })
  }

  #findRefusal(): Error | null {
    if (this.#isClosed) return lostError('the database is closed')
    if (this.#waiters.length >= this.#limits.poolQueueMax) {
      return busyError(`${this.#limits.poolQueueMax} statements wait for a connection already`)
    }
    const isDown = this.#size === 0 && performance.now() < this.#retryAt
    return isDown ? (this.#lastError ?? lostError('the server cannot be reached')) : null
  }

  #dispatch(): void {
    for (let waiter = this.#waiters[0]; waiter !== undefined; waiter = this.#waiters[0]) {
      const connection = waiter.text === null ? this.#pickIdle() : this.#pickShared(waiter.text)
      if (connection === undefined) return
      this.#waiters.shift()
      waiter.take(connection)
    }
  }

  #open(): void {
    this.#opening += 1
    const options = {
      server: this.#server,
      limits: this.#limits,
      columns: this.#columns,
      onLost: (connection: PostgresConnection) => this.#forget(connection),
    }
    PostgresConnection.open(options).then(
      (connection) => {
        if (connection.isLost) return this.#failOpen(lostError('the server closed a new connection'))
        this.#opening -= 1
        this.#lastError = null
        this.#settle(connection)
        this.#dispatch()
      },
      (error: unknown) => this.#failOpen(error instanceof Error ? error : lostError('the server cannot be reached')),
    )
  }

  /** Who waits for a connection that others still have goes on waiting; else nobody can be served. */
  #failOpen(error: Error): void {
    this.#opening -= 1
    this.#lastError = error
    this.#retryAt = performance.now() + RETRY_MS
    if (this.#size === 0) this.#refuseAll(error)
  }

  #forget(connection: PostgresConnection): void {
    const index = this.#idle.indexOf(connection)
    if (index >= 0) this.#idle.splice(index, 1)
    const wasBusy = this.#shared.delete(connection) || this.#lent.delete(connection)
    // One that never opened is counted by `#failOpen`: to try again at once would keep who waits until their bound.
    if (index < 0 && !wasBusy) return
    this.#openForWaiters()
  }

  #refuseAll(error: Error): void {
    for (const waiter of this.#waiters.splice(0)) waiter.refuse(error)
  }

  /** One timer for the whole pool, which runs only while something does. */
  #watch(): void {
    this.#sweeper ??= setInterval(() => this.#sweep(), SWEEP_MS)
  }

  #sweep(): void {
    const now = performance.now()
    const { poolWaitMs } = this.#limits
    while (this.#waiters[0] !== undefined && now - this.#waiters[0].since > poolWaitMs) {
      this.#waiters.shift()?.refuse(busyError(`no connection became free within ${poolWaitMs} ms`))
    }
    for (const connection of [...this.#shared, ...this.#lent]) connection.checkTimeout(now)
    if (this.#busy + this.#opening + this.#waiters.length > 0 || this.#sweeper === null) return
    clearInterval(this.#sweeper)
    this.#sweeper = null
  }
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms)
  })
}
