import type { TlsOptions } from 'node:tls'
import type { Limits } from '../core/limits.ts'
import type { ParamShape } from '../core/params.ts'
import type { Handler, RouteOptions } from '../core/route-spec.ts'
import type { Rule } from '../core/rule.ts'
import type { Framing } from '../wire/framing.ts'

/** Where a socket listens, as `app.tcp(…)` and `app.udp(…)` say it. */
export interface SocketPlace {
  /** A number, or what makes one of the app's own configuration values. */
  readonly port: number | ((config: never) => number)
  /** `HOST` by default. */
  readonly host?: string
  readonly limits?: Partial<Limits>
  /** TCP only. */
  readonly tls?: TlsOptions
}

/** How messages lie in the stream: lines of text, JSON after its length, or a framing of one's own. */
export type FramingName = 'json' | 'lines'

/** A channel that is reached over TCP or UDP. */
export interface ChannelSocketSpec {
  /** What `app.channel()` gave. */
  readonly channel: object
  /** Parameters of the path that are the same for all: the room. Others are sent by the client (JSON). */
  readonly args?: Readonly<Record<string, unknown>>
  /** TCP: `lines` where the channel declares plain text, `json` otherwise. */
  readonly framing?: FramingName
  /** UDP: takes datagrams of plain text without a signature too, as lines of guests. */
  readonly isOpen?: boolean
}

/** A service that is no channel: each message is a call, what its handler returns is the answer. */
export interface ServiceSpec extends Pick<
  RouteOptions,
  'authn' | 'description' | 'limit' | 'realm' | 'summary' | 'timeout'
> {
  readonly authorize: Rule
  /** `text` takes a line or a datagram of text; JSON objects are taken apart by name. */
  readonly params?: ParamShape
  /** TCP: `lines` by default. */
  readonly framing?: FramingName | Framing<unknown>
  /** TCP: the first message of a connection is its credentials, as in the header `Authorization`. */
  readonly hasCredentials?: boolean
}

/** One declared socket beside HTTP. */
export interface SocketDeclaration {
  readonly transport: 'tcp' | 'udp'
  readonly place: SocketPlace
  readonly channel: ChannelSocketSpec | null
  readonly service: { readonly spec: ServiceSpec; readonly handler: Handler } | null
  readonly where: string
}
