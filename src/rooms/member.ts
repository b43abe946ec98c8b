import { Refusal, type MaybePromise, type RefusalCode } from '../core/refusal.ts'
import type { EncodedEvent } from './encoding.ts'
import type { Outlet } from './outlet.ts'
import type { MemberEvent, Occupant } from './room-event.ts'
import { SendQueue, type SlowPolicy } from './send-queue.ts'

/** Why a member is no longer in its room: it left, its connection broke, or the server ended it for a reason. */
export type LeaveReason = 'left' | 'lost' | RefusalCode

/** What the channel of a member declares. Channels may share a room and differ. */
export interface MemberPolicy {
  /** Messages that the room remembers; 0: none, then nothing can be recovered either. */
  readonly historyMax: number
  /** True: members hear who joins and leaves. */
  readonly hasPresence: boolean
  readonly slow: SlowPolicy
}

export interface MemberOptions {
  readonly who: Occupant
  readonly outlet: Outlet
  readonly policy: MemberPolicy
  readonly queueBytesMax: number
  /** When its credentials end, milliseconds since 1970; infinity: never. */
  readonly expiresAtMs: number
  /** Runs the rule of the channel again; null: it still passes. */
  readonly recheck: () => MaybePromise<Refusal | null>
  /** Called once, after the member left. */
  readonly onLeave: (member: Member, reason: LeaveReason) => void
}

/** One connection in one room. */
export class Member {
  readonly who: Occupant
  readonly expiresAtMs: number
  readonly policy: MemberPolicy
  readonly #options: MemberOptions
  readonly #queue: SendQueue
  /** What came while the member may not hear yet; null when it hears at once. */
  #held: EncodedEvent[] | null = []
  #heldBytes = 0
  #holds = 1
  #rechecks = 0
  /** Messages up to here reached the member by another way. */
  #floor = 0
  #isOver = false

  constructor(options: MemberOptions) {
    this.who = options.who
    this.expiresAtMs = options.expiresAtMs
    this.policy = options.policy
    this.#options = options
    this.#queue = new SendQueue(options.outlet, options.policy.slow, options.queueBytesMax)
  }

  get isOver(): boolean {
    return this.#isOver
  }

  /** An event of the room: at once, or when the member may hear again. */
  deliver(encoded: EncodedEvent): void {
    if (this.#isOver) return
    if (this.#held === null) this.#send(encoded)
    else this.#hold(encoded, this.#held)
  }

  /** An event for this member alone, also while it is held; never dropped. */
  tell(event: MemberEvent, epoch = ''): void {
    if (this.#isOver) return
    const bytes = this.#options.outlet.encoding.encode(event, epoch)
    if (bytes !== null && !this.#queue.sendNow(bytes)) this.#endSlow()
  }

  /** Tells many events, no faster than the member reads. */
  async tellAll(events: readonly MemberEvent[], epoch: string): Promise<void> {
    for (const event of events) {
      const bytes = this.#isOver ? null : this.#options.outlet.encoding.encode(event, epoch)
      const wait = bytes === null ? undefined : this.#queue.sendPaced(bytes)
      if (wait !== undefined) await wait
    }
  }

  /** Keeps events back until as many `release()`. */
  hold(): void {
    this.#holds++
    this.#held ??= []
  }

  /** Messages up to `floor` were told already. */
  release(floor = 0): void {
    this.#floor = Math.max(this.#floor, floor)
    if (--this.#holds > 0 || this.#held === null) return
    const held = this.#held
    this.#held = null
    this.#heldBytes = 0
    for (const encoded of held) this.deliver(encoded)
  }

  /**
   * Runs the rule again. Until it has answered the member hears nothing: a right that was taken away must not be good
   * for one more message.
   */
  async recheck(): Promise<void> {
    const turn = ++this.#rechecks
    this.hold()
    const refusal = await this.#runRule()
    // A newer run saw newer rights: it decides.
    if (refusal !== null && turn === this.#rechecks) this.end(refusal)
    this.release()
  }

  /** True when its credentials are over: then it hears nothing more. */
  endIfExpired(nowMs: number): boolean {
    if (nowMs < this.expiresAtMs) return false
    this.end(new Refusal('ROOMS_EXPIRED'))
    return true
  }

  /** The peer left or was lost. */
  leave(reason: 'left' | 'lost'): void {
    this.#finish(reason)
  }

  /** The server ends it. */
  end(refusal: Refusal): void {
    if (this.#isOver) return
    this.#finish(refusal.code)
    this.#options.outlet.end(refusal)
  }

  #send(encoded: EncodedEvent): void {
    const { event } = encoded
    if (event.kind === 'message' && event.offset <= this.#floor) return
    const bytes = encoded.bytesFor(this.#options.outlet.encoding)
    if (bytes !== null && !this.#queue.send(bytes, encoded.key)) this.#endSlow()
  }

  #hold(encoded: EncodedEvent, held: EncodedEvent[]): void {
    held.push(encoded)
    this.#heldBytes += encoded.bytesFor(this.#options.outlet.encoding)?.length ?? 0
    // Half: what was held goes out at once, and must fit beside what the transport holds.
    if (this.#heldBytes > this.#options.queueBytesMax / 2) this.#endSlow()
  }

  #endSlow(): void {
    this.end(new Refusal('ROOMS_TOO_SLOW'))
  }

  async #runRule(): Promise<Refusal | null> {
    try {
      const refusal = await this.#options.recheck()
      return refusal === null ? null : new Refusal('ROOMS_REVOKED', { reason: refusal.code })
    } catch {
      // Whoever runs the rule has logged the fault. Where rights are unknown nothing more is told.
      return new Refusal('HANDLE_FAULT')
    }
  }

  #finish(reason: LeaveReason): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#held = null
    this.#queue.clear()
    this.#options.onLeave(this, reason)
  }
}
