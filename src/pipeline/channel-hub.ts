import type { Limits } from '../core/limits.ts'
import type { Call } from '../core/call.ts'
import type { Received, Transport } from '../core/received.ts'
import { Refusal, type MaybePromise } from '../core/refusal.ts'
import { Encoded, HeadBlock } from '../core/reply.ts'
import { compileOrigins } from '../guard/origin-list.ts'
import type { StreamHandler } from '../listen/stream-connection.ts'
import { createWebSocketAcceptor, type WebSocketAcceptor } from '../listen/websocket-acceptor.ts'
import { checkOrigin, checkUpgrade, isWebSocketUpgrade, parseProtocols } from '../listen/websocket-upgrade.ts'
import { formatJson } from '../reply/json.ts'
import { EventStreamOutlet } from '../rooms/event-stream-outlet.ts'
import { createMemoryBroker } from '../rooms/memory-broker.ts'
import type { Occupant } from '../rooms/room-event.ts'
import { createRooms, type Rooms } from '../rooms/rooms.ts'
import { formatVisible } from '../wire/visible-text.ts'
import type { AppRuntime } from './app-runtime.ts'
import type { CallState } from './call-state.ts'
import { type CompiledChannel, ownArgs } from './compile-channel.ts'
import { ConnectionOutlet } from './connection-outlet.ts'
import { currentCall } from './current-call.ts'
import { describeError } from './describe-error.ts'
import type { Channels, PostedMessage } from './channels.ts'
import { type ChannelHost, type Outgoing, Participant } from './participant.ts'
import { PostVoice } from './post-voice.ts'
import type { Pipeline } from './pipeline.ts'
import { SeatReceived } from './seat-received.ts'

/** The sub-protocols of a WebSocket to a channel. */
const PROTOCOL_JSON = 'guichet.json'
const PROTOCOL_TEXT = 'guichet.text'

/** All channels of a booted app: its rooms, and how members come in. */
export class ChannelHub implements ChannelHost, Channels {
  readonly rooms: Rooms
  readonly limits: Limits
  readonly pipeline: Pick<Pipeline, 'conduct' | 'reject'>
  readonly #runtime: AppRuntime
  readonly #acceptor: WebSocketAcceptor
  readonly #channels = new Map<object, CompiledChannel>()
  #guests = 0
  #isClosing = false
  /** Calls of members that left, which nobody waits for. */
  readonly #running = new Set<Promise<unknown>>()

