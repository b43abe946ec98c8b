import { Refusal } from '../core/refusal.ts'

export interface ReplayLimits {
  /** How far the time of a message may be from ours, both ways. */
  readonly datagramWindowMs: number
  readonly datagramNoncesMax: number
  readonly datagramNoncesPerKeyMax: number
}

/** What is asked of the guard: whose message, when it says it was sent, what makes it unique. */
export interface ReplayClaim {
  readonly keyId: string
  readonly sentAtMs: number
  readonly nonce: Uint8Array
}

/**
 * Lets each signed message in once. Ask it only after the signature was checked: forged messages must not fill it.
 * A nonce is remembered for at least as long as its time is accepted; when the memory is full, new messages are refused
 * rather than old ones forgotten, by key first, so that one sender cannot shut out others.
 */
export class ReplayGuard {
  readonly #limits: ReplayLimits
  // A time is accepted for twice the window at most (from early to late), so two generations of that length suffice.
  #current = new Map<string, Set<string>>()
  #previous = new Map<string, Set<string>>()
  #currentSize = 0
  #previousSize = 0
  #rotateAtMs = -Infinity

  constructor(limits: ReplayLimits) {
    this.#limits = limits
  }

  /** Null when the message is new and in time; it is then remembered. */
  check(claim: ReplayClaim, nowMs: number): Refusal | null {
    const { datagramWindowMs, datagramNoncesMax, datagramNoncesPerKeyMax } = this.#limits
    if (!(Math.abs(nowMs - claim.sentAtMs) <= datagramWindowMs)) {
      return new Refusal('ROOMS_REPLAY', { reason: `sent at ${claim.sentAtMs}, now it is ${nowMs}` })
    }
    this.#rotate(nowMs)
    // The time is part of what is remembered: it is signed with the nonce.
    const mark = `${claim.sentAtMs} ${Buffer.from(claim.nonce).toString('latin1')}`
    const current = this.#current.get(claim.keyId)
    const previous = this.#previous.get(claim.keyId)
    if (current?.has(mark) === true || previous?.has(mark) === true) {
      return new Refusal('ROOMS_REPLAY', { reason: 'the nonce was used before' })
    }
    const ofKey = (current?.size ?? 0) + (previous?.size ?? 0)
    if (ofKey >= datagramNoncesPerKeyMax) return new Refusal('ROOMS_RATE', { reason: 'too many datagrams of one key' })
    if (this.#currentSize + this.#previousSize >= datagramNoncesMax) {
      return new Refusal('GUARD_OVERLOAD', { reason: 'too many datagrams remembered against replay' })
    }
    this.#remember(claim.keyId, mark)
    return null
  }

  #remember(keyId: string, mark: string): void {
    const marks = this.#current.get(keyId)
    if (marks === undefined) this.#current.set(keyId, new Set([mark]))
    else marks.add(mark)
    this.#currentSize++
  }

  #rotate(nowMs: number): void {
    if (nowMs < this.#rotateAtMs) return
    const generationMs = 2 * this.#limits.datagramWindowMs + 1
    const isStale = nowMs >= this.#rotateAtMs + generationMs
    this.#previous = isStale ? new Map<string, Set<string>>() : this.#current
    this.#previousSize = isStale ? 0 : this.#currentSize
    this.#current = new Map()
    this.#currentSize = 0
    this.#rotateAtMs = nowMs + generationMs
  }
}
