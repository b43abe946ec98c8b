import type { Clock } from '../core/clock.ts'
import type { Ids } from '../core/ids.ts'
import type { Limits } from '../core/limits.ts'
import { Refusal, type Outcome } from '../core/refusal.ts'
import type { Broker, HistoryPage, RoomListener } from './broker.ts'
import type { Draft, Occupant, Position, PresenceChange, RoomMessage } from './room-event.ts'

export type MemoryBrokerLimits = Pick<
  Limits,
  'historiesBytesMax' | 'historyBytesMax' | 'roomIdleTimeoutMs' | 'roomsMax'
>

export interface MemoryBrokerOptions {
  readonly clock: Clock
  readonly ids: Ids
  readonly limits: MemoryBrokerLimits
}

/** The broker of one process: all in memory, nothing waits. */
export function createMemoryBroker(options: MemoryBrokerOptions): Broker {
  return new MemoryBroker(options)
}

class RoomState {
  readonly epoch: string
  offset = 0
  readonly listeners = new Set<RoomListener>()
  /** The last messages; those before `start` are forgotten. */
  messages: RoomMessage[] = []
  start = 0
  bytes = 0
  /** Channels that share a room may remember differently: a message that one leaves out would be a gap for another. */
  historyMax = 0
  readonly present = new Map<string, { readonly who: Occupant; count: number }>()

  constructor(epoch: string) {
    this.epoch = epoch
  }

  get position(): Position {
    return { epoch: this.epoch, offset: this.offset }
  }

  keep(message: RoomMessage, bytesMax: number): void {
    const { historyMax } = this
    this.messages.push(message)
    this.bytes += sizeOf(message)
    while (this.messages.length - this.start > historyMax || this.bytes > bytesMax) this.dropOldest()
    // The array is cut rarely: each cut moves all that remains.
    if (this.start > historyMax + 64) {
      this.messages = this.messages.slice(this.start)
      this.start = 0
    }
  }

  dropOldest(): void {
    const oldest = this.messages[this.start]
    if (oldest === undefined) return
    this.bytes -= sizeOf(oldest)
    this.start++
  }

  last(count: number): readonly RoomMessage[] {
    return this.messages.slice(Math.max(this.start, this.messages.length - count))
  }
}

class MemoryBroker implements Broker {
  readonly name = 'memory'
  readonly #options: MemoryBrokerOptions
  readonly #rooms = new Map<string, RoomState>()
  /** Rooms without listeners, the longest idle first, with the time since when. */
  readonly #idle = new Map<string, number>()
  /** Of what all rooms remember. */
  #bytes = 0

  constructor(options: MemoryBrokerOptions) {
    this.#options = options
  }

  publish(room: string, draft: Draft, historyMax: number): Position | null {
    const state = historyMax > 0 ? this.#open(room) : this.#rooms.get(room)
    if (state === undefined) return null
    const { clock } = this.#options
    const offset = ++state.offset
    const { type, dataJson, author, key } = draft
    const message: RoomMessage = { kind: 'message', type, dataJson, author, key, offset, atMs: clock.now() }
    state.historyMax = Math.max(state.historyMax, historyMax)
    if (state.historyMax > 0) this.#keep(state, message)
    if (state.listeners.size === 0) this.#touchIdle(room)
    for (const listener of state.listeners) listener.onMessage(message, state.epoch)
    return { epoch: state.epoch, offset }
  }

  subscribe(room: string, listener: RoomListener): Position {
    const state = this.#open(room)
    state.listeners.add(listener)
    this.#idle.delete(room)
    return state.position
  }

  unsubscribe(room: string, listener: RoomListener): void {
    const state = this.#rooms.get(room)
    if (state === undefined || !state.listeners.delete(listener) || state.listeners.size > 0) return
    // Without history nobody can come back to this epoch and learn something from it.
    if (state.messages.length === 0) this.#drop(room)
    else this.#touchIdle(room)
  }

  readSince(room: string, since: Position): Outcome<HistoryPage> {
    const state = this.#rooms.get(room)
    if (state === undefined || state.epoch !== since.epoch || since.offset > state.offset) {
      return new Refusal('ROOMS_NOT_RECOVERABLE', { reason: `epoch ${since.epoch} is over` })
    }
    const missed = state.offset - since.offset
    const messages = state.last(missed)
    // With `missed` 0, `last` gives an empty list: nothing was missed.
    if (messages.length < missed) {
      return new Refusal('ROOMS_NOT_RECOVERABLE', { reason: `${missed - messages.length} messages are forgotten` })
    }
    return { position: state.position, messages }
  }

  readRecent(room: string, countMax: number): HistoryPage {
    const state = this.#open(room)
    return { position: state.position, messages: state.last(countMax) }
  }

  enter(room: string, who: Occupant): void {
    const state = this.#open(room)
    const entry = state.present.get(keyOf(who))
    if (entry === undefined) {
      state.present.set(keyOf(who), { who, count: 1 })
      announce(state, { kind: 'presence', change: 'joined', who })
    } else entry.count++
  }

  leave(room: string, who: Occupant): void {
    const state = this.#rooms.get(room)
    const entry = state?.present.get(keyOf(who))
    if (state === undefined || entry === undefined || --entry.count > 0) return
    state.present.delete(keyOf(who))
    announce(state, { kind: 'presence', change: 'left', who })
  }

  present(room: string): readonly Occupant[] {
    return [...(this.#rooms.get(room)?.present.values() ?? [])].map(({ who }) => who)
  }

  close(): Promise<void> {
    this.#rooms.clear()
    this.#idle.clear()
    this.#bytes = 0
    return Promise.resolve()
  }

  #open(room: string): RoomState {
    let state = this.#rooms.get(room)
    if (state === undefined) {
      this.#evictIdle()
      state = new RoomState(this.#options.ids.next())
      this.#rooms.set(room, state)
      this.#touchIdle(room)
    }
    return state
  }

  #touchIdle(room: string): void {
    this.#idle.delete(room)
    this.#idle.set(room, this.#options.clock.now())
  }

  #evictIdle(): void {
    const { clock, limits } = this.#options
    const staleMs = clock.now() - limits.roomIdleTimeoutMs
    for (const [room, sinceMs] of this.#idle) {
      if (sinceMs > staleMs && this.#rooms.size < limits.roomsMax) return
      this.#drop(room)
    }
  }

  #drop(room: string): void {
    this.#bytes -= this.#rooms.get(room)?.bytes ?? 0
    this.#idle.delete(room)
    this.#rooms.delete(room)
  }

  /** Who may speak in many rooms could fill the memory by them: rooms that nobody hears are forgotten first. */
  #keep(state: RoomState, message: RoomMessage): void {
    const { historiesBytesMax, historyBytesMax } = this.#options.limits
    const beforeBytes = state.bytes
    state.keep(message, historyBytesMax)
    this.#bytes += state.bytes - beforeBytes
    for (const room of this.#idle.keys()) {
      if (this.#bytes <= historiesBytesMax) return
      if (this.#rooms.get(room) !== state) this.#drop(room)
    }
    while (this.#bytes > historiesBytesMax && state.bytes > 0) {
      const ownBytes = state.bytes
      state.dropOldest()
      this.#bytes -= ownBytes - state.bytes
    }
  }
}

function announce(state: RoomState, change: PresenceChange): void {
  for (const listener of state.listeners) listener.onPresence(change)
}

// A guest who takes the name of a user is another person.
function keyOf({ user, name }: Occupant): string {
  return user === null ? `guest ${name}` : `user ${user}`
}

function sizeOf(message: RoomMessage): number {
  return message.dataJson.length + message.type.length + 100
}
