import type { Refusal } from '../core/refusal.ts'

/** Who stands in a room. */
export interface Occupant {
  /** Login of a known user; null for a guest. */
  readonly user: string | null
  /** What others see. For a known user their login; a guest chooses it, so it proves nothing. */
  readonly name: string
}

/** Where a room's messages stand: offsets count from 1 within an epoch. Offsets of two epochs do not compare. */
export interface Position {
  readonly epoch: string
  /** Offset of the last message; 0 before the first. */
  readonly offset: number
}

/** A message before its room gave it an offset. */
export interface Draft {
  /** Name of the declared message: `say`. */
  readonly type: string
  /** Its content as JSON, made once, so that what is sent later cannot differ. */
  readonly dataJson: string
  /** Null: the server itself. */
  readonly author: Occupant | null
  /** For the policy `coalesce`: of messages with one key only the newest waits. */
  readonly key: string | null
}

export interface RoomMessage extends Draft {
  readonly kind: 'message'
  readonly offset: number
  readonly atMs: number
}

export interface PresenceChange {
  readonly kind: 'presence'
  readonly change: 'joined' | 'left'
  readonly who: Occupant
}

/** First thing that a member hears. */
export interface Welcome {
  readonly kind: 'joined'
  readonly room: string
  readonly you: Occupant
  /** Where the member stands: the first message that follows has the next offset, each further one the next again. */
  readonly position: Position
  /** True: all that was missed follows. False: it cannot be recovered, nothing follows. Null: it was not asked for. */
  readonly recovered: boolean | null
  /** Who is here; null where the channel does not tell. */
  readonly present: readonly Occupant[] | null
}

/** What a handler answers to one message of one member. */
export interface Answer {
  readonly kind: 'reply'
  /** The id that the member gave its message; null where it gave none. */
  readonly id: string | number | null
  readonly dataJson: string
}

export interface RefusedMessage {
  readonly kind: 'refused'
  readonly id: string | number | null
  readonly refusal: Refusal
}

/** What goes to all members of a room. */
export type RoomEvent = RoomMessage | PresenceChange
/** All that a member may hear. */
export type MemberEvent = RoomEvent | Welcome | Answer | RefusedMessage

/** Names that a declared message cannot have: the server's own events have them. */
export const RESERVED_TYPES: readonly string[] = ['joined', 'presence', 'reply', 'refused']
