import type { Clock } from '../core/clock.ts'
import type { Limits } from '../core/limits.ts'
import { Refusal, type MaybePromise, type Outcome } from '../core/refusal.ts'
import type { Log } from '../core/services.ts'
import type { Broker } from './broker.ts'
import { type LeaveReason, Member, type MemberPolicy } from './member.ts'
import type { Outlet } from './outlet.ts'
import { Room } from './room.ts'
import type { Draft, Occupant, Position } from './room-event.ts'

export type RoomsLimits = Pick<Limits, 'connectionsPerUserMax' | 'memberQueueBytesMax' | 'roomMembersMax' | 'roomsMax'>

export interface RoomsOptions {
  readonly broker: Broker
  readonly clock: Clock
  readonly limits: RoomsLimits
  readonly log: Log
}

export interface JoinRequest {
  readonly policy: MemberPolicy
  readonly who: Occupant
  readonly outlet: Outlet
  /** Where the member was before; null: it is new, and hears what the room remembers. */
  readonly since: Position | null
  /** When the credentials of the member end, milliseconds since 1970; null: they do not, or it is not known. */
  readonly expiresAtMs?: number | null
  /** Runs the rule of the channel again; null: it still passes. Throws on a fault that it has logged. */
  readonly recheck: () => MaybePromise<Refusal | null>
  /** Called once, whatever ends the membership. */
  readonly onLeave?: (reason: LeaveReason) => void
}

/** All rooms that have members in this process. */
export interface Rooms {
  /** Whoever calls has run the rule. A member that fails to join leaves nothing behind. */
  join(room: string, request: JoinRequest): Promise<Outcome<Member>>
  /** Gives the message its place and carries it to all members everywhere; null when nobody will ever read it. */
  publish(room: string, draft: Draft, historyMax: number): MaybePromise<Position | null>
  present(room: string): MaybePromise<readonly Occupant[]>
  /** Runs the rules again for all connections of `user` to this process, and ends those that no longer pass. */
  forget(user: string): void
  /** Members in this process. */
  readonly size: number
  close(): Promise<void>
}

export function createRooms(options: RoomsOptions): Rooms {
  return new LocalRooms(options)
}

/** So long a member may stay who hears nothing and says nothing after the end of its credentials. */
const EXPIRY_SWEEP_MS = 1000

class LocalRooms implements Rooms {
  readonly #broker: Broker
  readonly #clock: Clock
  readonly #log: Log
  readonly #limits: RoomsLimits
  readonly #rooms = new Map<string, Room>()
  readonly #members = new Set<Member>()
  readonly #byUser = new Map<string, Set<Member>>()
  /** Those whose credentials will end. */
  readonly #expiring = new Set<Member>()
  #sweeper: NodeJS.Timeout | null = null
  #isClosing = false

  constructor({ broker, clock, limits, log }: RoomsOptions) {
    this.#broker = broker
    this.#clock = clock
    this.#log = log
    this.#limits = limits
  }

  get size(): number {
    return this.#members.size
  }

  async join(name: string, request: JoinRequest): Promise<Outcome<Member>> {
    const refusal = this.#refuse(name, request.who)
    if (refusal !== null) return refusal
    const room = this.#open(name)
    const member = this.#createMember(room, request)
    try {
      await room.welcome(member, request.since)
    } catch (error) {
      member.leave('lost')
      throw error
    }
    return member
  }

  publish(room: string, draft: Draft, historyMax: number): MaybePromise<Position | null> {
    return this.#broker.publish(room, draft, historyMax)
  }

  present(room: string): MaybePromise<readonly Occupant[]> {
    return this.#broker.present(room)
  }

  forget(user: string): void {
    for (const member of this.#byUser.get(user) ?? []) void member.recheck()
  }

  async close(): Promise<void> {
    this.#isClosing = true
    this.#stopSweeping()
    for (const member of [...this.#members]) member.end(new Refusal('LISTEN_CLOSING'))
    await this.#broker.close()
  }

  #refuse(name: string, { user }: Occupant): Refusal | null {
    if (this.#isClosing) return new Refusal('LISTEN_CLOSING')
    const room = this.#rooms.get(name)
    if (room === undefined && this.#rooms.size >= this.#limits.roomsMax) return new Refusal('ROOMS_FULL')
    if (room !== undefined && room.size >= this.#limits.roomMembersMax) return new Refusal('ROOMS_FULL')
    const ofUser = user === null ? 0 : (this.#byUser.get(user)?.size ?? 0)
    return ofUser >= this.#limits.connectionsPerUserMax
      ? new Refusal('LISTEN_TOO_MANY_CONNECTIONS', { reason: `${ofUser} connections of "${user}"` })
      : null
  }

  #open(name: string): Room {
    let room = this.#rooms.get(name)
    if (room === undefined) {
      room = new Room(name, { broker: this.#broker, clock: this.#clock, log: this.#log })
      this.#rooms.set(name, room)
    }
    return room
  }

  #createMember(room: Room, { who, outlet, policy, expiresAtMs, recheck, onLeave }: JoinRequest): Member {
    const member = new Member({
      who,
      outlet,
      policy,
      queueBytesMax: this.#limits.memberQueueBytesMax,
      expiresAtMs: expiresAtMs ?? Number.POSITIVE_INFINITY,
      recheck,
      onLeave: (left, reason) => {
        this.#remove(room, left)
        onLeave?.(reason)
      },
    })
    this.#members.add(member)
    if (who.user !== null) this.#index(who.user, member)
    if (member.expiresAtMs < Number.POSITIVE_INFINITY) this.#watchExpiry(member)
    return member
  }

  #index(user: string, member: Member): void {
    const members = this.#byUser.get(user)
    if (members === undefined) this.#byUser.set(user, new Set([member]))
    else members.add(member)
  }

  #watchExpiry(member: Member): void {
    this.#expiring.add(member)
    this.#sweeper ??= setInterval(() => {
      const nowMs = this.#clock.now()
      for (const one of this.#expiring) one.endIfExpired(nowMs)
    }, EXPIRY_SWEEP_MS).unref()
  }

  #stopSweeping(): void {
    if (this.#sweeper !== null) clearInterval(this.#sweeper)
    this.#sweeper = null
  }

  #remove(room: Room, member: Member): void {
    this.#members.delete(member)
    if (this.#expiring.delete(member) && this.#expiring.size === 0) this.#stopSweeping()
    const { user } = member.who
    const ofUser = user === null ? undefined : this.#byUser.get(user)
    ofUser?.delete(member)
    if (user !== null && ofUser?.size === 0) this.#byUser.delete(user)
    room.remove(member)
    if (room.size > 0 || this.#rooms.get(room.name) !== room) return
    this.#rooms.delete(room.name)
    room.close()
  }
}
