import type { Call } from '../core/call.ts'
import type { ParamShape, ParamsOutput } from '../core/params.ts'
import type { MaybePromise } from '../core/refusal.ts'
import type { Env, Rule } from '../core/rule.ts'
import type { RouteOptions } from '../core/route-spec.ts'
import type { FramingName, SocketPlace } from '../pipeline/socket-declaration.ts'
import type { Framing } from '../wire/framing.ts'
import type { Channel } from './channel.ts'

type UserOf<R> = R extends { readonly '~user'?: infer User } ? Extract<User, string | null> : string | null
type Place = Omit<SocketPlace, 'port'>

/** A number, or what makes one of the app's own configuration values: `(config) => config.tcpPort`. */
export type SocketPort<E> = number | ((config: E extends { readonly config: infer Config } ? Config : never) => number)

/** A channel that TCP or UDP clients reach too. */
export interface ChannelSocketOf extends Place {
  readonly channel: Pick<Channel<never, never, never>, never> & object
  /** Parameters of the path that are the same for all: the room. Others are sent by the client (JSON). */
  readonly args?: Readonly<Record<string, unknown>>
  /** TCP: `lines` where the channel declares plain text, `json` otherwise. */
  readonly framing?: FramingName
  /** UDP: takes datagrams of plain text without a signature too, as lines of guests. */
  readonly isOpen?: boolean
}

/** A service that is no channel: each message is a call like any other. */
export interface ServiceOf<Shape extends ParamShape, R, E extends Env>
  extends Place, Pick<RouteOptions<E>, 'authn' | 'description' | 'limit' | 'realm' | 'summary' | 'timeout'> {
  readonly authorize: R & Rule<ParamsOutput<Shape>, string | null, E>
  /** `text` takes a line or a datagram of text; JSON objects are taken apart by name. */
  readonly params: Shape
  /** TCP: how messages lie in the stream; `lines` by default. */
  readonly framing?: FramingName | Framing<unknown>
  /** TCP: the first message of a connection is its credentials, as in the header `Authorization`. */
  readonly hasCredentials?: boolean
}

/** Opens a socket beside HTTP when the app is served: for a channel, or with a handler for a service of its own. */
export interface DeclareSocket<E extends Env> {
  (port: SocketPort<E>, spec: ChannelSocketOf): void
  <R extends Rule<never, string | null, never>, Shape extends ParamShape>(
    port: SocketPort<E>,
    spec: ServiceOf<Shape, R, E>,
    handler: (args: ParamsOutput<Shape>, call: Call<E, UserOf<R>>) => MaybePromise<unknown>,
  ): void
}
