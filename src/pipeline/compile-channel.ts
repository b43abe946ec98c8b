import { z } from 'zod'
import type { ConfigMistake } from '../core/config-error.ts'
import type { Handler, RouteDeclaration } from '../core/route-spec.ts'
import type { Rule } from '../core/rule.ts'
import { originMistake } from '../guard/origin-list.ts'
import type { Encoding } from '../rooms/encoding.ts'
import { datagramJson, eventStreamJson, lengthPrefixJson, websocketJson } from '../rooms/json-encoding.ts'
import type { JoinRequest } from '../rooms/rooms.ts'
import { RESERVED_TYPES } from '../rooms/room-event.ts'
import { datagramText, lineText, websocketText, type TextFormat } from '../rooms/text-encoding.ts'
import { parsePattern, type Segment } from '../route/pattern.ts'
import type { CallState } from './call-state.ts'
import type { ChannelDeclaration, MessageSpec, PlainTextSpec } from './channel-declaration.ts'
import type { CompiledRoute } from './compiled-route.ts'
import { compileRoute, type RouteContext } from './compile-route.ts'
import { currentCall } from './current-call.ts'
import { memberScheme } from './member-received.ts'

/** What members of one channel read, by transport; text only where the channel declares plain text. */
export interface ChannelEncodings {
  readonly websocket: Encoding
  readonly websocketText: Encoding | null
  readonly eventStream: Encoding
  readonly tcp: Encoding
  readonly tcpText: Encoding | null
  readonly udp: Encoding
  readonly udpText: Encoding | null
}

/** One channel of a booted app. */
export interface CompiledChannel {
  readonly declaration: ChannelDeclaration
  readonly policy: JoinRequest['policy']
  readonly encodings: ChannelEncodings
  /** Joining, at the path of the channel. */
  readonly join: CompiledRoute
  /** The same for whom a signature has shown to be a user. */
  readonly joinSigned: CompiledRoute
  /** By type. */
  readonly messages: ReadonlyMap<string, CompiledRoute>
  /** The rule of the channel alone, for members whose rights may have changed: with their credentials, and without. */
  readonly check: CompiledRoute
  readonly checkMember: CompiledRoute
  readonly leave: CompiledRoute
  readonly pathNames: readonly string[]
  /** The name of the room. */
  roomOf(args: Readonly<Record<string, unknown>>): string
  /** The path of the room, percent-encoded. */
  pathOf(args: Readonly<Record<string, unknown>>): string
}

/** Parameters that every channel has at its path: where the member was, the name of a guest, and its ticket. */
export const JOIN_PARAMS: Readonly<Record<string, z.ZodType>> = {
  since: z.string().max(100).optional(),
  name: z.string().max(100).optional(),
  ticket: z.string().max(100).optional(),
}

export interface ChannelCompilation {
  readonly channel: CompiledChannel
  readonly mistakes: readonly ConfigMistake[]
}

/** Compiles a channel; `join` is the route of its path, compiled with the other routes of the app. */
export function compileChannel(
  declaration: ChannelDeclaration,
  join: CompiledRoute,
  context: RouteContext,
): ChannelCompilation {
  const { spec } = declaration
  const members: RouteContext = { ...context, schemes: [memberScheme] }
  const messages = new Map<string, CompiledRoute>()
  const mistakes = [...channelMistakes(declaration)]
  for (const [type, message] of Object.entries(spec.messages ?? {})) {
    const compiled = compileRoute(messageRoute(declaration, type, message), members)
    messages.set(type, compiled.route)
    mistakes.push(...compiled.mistakes)
  }
  const handlers: Readonly<Record<string, Handler>> = {
    JOIN: join.declaration.handler,
    LEAVE: leaveHandler(declaration.handlers),
  }
  const bare = (method: string, authorize: Rule, hasMembersOnly: boolean): CompiledRoute =>
    compileRoute(
      bareRoute(declaration, { method, authorize, hasMembersOnly, handler: handlers[method] ?? nothing }),
      hasMembersOnly ? members : context,
    ).route
  const pattern = parsePattern(declaration.path)
  const { segments, names } = typeof pattern === 'string' ? { segments: [], names: [] } : pattern
  const pathOf = compilePath(segments)
  const { room } = spec
  const channel: CompiledChannel = {
    declaration,
    policy: { historyMax: spec.history ?? 0, hasPresence: spec.presence ?? false, slow: spec.slow ?? 'disconnect' },
    encodings: createEncodings(spec.plainText),
    join,
    joinSigned: bare('JOIN', spec.authorize, true),
    messages,
    check: bare('CHECK', spec.authorize, false),
    checkMember: bare('CHECK', spec.authorize, true),
    leave: bare('LEAVE', OPEN_TO_MEMBERS, true),
    pathNames: names,
    roomOf: room === undefined ? pathOf : room,
    pathOf,
  }
  return { channel, mistakes }
}

