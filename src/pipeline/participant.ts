import { Fault } from '../core/fault.ts'
import type { Limits } from '../core/limits.ts'
import { Refusal, type MaybePromise } from '../core/refusal.ts'
import type { Received, Transport } from '../core/received.ts'
import type { Identity } from '../core/scheme.ts'
import type { ParsedBody } from '../params/parsed-body.ts'
import { formatJson } from '../reply/json.ts'
import { parsePosition } from '../rooms/json-encoding.ts'
import type { LeaveReason, Member } from '../rooms/member.ts'
import type { Outlet } from '../rooms/outlet.ts'
import type { MemberEvent, Occupant } from '../rooms/room-event.ts'
import type { Rooms } from '../rooms/rooms.ts'
import { CallState, type PublishOptions, type RoomVoice, type Routed } from './call-state.ts'
import { type Envelope, parseEnvelope, readEnvelope, textBody } from './channel-envelope.ts'
import type { CompiledChannel } from './compile-channel.ts'
import type { CompiledRoute } from './compiled-route.ts'
import { MemberReceived } from './member-received.ts'
import type { Settled } from './outcome.ts'
import type { Pipeline } from './pipeline.ts'
import { SeatReceived } from './seat-received.ts'

/** A message on its way to a room. */
export interface Outgoing {
  readonly channel: CompiledChannel
  readonly room: string
  /** One property: the type of the message, with its content. */
  readonly message: Readonly<Record<string, unknown>>
  readonly author: Occupant | null
  readonly key: string | null
}

/** What a participant needs of the app. */
export interface ChannelHost {
  readonly rooms: Rooms
  readonly limits: Limits
  readonly pipeline: Pick<Pipeline, 'conduct' | 'reject'>
  publishAfter(call: CallState, outgoing: Outgoing): void
  watch(work: MaybePromise<unknown>): void
}

/** Who was let in, and by which call. */
export interface Admission {
  readonly hub: ChannelHost
  readonly channel: CompiledChannel
  /** The call that passed the rule. */
  readonly call: CallState
  /** Its parameters, without those of joining. */
  readonly args: Readonly<Record<string, unknown>>
  readonly who: Occupant
  /** Where the member was before, as it says; null: it is new. */
  readonly since: string | null
  /** What carries its messages. */
  readonly transport: Transport
}

const NO_SUCH_MESSAGE = new Refusal('ROOMS_BAD_MESSAGE', { message: 'there is no such message here' })

/** One connection of a channel, from its admission to its end: what comes from it are calls, what goes to it events. */
export class Participant implements RoomVoice {
  readonly #admission: Admission
  readonly #room: string
  readonly #joined: Received
  readonly #identity: Identity | null
  readonly #controller = new AbortController()
  #member: Member | null = null
  #outlet: Outlet | null = null
  #isOver = false
  leaveReason: LeaveReason | null = null
  /** Id of the message that is handled. */
  #answering: Envelope['id'] = null
  #hasAnswered = false

  constructor(admission: Admission) {
    this.#admission = admission
    this.#room = admission.channel.roomOf(admission.args)
    this.#joined = admission.call.received
    this.#identity = admission.call.identity
  }

