import type { Call } from '../core/call.ts'
import type { Handler, RouteDeclaration } from '../core/route-spec.ts'
import { sends } from '../core/sent-kind.ts'
import type { CallState } from '../pipeline/call-state.ts'
import type { ChannelSpec } from '../pipeline/channel-declaration.ts'
import type { Channels } from '../pipeline/channels.ts'
import { JOIN_PARAMS, pathShape } from '../pipeline/compile-channel.ts'
import { currentCall } from '../pipeline/current-call.ts'
import type { Channel } from './channel.ts'

/** One route that a channel brings. */
export interface ChannelRoute {
  readonly methods: readonly string[]
  readonly path: string
  readonly spec: RouteDeclaration['spec']
  readonly handler: Handler
}

/** The booted apps with channels, the newest last, for `publish()` outside of any call. */
const running = new Set<Channels>()

export function rememberChannels(channels: Channels): void {
  running.add(channels)
}

export function forgetChannels(channels: Channels): void {
  running.delete(channels)
}

/** Makes what `app.channel()` gives. */
export function createChannel(): Channel {
  const channel: Channel = {
    publish: (args, message) => runningChannels(channel).publish(channel, args, message),
    present: (args) => runningChannels(channel).present(channel, args),
  }
  return channel
}

function runningChannels(key: object): Channels {
  const inCall = currentCall.getStore()?.runtime.channels
  const channels = inCall?.has(key) === true ? inCall : [...running].findLast((one) => one.has(key))
  if (channels === undefined) throw new TypeError('Cannot use the channel: its app does not run')
  return channels
}

/** The routes of a channel: joining at its path, and each message as a POST for those who listen to events. */
export function channelRoutes(key: object, path: string, spec: ChannelSpec): readonly ChannelRoute[] {
  const { authn, realm, summary, description, tags, limit, transports } = spec
  const shared = { authn, realm, summary, description, tags }
  const given = Object.fromEntries(Object.entries(shared).filter(([, value]) => value !== undefined))
  const join: ChannelRoute = {
    methods: ['GET'],
    path,
    spec: {
      ...given,
      ...(limit === undefined ? {} : { limit }),
      authorize: spec.authorize,
      params: { ...spec.params, ...JOIN_PARAMS },
    },
    handler: sends('join', (args, call) => channelsOf(call).join(key, args, call)),
  }
  if (transports?.includes('sse') === false) return [join]
  return [join, ...Object.keys(spec.messages ?? {}).map((type) => postRoute({ key, path, spec, given }, type))]
}

interface PostParts {
  readonly key: object
  readonly path: string
  readonly spec: ChannelSpec
  readonly given: object
}

function postRoute({ key, path, spec, given }: PostParts, type: string): ChannelRoute {
  const { authorize = spec.authorize, params = {}, limit, timeout } = spec.messages?.[type] ?? {}
  return {
    methods: ['POST'],
    path: `${path === '/' ? '' : path}/${type}`,
    spec: {
      ...given,
      ...(limit === undefined ? {} : { limit }),
      ...(timeout === undefined ? {} : { timeout }),
      authorize,
      params: { ...pathShape(path, spec), ...params },
    },
    handler: sends('message', (args, call) => channelsOf(call).post(key, { type, args }, call)),
  }
}

function channelsOf(call: Call): Channels {
  const { channels } = (call as CallState).runtime // the pipeline makes all calls
  if (channels === null) throw new TypeError('Cannot join: the app has no channels')
  return channels
}