/** Nobody is kept from leaving. */
const OPEN_TO_MEMBERS: Rule = { node: { kind: 'open' } }

/** A message as a route: at the path of the room and the name of the message. */
function messageRoute(declaration: ChannelDeclaration, type: string, message: MessageSpec): RouteDeclaration {
  const { path, host, spec, handlers, before, after, where } = declaration
  const { authorize = spec.authorize, params = {}, limit, timeout } = message
  const handler = handlers.onMessage?.[type]
  const pathNames = pathShape(path, spec)
  return {
    methods: ['MESSAGE'],
    path: `${path === '/' ? '' : path}/${type}`,
    host,
    spec: {
      authorize,
      authn: [memberScheme],
      ...(spec.realm === undefined ? {} : { realm: spec.realm }),
      params: { ...pathNames, ...params },
      ...(limit === undefined ? {} : { limit }),
      ...(timeout === undefined ? {} : { timeout }),
    },
    limits: [],
    handler: (args, caller) => {
      const call = caller as CallState // the pipeline makes all calls
      return handler === undefined ? publishAsItIs(type, args, call) : currentCall.run(call, () => handler(args, call))
    },
    before,
    after,
    where,
  }
}

/** Without a handler a message goes to all members as it came. */
function publishAsItIs(type: string, args: Readonly<Record<string, unknown>>, call: CallState): void {
  const inPath = new Set(call.route?.binder.params.filter(({ place }) => place === 'path').map(({ name }) => name))
  const data = Object.fromEntries(Object.entries(args).filter(([name]) => !inPath.has(name)))
  call.publish({ [type]: data })
}

interface BareRoute {
  readonly method: string
  readonly authorize: Rule
  /** True: who it is was found out when the member joined. */
  readonly hasMembersOnly: boolean
  readonly handler: Handler
}

const nothing: Handler = () => undefined

function bareRoute(
  declaration: ChannelDeclaration,
  { method, authorize, hasMembersOnly, handler }: BareRoute,
): RouteDeclaration {
  const { path, host, spec, before, after, where } = declaration
  const { authn, realm } = spec
  const isLeaving = method === 'LEAVE'
  return {
    methods: [method],
    path,
    host,
    spec: {
      authorize,
      // A route that names no schemes takes all of its context.
      ...(authn === undefined || hasMembersOnly ? {} : { authn }),
      ...(realm === undefined ? {} : { realm }),
      params: { ...spec.params, ...JOIN_PARAMS },
    },
    limits: [],
    handler,
    before: isLeaving ? [] : before,
    after,
    where,
  }
}

function leaveHandler({ onLeave }: ChannelDeclaration['handlers']): Handler {
  if (onLeave === undefined) return () => undefined
  return (args, call) => {
    const { room } = call as CallState // the pipeline makes all calls
    return onLeave(ownArgs(args), call, room?.leaveReason ?? 'left')
  }
}

/** The parameters of a channel without those of joining. */
export function ownArgs({
  since: _since,
  name: _name,
  ticket: _ticket,
  ...args
}: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return args
}

