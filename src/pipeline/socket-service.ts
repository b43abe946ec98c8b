import { Fault } from '../core/fault.ts'
import type { Peer, Received, Transport } from '../core/received.ts'
import { Refusal, type MaybePromise, type Outcome } from '../core/refusal.ts'
import type { RouteDeclaration } from '../core/route-spec.ts'
import type { StreamConnection, StreamHandler } from '../listen/stream-connection.ts'
import type { Datagram } from '../listen/udp-listener.ts'
import { isJsonObject, jsonBody, type ParsedBody } from '../params/parsed-body.ts'
import { cutUtf8 } from '../wire/utf8.ts'
import type { AppRuntime } from './app-runtime.ts'
import { CallState, type Routed } from './call-state.ts'
import { malformed, textBody } from './channel-envelope.ts'
import type { CompiledRoute } from './compiled-route.ts'
import type { Settled } from './outcome.ts'
import type { Pipeline } from './pipeline.ts'
import { SeatReceived } from './seat-received.ts'
import type { ServiceSpec, SocketDeclaration } from './socket-declaration.ts'

/** What a service of TCP or UDP runs on. */
export interface ServiceParts {
  readonly runtime: AppRuntime
  readonly pipeline: Pick<Pipeline, 'conduct' | 'reject'>
  readonly route: CompiledRoute
  readonly spec: ServiceSpec
}

/** The parameter that takes a line, or a datagram of text. */
const TEXT_PARAM = 'text'

/** A service as a route: it is compiled, authorized and audited like one. */
export function serviceRoute(declaration: SocketDeclaration, spec: ServiceSpec): RouteDeclaration {
  const { transport, where, service } = declaration
  const { framing: _framing, hasCredentials: _hasCredentials, ...route } = spec
  return {
    methods: ['MESSAGE'],
    path: `/${transport}`,
    host: null,
    spec: route,
    limits: [],
    handler: service?.handler ?? (() => undefined),
    before: [],
    after: [],
    where,
  }
}

/** Serves messages of TCP connections. What the handler returns is sent back; a refusal is told, and ends nothing. */
export function createServiceHandler<Message>(parts: ServiceParts): StreamHandler<Message> {
  const guests = new WeakMap<StreamConnection<Message>, Guest>()
  return {
    onOpen: (connection) => void guests.set(connection, { authorization: null, controller: new AbortController() }),
    onMessage: (connection, message) => {
      const guest = guests.get(connection)
      if (guest === undefined) return undefined
      if (parts.spec.hasCredentials === true && guest.authorization === null) {
        guest.authorization = String(message)
        return undefined
      }
      const { controller, authorization } = guest
      const settled = conduct(parts, message, {
        transport: 'tcp',
        peer: connection.peer,
        authorization,
        signal: controller.signal,
      })
      const send = (end: Settled): MaybePromise<void> => {
        const answer = answerOf(end, typeof message === 'string')
        // The framing of the service decides what it can write.
        return answer === undefined ? undefined : connection.send(answer as Message)
      }
      return settled instanceof Promise ? settled.then(send) : send(settled)
    },
    onClose: (connection) => guests.get(connection)?.controller.abort(),
  }
}

interface Guest {
  authorization: string | null
  readonly controller: AbortController
}

/** Serves datagrams of text. The answer is cut at `replyBytesMax`: an unsigned datagram can have any sender. */
export function createDatagramService(
  parts: ServiceParts,
  replyBytesMax: number,
): (datagram: Datagram) => Promise<void> {
  return async ({ bytes, peer, reply }) => {
    const { signal } = new AbortController()
    const text = Buffer.from(bytes).toString('utf8')
    const settled = await conduct(parts, text, { transport: 'udp', peer, authorization: null, signal })
    const answer = answerOf(settled, true)
    if (answer !== undefined) reply(cutUtf8(Buffer.from(formatAnswer(answer), 'utf8'), replyBytesMax))
  }
}

interface Caller {
  readonly transport: Transport
  readonly peer: Peer
  readonly authorization: string | null
  readonly signal: AbortSignal
}

function conduct({ runtime, pipeline, route }: ServiceParts, message: unknown, caller: Caller): MaybePromise<Settled> {
  const received: Received = new SeatReceived({
    ...caller,
    method: 'MESSAGE',
    identity: null,
    path: route.declaration.path,
    query: '',
  })
  const call = new CallState(runtime, received) as Routed // its route is set in the next line
  call.route = route
  const body = bodyOf(message)
  if (body instanceof Refusal) {
    pipeline.reject(call, body)
    return body
  }
  call.body = body
  return pipeline.conduct(call)
}

function bodyOf(message: unknown): Outcome<ParsedBody> {
  if (typeof message === 'string') return textBody(TEXT_PARAM, message)
  return isJsonObject(message) ? jsonBody(message, true) : malformed('a message is an object')
}

/** What goes back: text for text, a value for a value; undefined: nothing does. */
function answerOf(settled: Settled, isText: boolean): unknown {
  if (settled instanceof Refusal || settled instanceof Fault) {
    const { code, status, message } = settled instanceof Fault ? settled.refusal : settled
    return isText ? `! ${message}` : { type: 'refused', status, code, detail: message }
  }
  const { body, head } = settled
  if (typeof body !== 'string') return undefined
  if (head.pairs[1] !== 'application/json') return body
  const value: unknown = JSON.parse(body)
  return isText && typeof value !== 'string' ? body : value
}

/** Datagrams are text: other values are JSON. */
function formatAnswer(answer: unknown): string {
  return typeof answer === 'string' ? answer : JSON.stringify(answer)
}
