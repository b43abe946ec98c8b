import type { MaybePromise } from '../core/refusal.ts'
import type { Occupant } from '../rooms/room-event.ts'
import type { CallState, PublishOptions, RoomVoice } from './call-state.ts'
import type { CompiledChannel } from './compile-channel.ts'
import type { ChannelHost } from './participant.ts'

export interface PostPlace {
  readonly room: string
  readonly author: Occupant
}

/** What the handler of a message speaks to when the message came as a call of its own. */
export class PostVoice implements RoomVoice {
  readonly leaveReason = null
  /** What `call.reply()` was given; it becomes the reply of the call. */
  answer: unknown = undefined
  readonly #host: ChannelHost
  readonly #channel: CompiledChannel
  readonly #place: PostPlace

  constructor(host: ChannelHost, channel: CompiledChannel, place: PostPlace) {
    this.#host = host
    this.#channel = channel
    this.#place = place
  }

  publish(call: CallState, message: Readonly<Record<string, unknown>>, { key = null }: PublishOptions): void {
    this.#host.publishAfter(call, { channel: this.#channel, ...this.#place, message, key })
  }

  present(): MaybePromise<readonly Occupant[]> {
    return this.#host.rooms.present(this.#place.room)
  }

  reply(_call: CallState, data: unknown): void {
    this.answer = data
  }
}