/** Parameters of the path with their schemas; those of the query belong to joining alone. */
export function pathShape(
  path: string,
  spec: ChannelDeclaration['spec'],
): NonNullable<ChannelDeclaration['spec']['params']> {
  const pattern = parsePattern(path)
  const names = typeof pattern === 'string' ? [] : pattern.names
  return Object.fromEntries(Object.entries(spec.params ?? {}).filter(([name]) => names.includes(name)))
}

function compilePath(segments: readonly Segment[]): (args: Readonly<Record<string, unknown>>) => string {
  return (args) => {
    const texts = segments.map((segment) => {
      if (segment.kind === 'static') return encodeURIComponent(segment.text)
      const value = args[segment.name]
      return Array.isArray(value)
        ? value.map((part) => encodeURIComponent(String(part))).join('/')
        : encodeURIComponent(String(value))
    })
    return `/${texts.join('/')}`
  }
}

function createEncodings(plainText: PlainTextSpec | undefined): ChannelEncodings {
  const format = plainText === undefined ? null : formatOf(plainText)
  return {
    websocket: websocketJson,
    websocketText: format === null ? null : websocketText(format),
    eventStream: eventStreamJson,
    tcp: lengthPrefixJson,
    tcpText: format === null ? null : lineText(format),
    udp: datagramJson,
    udpText: format === null ? null : datagramText(format),
  }
}

function formatOf({ type, param, message, presence }: PlainTextSpec): TextFormat {
  return {
    message: message ?? (({ type: own, data, from }) => (own === type ? `${from}: ${textOf(data, param)}` : null)),
    ...(presence === undefined ? {} : { presence }),
  }
}

function textOf(data: unknown, param: string): string {
  const value = typeof data === 'object' && data !== null ? (data as Readonly<Record<string, unknown>>)[param] : data // a JSON object
  return typeof value === 'string' ? value : JSON.stringify(value ?? null)
}

function channelMistakes({ path, spec, handlers, where: place }: ChannelDeclaration): readonly ConfigMistake[] {
  const where = `channel ${path} (${place})`
  const types = Object.keys(spec.messages ?? {})
  const mistakes: ConfigMistake[] = []
  for (const type of types) {
    if (RESERVED_TYPES.includes(type))
      mistakes.push({ where, problem: `the message "${type}" has a name that the server uses` })
    if (!/^[A-Za-z][A-Za-z0-9_-]*$/.test(type))
      mistakes.push({
        where,
        problem: `"${type}" is not the name of a message`,
        wanted: 'letters, digits, "-" and "_"',
      })
  }
  for (const name of Object.keys(JOIN_PARAMS)) {
    if (Object.hasOwn(spec.params ?? {}, name))
      mistakes.push({ where, problem: `the parameter "${name}" belongs to every channel` })
  }
  for (const type of Object.keys(handlers.onMessage ?? {})) {
    if (!types.includes(type))
      mistakes.push({ where, problem: `onMessage has "${type}", which messages does not declare` })
  }
  for (const current of spec.origins ?? []) {
    const problem = originMistake(current)
    if (problem !== null)
      mistakes.push({ where, problem: `origins: ${problem}`, current, wanted: 'https://app.example' })
  }
  return [
    ...mistakes,
    ...plainTextMistakes(spec.plainText, spec.messages ?? {}, where),
    ...historyMistakes(spec.history, where),
  ]
}

function plainTextMistakes(
  plainText: PlainTextSpec | undefined,
  messages: Readonly<Record<string, MessageSpec>>,
  where: string,
): readonly ConfigMistake[] {
  if (plainText === undefined) return []
  const message = messages[plainText.type]
  if (message === undefined)
    return [{ where, problem: `plainText names the message "${plainText.type}", which is not declared` }]
  if (Object.hasOwn(message.params ?? {}, plainText.param)) return []
  return [{ where, problem: `plainText names "${plainText.param}", which is no parameter of "${plainText.type}"` }]
}

function historyMistakes(history: number | undefined, where: string): readonly ConfigMistake[] {
  if (history === undefined || (Number.isSafeInteger(history) && history >= 0)) return []
  return [{ where, problem: 'history is a number of messages', current: String(history), wanted: '0 or more' }]
}
