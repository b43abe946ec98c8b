import type { Clock } from '../core/clock.ts'
import type { Limits } from '../core/limits.ts'

/**
 * Positive decisions of groups and permissions. A "no" is never remembered. Whatever this app commits makes all of
 * them old: a right that was just taken away must not live on here.
 */
export class DecisionCache {
  readonly #clock: Clock
  readonly #limits: Limits
  readonly #byUser = new Map<string, Map<string, number>>()
  #size = 0
  #epoch = 0
  readonly #ids = new WeakMap<object, number>()
  #lastId = 0

  constructor(clock: Clock, limits: Limits) {
    this.#clock = clock
    this.#limits = limits
  }

  /** To be read before a check starts and given to `remember`, so that an answer older than a change is not kept. */
  get epoch(): number {
    return this.#epoch
  }

  /** Tells checks apart: two rules of one name are two rules, and the yes of one says nothing about the other. */
  idOf(check: object): number {
    let id = this.#ids.get(check)
    if (id === undefined) this.#ids.set(check, (id = ++this.#lastId))
    return id
  }

  has(user: string, key: string): boolean {
    const untilMs = this.#byUser.get(user)?.get(key)
    return untilMs !== undefined && untilMs > this.#clock.now()
  }

  remember(user: string, key: string, epoch: number): void {
    if (epoch !== this.#epoch) return
    if (this.#size >= this.#limits.decisionCacheMax) this.forgetAll()
    let decisions = this.#byUser.get(user)
    if (decisions === undefined) this.#byUser.set(user, (decisions = new Map<string, number>()))
    if (!decisions.has(key)) this.#size++
    decisions.set(key, this.#clock.now() + this.#limits.decisionCacheTtlMs)
  }

  forget(user: string): void {
    this.#epoch++
    this.#size -= this.#byUser.get(user)?.size ?? 0
    this.#byUser.delete(user)
  }

  forgetAll(): void {
    this.#epoch++
    if (this.#size === 0) return
    this.#byUser.clear()
    this.#size = 0
  }
}