  /** Takes the place in the room. A refusal was told to the outlet. */
  async enter(outlet: Outlet): Promise<void> {
    if (this.#isOver) return
    const { hub, channel, who, since } = this.#admission
    this.#outlet = outlet
    const member = await hub.rooms.join(this.#room, {
      policy: channel.policy,
      who,
      outlet,
      // What is no position of ours cannot be recovered, and is told so.
      since: since === null ? null : (parsePosition(since) ?? { epoch: '', offset: 0 }),
      expiresAtMs: this.#identity?.expiresAtMs ?? null,
      recheck: () => this.#recheck(),
      onLeave: (reason) => this.#onLeave(reason),
    })
    if (member instanceof Refusal) {
      this.#isOver = true
      outlet.end(member)
    } else if (this.#isOver) member.leave('lost')
    else this.#member = member
  }

  /** Stays outside of the room: what it says is handled, and only the answers to that are told. */
  visit(outlet: Outlet): void {
    this.#outlet = outlet
  }

  get isOver(): boolean {
    return this.#isOver
  }

  /** A message as JSON text. */
  receive(text: string): MaybePromise<void> {
    return this.#take(parseEnvelope(text, this.#admission.hub.limits.jsonDepthMax))
  }

  /** A message as a JSON value. */
  receiveValue(value: unknown): MaybePromise<void> {
    return this.#take(readEnvelope(value, true))
  }

  /** A line of plain text; an empty one says nothing. */
  receiveLine(line: string): MaybePromise<void> {
    const { plainText } = this.#admission.channel.declaration.spec
    if (plainText === undefined || line === '') return undefined
    return this.#take({ type: plainText.type, id: null, body: textBody(plainText.param, line) })
  }

  /** The connection ended. */
  leave(reason: 'left' | 'lost'): void {
    this.#isOver = true
    this.#member?.leave(reason)
    this.#controller.abort()
  }

  publish(call: CallState, message: Readonly<Record<string, unknown>>, options: PublishOptions): void {
    const { hub, channel, who } = this.#admission
    hub.publishAfter(call, { channel, room: this.#room, message, author: who, key: options.key ?? null })
  }

  reply(call: CallState, data: unknown): void {
    const dataJson = formatJson(data)
    const id = this.#answering
    this.#hasAnswered = true
    call.afterCommit(() => this.#tell({ kind: 'reply', id, dataJson }))
  }

  present(): MaybePromise<readonly Occupant[]> {
    return this.#admission.hub.rooms.present(this.#room)
  }

  #take(envelope: Envelope | Refusal): MaybePromise<void> {
    if (this.#isOver || this.#isExpired()) return undefined
    if (envelope instanceof Refusal) return this.#reject(envelope, null)
    const { type, id, body } = envelope
    const route = this.#admission.channel.messages.get(type)
    if (route === undefined) return this.#reject(NO_SUCH_MESSAGE, id)
    this.#answering = id
    this.#hasAnswered = false
    const settled = this.#conduct(route, 'MESSAGE', body)
    return settled instanceof Promise ? settled.then((late) => this.#conclude(late, id)) : this.#conclude(settled, id)
  }

  /** Who came in with credentials that have ended meanwhile says nothing more. */
  #isExpired(): boolean {
    const { call } = this.#admission
    return this.#member?.endIfExpired(call.runtime.services.clock.now()) ?? false
  }

  #tell(event: MemberEvent): void {
    if (this.#member !== null) {
      this.#member.tell(event)
      return
    }
    const bytes = this.#outlet?.encoding.encode(event, '') ?? null
    if (bytes !== null) this.#outlet?.write(bytes)
  }

  #conduct(route: CompiledRoute, method: string, body: ParsedBody | null): MaybePromise<Settled> {
    return this.#admission.hub.pipeline.conduct(this.#callOf(route, method, body))
  }

  /** What is no message of this channel: nothing runs, and the audit has it all the same. */
  #reject(refusal: Refusal, id: Envelope['id']): undefined {
    const { hub, channel } = this.#admission
    const call = this.#callOf(channel.checkMember, 'MESSAGE', null)
    call.identity = this.#identity
    hub.pipeline.reject(call, refusal)
    this.#tell({ kind: 'refused', id, refusal })
  }

  #callOf(route: CompiledRoute, method: string, body: ParsedBody | null): Routed {
    const { call: joined, transport } = this.#admission
    const received = new MemberReceived({
      method,
      transport,
      joined: this.#joined,
      identity: this.#identity,
      signal: this.#controller.signal,
    })
    const call = new CallState(joined.runtime, received)
    call.route = route
    call.pathValues = joined.pathValues
    call.body = body
    call.room = this
    call.note = method === 'LEAVE' ? this.leaveReason : null
    return call as Routed // its route was just set
  }

  #conclude(settled: Settled, id: Envelope['id']): void {
    if (settled instanceof Refusal) this.#tell({ kind: 'refused', id, refusal: settled })
    else if (settled instanceof Fault) this.#tell({ kind: 'refused', id, refusal: settled.refusal })
    else if (typeof settled.body === 'string')
      this.#tell({ kind: 'reply', id, dataJson: this.#jsonOf(settled.body, settled) })
    else if (id !== null && !this.#hasAnswered) this.#tell({ kind: 'reply', id, dataJson: 'null' })
  }

  /** What a handler gives is JSON, or text. */
  #jsonOf(body: string, { head }: Exclude<Settled, Refusal | Fault>): string {
    return head.pairs[1] === 'application/json' ? body : JSON.stringify(body)
  }

  /** With the credentials of the call that joined: they may have ended. One that is good for one call was good then. */
  async #recheck(): Promise<Refusal | null> {
    const { check, checkMember } = this.#admission.channel
    // A signature was checked with each datagram; there are no other credentials.
    const isSigned = this.#joined instanceof SeatReceived && this.#joined.identity !== null
    const settled = await this.#conduct(isSigned ? checkMember : check, 'CHECK', null)
    const isUsedUp = settled instanceof Refusal && settled.code === 'AUTHN_TOKEN_REUSED'
    const end = isUsedUp ? await this.#conduct(checkMember, 'CHECK', null) : settled
    if (end instanceof Fault) return end.refusal
    return end instanceof Refusal ? end : null
  }

  #onLeave(reason: LeaveReason): void {
    this.#isOver = true
    this.leaveReason = reason
    const { hub, channel } = this.#admission
    hub.watch(this.#conduct(channel.leave, 'LEAVE', null))
  }
}
