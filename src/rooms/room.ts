import type { Clock } from '../core/clock.ts'
import type { Log } from '../core/services.ts'
import { Refusal, type Outcome } from '../core/refusal.ts'
import type { Broker, HistoryPage, RoomListener } from './broker.ts'
import { EncodedEvent } from './encoding.ts'
import type { Member } from './member.ts'
import type { Occupant, Position, PresenceChange, RoomEvent, RoomMessage } from './room-event.ts'

export interface RoomServices {
  readonly broker: Broker
  readonly clock: Clock
  readonly log: Log
}

/** The members of one room in this process, and where they are in its order. */
export class Room implements RoomListener {
  readonly name: string
  readonly #broker: Broker
  readonly #clock: Clock
  readonly #log: Log
  readonly #members = new Set<Member>()
  /** Those whose presence the broker was told. */
  readonly #entered = new Set<Member>()
  readonly #ready: Promise<void>
  #epoch = ''
  #offset = 0
  /** Newest offset heard of; beyond `#offset` while the room catches up. */
  #newest = 0
  #isBehind = true
  // A member that is let go while an event goes around may cause another event: it goes around after this one.
  #isDelivering = false
  readonly #backlog: RoomEvent[] = []

  constructor(name: string, { broker, clock, log }: RoomServices) {
    this.name = name
    this.#broker = broker
    this.#clock = clock
    this.#log = log
    this.#ready = this.#subscribe()
  }

  get size(): number {
    return this.#members.size
  }

  /** Adds a held member, tells it where the room stands and what it missed, and lets it hear. */
  async welcome(member: Member, since: Position | null): Promise<void> {
    this.#members.add(member)
    await this.#ready
    const { hasPresence, historyMax } = member.policy
    if (hasPresence) await this.#enter(member)
    const { page, recovered } = await this.#read(since, historyMax)
    const present = hasPresence ? await this.#broker.present(this.name) : null
    const { position, messages } = page
    const start = { epoch: position.epoch, offset: position.offset - messages.length }
    if (position.epoch !== this.#epoch)
      member.end(new Refusal('ROOMS_NOT_RECOVERABLE', { reason: 'the epoch is over' }))
    member.tell(
      { kind: 'joined', room: this.name, you: member.who, position: start, recovered, present },
      position.epoch,
    )
    await member.tellAll(messages, position.epoch)
    member.release(position.offset)
  }

  /** Takes a member out; to be called once for each. */
  remove(member: Member): void {
    if (!this.#members.delete(member)) return
    if (this.#entered.delete(member)) void this.#leave(member.who)
  }

  close(): void {
    this.#broker.unsubscribe(this.name, this)
  }

  onMessage(message: RoomMessage, epoch: string): void {
    if (message.offset > this.#newest) this.#newest = message.offset
    if (this.#isBehind) return
    if (epoch !== this.#epoch) this.#endAll(new Refusal('ROOMS_NOT_RECOVERABLE', { reason: 'the epoch is over' }))
    else if (message.offset === this.#offset + 1) {
      this.#offset = message.offset
      this.#deliver(message)
    } else if (message.offset > this.#offset) void this.#catchUp()
  }

  onPresence(change: PresenceChange): void {
    this.#deliver(change)
  }

  async #enter(member: Member): Promise<void> {
    if (member.isOver) return
    this.#entered.add(member)
    await this.#broker.enter(this.name, member.who)
  }

  async #leave(who: Occupant): Promise<void> {
    try {
      await this.#broker.leave(this.name, who)
    } catch (error) {
      this.#log.error({ error, room: this.name }, 'Cannot tell the broker that a member left')
    }
  }

  async #subscribe(): Promise<void> {
    const position = await this.#broker.subscribe(this.name, this)
    this.#epoch = position.epoch
    // Nobody was told a position before: what came meanwhile is where the room begins.
    this.#offset = Math.max(position.offset, this.#newest)
    this.#newest = this.#offset
    this.#isBehind = false
  }

  async #read(
    since: Position | null,
    historyMax: number,
  ): Promise<{ readonly page: HistoryPage; readonly recovered: boolean | null }> {
    if (since === null) {
      return { page: await this.#broker.readRecent(this.name, historyMax), recovered: null }
    }
    const page = await this.#broker.readSince(this.name, since)
    if (!(page instanceof Refusal)) return { page, recovered: true }
    return { page: await this.#broker.readRecent(this.name, 0), recovered: false }
  }

  /** Messages were lost on the way from the broker: reads them again, all or none. */
  async #catchUp(): Promise<void> {
    this.#isBehind = true
    while (this.#newest > this.#offset) {
      const page = await this.#readMissed()
      if (page instanceof Refusal) {
        this.#endAll(page)
        this.#offset = this.#newest
        break
      }
      for (const message of page.messages) this.#deliver(message)
      this.#offset = page.position.offset
    }
    this.#isBehind = false
  }

  async #readMissed(): Promise<Outcome<HistoryPage>> {
    try {
      return await this.#broker.readSince(this.name, { epoch: this.#epoch, offset: this.#offset })
    } catch (error) {
      return new Refusal('ROOMS_NOT_RECOVERABLE', { reason: `the broker failed: ${String(error)}` })
    }
  }

  #deliver(event: RoomEvent): void {
    this.#backlog.push(event)
    if (this.#isDelivering) return
    this.#isDelivering = true
    for (let next = this.#backlog.shift(); next !== undefined; next = this.#backlog.shift()) {
      const encoded = new EncodedEvent(next, this.#epoch)
      const nowMs = this.#clock.now()
      for (const member of this.#members) {
        if (member.expiresAtMs <= nowMs) member.endIfExpired(nowMs)
        else if (isFor(next, member)) member.deliver(encoded)
      }
    }
    this.#isDelivering = false
  }

  #endAll(refusal: Refusal): void {
    for (const member of [...this.#members]) member.end(refusal)
  }
}

/** Presence is for those whose channel tells it, and not for who arrives: the welcome says that. */
function isFor(event: RoomEvent, { policy, who }: Member): boolean {
  if (event.kind === 'message') return true
  const isOwnArrival = event.change === 'joined' && event.who.user === who.user && event.who.name === who.name
  return policy.hasPresence && !isOwnArrival
}
