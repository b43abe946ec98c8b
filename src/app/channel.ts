import type { Call } from '../core/call.ts'
import type { Args, ParamShape, ParamsOutput } from '../core/params.ts'
import type { MaybePromise } from '../core/refusal.ts'
import type { RouteOptions } from '../core/route-spec.ts'
import type { Env, Rule } from '../core/rule.ts'
import type { PlainTextSpec } from '../pipeline/channel-declaration.ts'
import type { LeaveReason } from '../rooms/member.ts'
import type { Occupant } from '../rooms/room-event.ts'
import type { SlowPolicy } from '../rooms/send-queue.ts'

type AnyRule = Rule<never, string | null, never>

/** What a channel may say of one message, before its rule is checked against its parameters. */
export interface AnyMessage {
  readonly params?: ParamShape
  readonly authorize?: AnyRule
  readonly limit?: RouteOptions['limit']
  readonly timeout?: number
}

export type AnyMessages = Readonly<Record<string, AnyMessage>>

type NoShape = Record<never, never>
type ShapeOf<M> = M extends { readonly params: infer Shape extends ParamShape } ? Shape : NoShape
type UserOf<R> = R extends { readonly '~user'?: infer User } ? Extract<User, string | null> : string | null
type RuleOf<M, R> = M extends { readonly authorize: infer Own } ? Own : R
/** The parameters of the path are part of every message; others of the channel belong to joining. */
type PathArgs<Path extends string, Shape extends ParamShape> = Pick<
  Args<Path, Shape>,
  keyof Args<Path, Shape> & keyof Args<Path, NoShape>
>
type MessageArgs<Path extends string, Shape extends ParamShape, M> = Flat<
  PathArgs<Path, Shape> & ParamsOutput<ShapeOf<M>>
>
type Flat<T> = { [Key in keyof T]: T[Key] }

/** One message: its type with its content, `{ say: { text: 'hello' } }`. */
export type MessageOf<Messages> = {
  [Type in keyof Messages]: { readonly [Only in Type]: Flat<ParamsOutput<ShapeOf<Messages[Type]>>> }
}[keyof Messages]

/** What a channel declares: who may join, with which messages, what is remembered. */
export interface ChannelSpecOf<
  Path extends string,
  Shape extends ParamShape,
  R,
  Messages extends AnyMessages,
  E extends Env,
> extends Pick<RouteOptions<E>, 'authn' | 'description' | 'limit' | 'realm' | 'summary' | 'tags'> {
  /** Who may join: asked again when rights change, and for each message that has no rule of its own. */
  readonly authorize: R & Rule<Args<Path, NoInfer<Shape>>, string | null, E>
  /** Parameters of the path and of the query, each with its schema. */
  readonly params?: Shape
  /** The messages by type. `authorize: CLOSED`: only the server sends it. */
  readonly messages?: Messages & {
    readonly [Type in keyof Messages]: {
      readonly authorize?: Rule<MessageArgs<Path, Shape, Messages[Type]>, string | null, E>
    }
  }
  /** Messages that a room remembers, for newcomers and for those who come back; 0 by default. */
  readonly history?: number
  /** True: members hear who is there, who joins and who leaves. */
  readonly presence?: boolean
  /** What happens to members that read slower than the room speaks; `disconnect` by default. */
  readonly slow?: SlowPolicy
  /** Lets clients take part that know nothing of JSON (`nc`, a bare `WebSocket`): each line is one message. */
  readonly plainText?: PlainTextSpec
  /** Other origins whose pages may join: `https://app.example`. */
  readonly origins?: readonly string[]
  /** How it is reached over HTTP; both by default. */
  readonly transports?: readonly ('sse' | 'websocket')[]
  /** Name of the room, where channels share one; by default the path with its parameters. */
  readonly room?: (args: Args<Path, NoInfer<Shape>>) => string
}

/** A call of a channel: it can speak to its room. */
export interface ChannelCall<E = Env, User extends string | null = string | null, Messages = AnyMessages> extends Call<
  E,
  User
> {
  /** Sends a message to all members, after the commit: `call.publish({ say: { text } })`. */
  publish(message: MessageOf<Messages>, options?: PublishOptions): void
  /** Who is in the room. */
  present(): MaybePromise<readonly Occupant[]>
  /** Answers who sent the message, after the commit; what a handler returns does the same. */
  reply(data: unknown): void
}

export interface PublishOptions {
  /** For `slow: 'coalesce'`: of the messages with one key only the newest waits for a slow member. */
  readonly key?: string
}

export interface ChannelHandlersOf<
  Path extends string,
  Shape extends ParamShape,
  R,
  Messages extends AnyMessages,
  E extends Env,
> {
  /** Runs when somebody may join, before they are in the room; refuses by throwing `refuse(…)`. */
  readonly onJoin?: (args: Args<Path, Shape>, call: ChannelCall<E, UserOf<R>, Messages>) => MaybePromise<unknown>
  /** Runs once for each who joined, whatever ended it: `left`, `lost`, or the code of a refusal. */
  readonly onLeave?: (
    args: Args<Path, Shape>,
    call: ChannelCall<E, UserOf<R>, Messages>,
    reason: LeaveReason,
  ) => MaybePromise<unknown>
  /** By type; a message without a handler goes to all members as it came. */
  readonly onMessage?: {
    readonly [Type in keyof Messages]?: (
      args: MessageArgs<Path, Shape, Messages[Type]>,
      call: ChannelCall<E, UserOf<RuleOf<Messages[Type], R>>, Messages>,
    ) => MaybePromise<unknown>
  }
}

/** A declared channel, for handlers elsewhere. */
export interface Channel<Path extends string = string, Shape extends ParamShape = ParamShape, Messages = AnyMessages> {
  /** Sends a message to a room; inside a call after its commit and never after a rollback, elsewhere at once. */
  publish(args: Args<Path, Shape>, message: MessageOf<Messages>): void
  /** Who is in a room. */
  present(args: Args<Path, Shape>): MaybePromise<readonly Occupant[]>
}

/** Declares a channel: path, what it declares, and its handlers. */
export type DeclareChannel<E extends Env> = <
  const Path extends string,
  R extends AnyRule,
  Shape extends ParamShape = NoShape,
  const Messages extends AnyMessages = Record<never, never>,
>(
  path: Path,
  spec: ChannelSpecOf<Path, Shape, R, Messages, E>,
  handlers?: ChannelHandlersOf<Path, Shape, R, Messages, E>,
) => Channel<Path, Shape, Messages>
