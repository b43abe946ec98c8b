import { Refusal, type MaybePromise } from '../core/refusal.ts'
import type { StreamConnection, StreamHandler } from '../listen/stream-connection.ts'
import { isJsonObject } from '../params/parsed-body.ts'
import type { Encoding } from '../rooms/encoding.ts'
import { isTextOrNull, malformed } from './channel-envelope.ts'
import { admit, type Door, type SeatAsked } from './channel-admission.ts'
import { ConnectionOutlet } from './connection-outlet.ts'
import type { Participant } from './participant.ts'

/** A channel at a TCP port. */
export interface TcpDoor extends Door {
  /** Parameters of the path that are the same for all. */
  readonly args: Readonly<Record<string, unknown>>
}

const CREDENTIALS = /^(Basic|Bearer|Digest) \S/i

/**
 * The channel in lines of text: the first line is the name of a guest, or credentials as in the header
 * `Authorization` (`Bearer …`); each further line is a message.
 */
export function createLineHandler(door: TcpDoor): StreamHandler<string> {
  const encoding = door.channel.encodings.tcpText
  if (encoding === null)
    throw new TypeError(`Cannot speak lines: ${door.channel.declaration.path} declares no plain text`)
  return createHandler<string>({
    door,
    encoding,
    readFirst: (line) => ({
      args: {},
      name: CREDENTIALS.test(line) ? null : line,
      since: null,
      authorization: CREDENTIALS.test(line) ? line : null,
    }),
    receive: (participant, line) => participant.receiveLine(line),
  })
}

/**
 * The channel in JSON values after their length: the first is `{ "params": {…}, "name": …, "authorization": …,
 * "since": … }`, each further one a message.
 */
export function createJsonHandler(door: TcpDoor): StreamHandler<unknown> {
  return createHandler<unknown>({
    door,
    encoding: door.channel.encodings.tcp,
    readFirst: readGreeting,
    receive: (participant, value) => participant.receiveValue(value),
  })
}

type Greeting = Pick<SeatAsked, 'args' | 'authorization' | 'name' | 'since'>

interface Dialect<In> {
  readonly door: TcpDoor
  readonly encoding: Encoding
  readonly readFirst: (first: In) => Greeting | Refusal
  readonly receive: (participant: Participant, message: In) => MaybePromise<void>
}

function createHandler<In>({ door, encoding, readFirst, receive }: Dialect<In>): StreamHandler<In> {
  const places = new WeakMap<StreamConnection<In>, Participant>()
  const controllers = new WeakMap<StreamConnection<In>, AbortController>()
  const enter = async (connection: StreamConnection<In>, first: In): Promise<void> => {
    const outlet = new ConnectionOutlet(connection, encoding, true)
    const greeting = readFirst(first)
    const controller = new AbortController()
    controllers.set(connection, controller)
    const participant =
      greeting instanceof Refusal
        ? greeting
        : await admit(door, {
            ...greeting,
            transport: 'tcp',
            identity: null,
            peer: connection.peer,
            // What the server fixed wins over what a client says.
            args: { ...greeting.args, ...door.args },
            signal: controller.signal,
          })
    // Who left while the rule was asked would stay for ever: nobody would say again that it is gone.
    if (controller.signal.aborted) return
    if (participant instanceof Refusal) {
      outlet.end(participant)
      return
    }
    places.set(connection, participant)
    await participant.enter(outlet)
  }
  return {
    onMessage: (connection, message) => {
      const participant = places.get(connection)
      return participant === undefined ? enter(connection, message) : receive(participant, message)
    },
    onClose: (connection, end) => {
      controllers.get(connection)?.abort()
      places.get(connection)?.leave(end === 'closed' ? 'left' : 'lost')
    },
  }
}

function readGreeting(value: unknown): Greeting | Refusal {
  if (!isJsonObject(value)) return malformed('the first message is an object')
  const { params = {}, name = null, authorization = null, since = null, ...more } = value
  if (Object.keys(more).length > 0) return malformed('the first message has params, name, authorization and since')
  if (!isJsonObject(params)) return malformed('the params of the first message are an object')
  if (!isTextOrNull(name) || !isTextOrNull(authorization) || !isTextOrNull(since)) {
    return malformed('name, authorization and since are texts')
  }
  return { args: params, name, authorization, since }
}
