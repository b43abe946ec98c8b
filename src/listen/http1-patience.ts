import type { Limits } from '../core/limits.ts'
import type { RequestDecoder } from '../wire/http1/request-decoder.ts'
import type { Http1Body } from './http1-body.ts'
import type { Http1Output } from './http1-output.ts'

/** What a connection that is looked at shows of itself. */
export interface PatienceSubject {
  readonly decoder: RequestDecoder
  readonly limits: Limits
  readonly output: Http1Output
  /** The body that the decoder may be in. */
  readonly body: Http1Body | null
  /** Requests so far. */
  readonly requests: number
  /** An answer is awaited or being sent: the peer waits for us. */
  readonly isOccupied: boolean
  /** The last answer is given to the socket. */
  readonly isLingering: boolean
}

/** What to do with a peer: wait on, end the connection politely or at once, or tell it that it is too slow. */
export type Verdict = 'wait' | 'end' | 'destroy' | 'slow-head' | 'slow-body'

/** Knows since when a peer owes us something. All times come from the one timer of the listener. */
export class Http1Patience {
  /** The last time that something was done. */
  since: number
  /** The request whose head has begun to come, counted from 1; 0 for none. */
  #head = 0
  #headSince = 0
  #progress = 0
  #unsentBytes = 0

  constructor(nowMs: number) {
    this.since = nowMs
  }

  /** After each turn: part of the head of this request is here, counted from 1; 0 for none. */
  noteHead(head: number, nowMs: number): void {
    if (head === this.#head) return
    this.#head = head
    this.#headSince = nowMs
  }

  /** Called at each tick. */
  judge(subject: PatienceSubject, nowMs: number, tickMs: number): Verdict {
    const { limits, output, decoder } = subject
    const isOverdue = (sinceMs: number, timeoutMs: number): boolean => nowMs - sinceMs > timeoutMs
    if (output.isBlocked || subject.isLingering) {
      // As below: the rest of a head may have come, and is not read as long as answers are before it.
      this.#headSince = nowMs
      if (this.#hasTaken(output)) this.since = nowMs
      // The time to linger begins when the last byte of the last answer is out.
      const timeoutMs = output.unsentBytes > 0 ? limits.sendTimeoutMs : limits.lingerTimeoutMs
      return isOverdue(this.since, timeoutMs) ? 'destroy' : 'wait'
    }
    if (decoder.isInBody && subject.body?.isWaiting === true) return subject.body.isSlow(tickMs) ? 'slow-body' : 'wait'
    if (subject.isOccupied) {
      this.since = nowMs
      this.#headSince = nowMs
      return 'wait'
    }
    // The rest of a body that nobody wants.
    if (decoder.isInBody) return isOverdue(this.since, limits.headTimeoutMs) ? 'end' : 'wait'
    if (decoder.waitingBytes > 0) return isOverdue(this.#headSince, limits.headTimeoutMs) ? 'slow-head' : 'wait'
    const idleMs = subject.requests === 0 ? limits.firstByteTimeoutMs : limits.idleTimeoutMs
    return isOverdue(this.since, idleMs) ? 'end' : 'wait'
  }

  /** True when the peer has taken something since this was asked last. */
  #hasTaken({ progress, unsentBytes }: Http1Output): boolean {
    const isSame = progress === this.#progress && unsentBytes === this.#unsentBytes
    this.#progress = progress
    this.#unsentBytes = unsentBytes
    return !isSame
  }
}