  constructor(
    runtime: AppRuntime,
    pipeline: Pick<Pipeline, 'conduct' | 'reject'>,
    channels: readonly CompiledChannel[],
  ) {
    const { clock, ids, limits, log } = runtime.services
    this.limits = limits
    this.pipeline = pipeline
    this.#runtime = runtime
    this.rooms = createRooms({ broker: createMemoryBroker({ clock, ids, limits }), clock, limits, log })
    this.#acceptor = createWebSocketAcceptor({
      limits,
      clock,
      log: (message, error) => log.error(describeError(error), message),
    })
    for (const channel of channels) this.#channels.set(channel.declaration.key, channel)
  }

  has(key: object): boolean {
    return this.#channels.has(key)
  }

  /** The channel that `app.channel()` gave as `key`. */
  find(key: object): CompiledChannel {
    const channel = this.#channels.get(key)
    if (channel === undefined) throw new TypeError('Cannot use the channel: it belongs to another app')
    return channel
  }

  /** The handler of the path of a channel: the call has passed the rule. */
  join(key: object, given: Readonly<Record<string, unknown>>, caller: Call): MaybePromise<unknown> {
    const call = caller as CallState // the pipeline makes all calls
    const channel = this.find(key)
    const seat = this.#chooseSeat(channel, call)
    if (seat instanceof Refusal) return seat
    const args = ownArgs(given)
    const participant = new Participant({
      hub: this,
      channel,
      call,
      args,
      who: this.#occupantOf(call, given['name']),
      since: sinceOf(given['since'], call.received),
      transport: transportOf(call.received),
    })
    call.room = participant
    const { onJoin } = channel.declaration.handlers
    const isVisit = call.received instanceof SeatReceived && call.received.isVisit
    const joined = isVisit ? undefined : onJoin?.(args, call)
    return joined instanceof Promise ? joined.then((): unknown => seat(participant)) : seat(participant)
  }

  /** A message that came as a call of its own (POST), from who listens by events or not at all. */
  post(key: object, { type, args }: PostedMessage, caller: Call): MaybePromise<unknown> {
    const call = caller as CallState // the pipeline makes all calls
    const channel = this.find(key)
    const voice = new PostVoice(this, channel, {
      room: channel.roomOf(args),
      author: this.#occupantOf(call, undefined),
    })
    call.room = voice
    const answer = channel.messages.get(type)?.declaration.handler(args, call)
    return answer instanceof Promise ? answer.then((late: unknown) => late ?? voice.answer) : (answer ?? voice.answer)
  }

  publish(key: object, args: Readonly<Record<string, unknown>>, message: Readonly<Record<string, unknown>>): void {
    const channel = this.find(key)
    const outgoing = { channel, room: channel.roomOf(args), message, author: null, key: null }
    const call = currentCall.getStore()
    if (call === undefined || call.runtime !== this.#runtime) this.watch(this.#prepare(outgoing)())
    else this.publishAfter(call, outgoing)
  }

  present(key: object, args: Readonly<Record<string, unknown>>): MaybePromise<readonly Occupant[]> {
    return this.rooms.present(this.find(key).roomOf(args))
  }

  forget(user: string): void {
    this.rooms.forget(user)
  }

  /** Publishes when the call has committed; never after a rollback. */
  publishAfter(call: CallState, outgoing: Outgoing): void {
    const publish = this.#prepare(outgoing)
    if (call.end === null) call.afterCommit(publish)
    // A call that was answered has committed, unless it was refused: then what it did is not real.
    else if (call.end === 'done') this.watch(publish())
  }

  /** Looks after work that nobody waits for. */
  watch(work: MaybePromise<unknown>): void {
    if (!(work instanceof Promise)) return
    const watched = work
      .catch((error: unknown) => this.#runtime.services.log.error(describeError(error), 'A channel failed'))
      .finally(() => this.#running.delete(watched))
    this.#running.add(watched)
  }

  /** Ends all members, and waits for what they leave behind. */
  async close(deadlineMs: number): Promise<void> {
    this.#isClosing = true
    await this.rooms.close()
    await this.#acceptor.close(deadlineMs)
    await Promise.all(this.#running)
  }

  /** How the peer wants to take part; what is wrong with that is said before anything happens. */
  #chooseSeat(channel: CompiledChannel, call: CallState): Refusal | ((participant: Participant) => unknown) {
    const { received } = call
    if (received instanceof SeatReceived) return (participant) => void seats.set(received, participant)
    const transports = channel.declaration.spec.transports ?? ['websocket', 'sse']
    if (received.method === 'GET' && isWebSocketUpgrade(received) && transports.includes('websocket')) {
      const wrong =
        checkOrigin(received, compileOrigins(channel.declaration.spec.origins ?? [])) ?? checkUpgrade(received)
      return wrong ?? ((participant) => this.#seatWebSocket(channel, call, participant))
    }
    if (received.method === 'GET' && wantsEvents(received) && transports.includes('sse')) {
      return (participant) => this.#seatEvents(channel, call, participant)
    }
    return new Refusal('LISTEN_UPGRADE', {
      message: `this is a channel: open it as ${transports.map((name) => TRANSPORT_NAMES[name]).join(' or ')}`,
      headers: ['upgrade', 'websocket'],
    })
  }

  #seatWebSocket(channel: CompiledChannel, call: CallState, participant: Participant): Encoded | Refusal {
    // The server may have begun to close while the rule was asked. (A stream of events is told so by its first event: a
    // browser comes back after that, and not after a refusal.)
    if (this.#isClosing) return new Refusal('LISTEN_CLOSING')
    const { received } = call
    const { websocket, websocketText } = channel.encodings
    const offered = parseProtocols(received) ?? []
    const protocol = chooseProtocol(offered, websocketText !== null)
    const isText = websocketText !== null && (protocol === PROTOCOL_TEXT || offered.length === 0)
    const encoding = isText ? websocketText : websocket
    const handler: StreamHandler<string> = {
      onOpen: (connection) => participant.enter(new ConnectionOutlet(connection, encoding, false)),
      onMessage: (_, text) => (isText ? participant.receiveLine(text) : participant.receive(text)),
      onClose: (_, end) => participant.leave(end === 'closed' ? 'left' : 'lost'),
    }
    // The handshake is the reply: not before the commit.
    call.afterCommit(() => {
      // Who left while the rule was asked gets none.
      if (!received.signal.aborted) this.#acceptor.accept({ received, protocol, handler })
    })
    return new Encoded({ status: 101, head: NO_HEAD, headers: null, body: null })
  }

  #seatEvents({ encodings }: CompiledChannel, call: CallState, participant: Participant): Encoded {
    const body = new EventStreamOutlet(encodings.eventStream, this.limits.heartbeatIntervalMs, () =>
      participant.leave('lost'),
    )
    const { signal } = call.received
    if (signal.aborted) body.cut()
    else signal.addEventListener('abort', () => body.cut(), { once: true })
    // Not waited for: what the room remembers is read while it is sent.
    call.afterCommit(() => this.watch(participant.enter(body)))
    return new Encoded({ status: 200, head: call.route?.heads.bare ?? NO_HEAD, headers: EVENT_HEADERS, body })
  }

  #occupantOf({ user }: CallState, name: unknown): Occupant {
    if (user !== null) return { user, name: user }
    const given = typeof name === 'string' ? formatVisible(name).trim().slice(0, NAME_CHARACTERS_MAX) : ''
    return { user: null, name: given === '' ? `guest-${++this.#guests}` : given }
  }

  #prepare({ channel, room, message, author, key }: Outgoing): () => MaybePromise<unknown> {
    const types = Object.keys(message)
    const [type] = types
    if (type === undefined || types.length > 1 || !channel.messages.has(type)) {
      throw new TypeError(
        `Cannot publish in ${room}: a message has one type that the channel declares, not ${types.join(', ')}`,
      )
    }
    // Now: what is sent must not change any more.
    const draft = { type, dataJson: formatJson(message[type]), author, key }
    return () => this.rooms.publish(room, draft, channel.policy.historyMax)
  }
}

