import type { MaybePromise, Outcome } from '../core/refusal.ts'
import type { Draft, Occupant, Position, PresenceChange, RoomMessage } from './room-event.ts'

/** What one process hears of a room that it subscribed to. */
export interface RoomListener {
  /** In the order of offsets; one may come twice, or be missing: the room sees it by its offset and reads again. */
  onMessage(message: RoomMessage, epoch: string): void
  onPresence(change: PresenceChange): void
}

export interface HistoryPage {
  readonly position: Position
  /** In the order of offsets, without a gap, the last one at `position`. */
  readonly messages: readonly RoomMessage[]
}

/**
 * Gives each message of a room its place in one order, remembers the last ones, and carries them to the processes that
 * have members there. `brokerContract` tests all that is promised here.
 */
export interface Broker {
  readonly name: string
  /**
   * Gives the message the next offset and carries it to all subscribers, this process too. Remembers as many of the last
   * messages as the greatest `historyMax` that the room was given: channels that share it may differ. Null when nobody
   * listens and nothing is remembered.
   */
  publish(room: string, draft: Draft, historyMax: number): MaybePromise<Position | null>
  /** Hears all messages after the position that it gives. */
  subscribe(room: string, listener: RoomListener): MaybePromise<Position>
  unsubscribe(room: string, listener: RoomListener): void
  /** All messages after `since`, or `ROOMS_NOT_RECOVERABLE`; never a part of them. */
  readSince(room: string, since: Position): MaybePromise<Outcome<HistoryPage>>
  /** The last remembered messages, at most `countMax`. */
  readRecent(room: string, countMax: number): MaybePromise<HistoryPage>
  /** One more connection of `who`; others hear of the first. */
  enter(room: string, who: Occupant): MaybePromise<void>
  /** One connection of `who` less; others hear of the last. */
  leave(room: string, who: Occupant): MaybePromise<void>
  present(room: string): MaybePromise<readonly Occupant[]>
  close(): Promise<void>
}
