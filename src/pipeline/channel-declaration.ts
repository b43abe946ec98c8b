import type { Call } from '../core/call.ts'
import type { ParamShape } from '../core/params.ts'
import type { MaybePromise } from '../core/refusal.ts'
import type { AfterHook, BeforeHook, Handler, RouteOptions } from '../core/route-spec.ts'
import type { Rule } from '../core/rule.ts'
import type { LeaveReason } from '../rooms/member.ts'
import type { SlowPolicy } from '../rooms/send-queue.ts'
import type { TextFormat } from '../rooms/text-encoding.ts'

/** One message that members may send. */
export interface MessageSpec {
  readonly params?: ParamShape
  /** Who may send it; who may join by default. `CLOSED`: only the server sends it. */
  readonly authorize?: Rule
  readonly limit?: RouteOptions['limit']
  /** Deadline of its handler in milliseconds. */
  readonly timeout?: number
}

/** How clients that know nothing of JSON take part: each line is one message with one parameter. */
export interface PlainTextSpec extends Partial<TextFormat> {
  /** The message that a line becomes, and its parameter that takes the text. */
  readonly type: string
  readonly param: string
}

export interface ChannelSpec extends Pick<
  RouteOptions,
  'authn' | 'description' | 'limit' | 'realm' | 'summary' | 'tags'
> {
  readonly authorize: Rule
  readonly params?: ParamShape
  readonly messages?: Readonly<Record<string, MessageSpec>>
  /** Messages that a room remembers for newcomers and for those who come back; 0 by default. */
  readonly history?: number
  /** True: members hear who is there, who joins and who leaves. */
  readonly presence?: boolean
  /** What happens to members that do not read; `disconnect` by default. */
  readonly slow?: SlowPolicy
  readonly plainText?: PlainTextSpec
  /** Other origins whose pages may join: `https://app.example`. */
  readonly origins?: readonly string[]
  /** How it is reached over HTTP; both by default. */
  readonly transports?: readonly ('sse' | 'websocket')[]
  /** Name of the room, where channels share one; by default the path with its parameters. */
  readonly room?: (args: Readonly<Record<string, unknown>>) => string
}

/** Erased form of the handlers: the compiler has checked them at the declaration. */
export interface ChannelHandlers {
  readonly onJoin?: Handler
  readonly onLeave?: (args: Readonly<Record<string, unknown>>, call: Call, reason: LeaveReason) => MaybePromise<unknown>
  readonly onMessage?: Readonly<Record<string, Handler>>
}

/** One declared channel, as `app.channel(…)` records it. */
export interface ChannelDeclaration {
  /** What `app.channel()` gave; it stands for the channel. */
  readonly key: object
  /** Full pattern, prefixes of modules included. */
  readonly path: string
  readonly host: string | null
  readonly spec: ChannelSpec
  readonly handlers: ChannelHandlers
  readonly before: readonly BeforeHook[]
  readonly after: readonly AfterHook[]
  readonly where: string
}