/** Participants that came without HTTP, by their call: who asked for them takes them here. */
export const seats: WeakMap<SeatReceived, Participant> = new WeakMap()

const NAME_CHARACTERS_MAX = 40
const NO_HEAD = new HeadBlock([])
const EVENT_HEADERS: readonly string[] = [
  'content-type',
  'text/event-stream',
  'cache-control',
  'no-store',
  // nginx would otherwise keep events back until it has enough of them.
  'x-accel-buffering',
  'no',
]
const TRANSPORT_NAMES = { websocket: 'a WebSocket', sse: 'an event stream (Accept: text/event-stream)' } as const

function chooseProtocol(offered: readonly string[], hasText: boolean): string | null {
  const known = hasText ? [PROTOCOL_JSON, PROTOCOL_TEXT] : [PROTOCOL_JSON]
  return offered.find((name) => known.includes(name)) ?? null
}

function transportOf(received: Received): Transport {
  if (received.transport !== 'http') return received.transport
  return isWebSocketUpgrade(received) ? 'websocket' : 'sse'
}

function wantsEvents(received: Received): boolean {
  return (received.header('accept') ?? '').toLowerCase().includes('text/event-stream')
}

/** A browser that reconnects says in a header where it was; it wins over the address, which is still the first one. */
function sinceOf(since: unknown, received: Received): string | null {
  const last = received.header('last-event-id')
  if (last !== undefined && last !== '') return last
  return typeof since === 'string' ? since : null
}
