import type { Call } from '../core/call.ts'
import type { MaybePromise } from '../core/refusal.ts'
import type { Occupant } from '../rooms/room-event.ts'

/** A message that came over HTTP. */
export interface PostedMessage {
  readonly type: string
  readonly args: Readonly<Record<string, unknown>>
}

/** The channels of a booted app, for the handlers that were declared before it was. `key` stands for one channel. */
export interface Channels {
  has(key: object): boolean
  /** The call has passed the rule of the channel: gives what it is answered with. */
  join(key: object, args: Readonly<Record<string, unknown>>, call: Call): MaybePromise<unknown>
  /** The call has passed the rule of the message. */
  post(key: object, message: PostedMessage, call: Call): MaybePromise<unknown>
  /** Sends when the call that runs has committed; at once where none runs. */
  publish(key: object, args: Readonly<Record<string, unknown>>, message: Readonly<Record<string, unknown>>): void
  present(key: object, args: Readonly<Record<string, unknown>>): MaybePromise<readonly Occupant[]>
  /** The rights of a user may have changed. */
  forget(user: string): void
}
