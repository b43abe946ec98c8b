import type { ConfigMistake } from '../core/config-error.ts'
import type { CompiledChannel } from '../pipeline/compile-channel.ts'
import { compileRoute, type RouteContext } from '../pipeline/compile-route.ts'
import type { CompiledRoute } from '../pipeline/compiled-route.ts'
import type { SocketDeclaration } from '../pipeline/socket-declaration.ts'
import { serviceRoute } from '../pipeline/socket-service.ts'
import { limitMistakes } from './limit-mistakes.ts'

/** One socket beside HTTP, checked, not open yet. */
export interface SocketPlan {
  readonly declaration: SocketDeclaration
  readonly port: number
  readonly channel: CompiledChannel | null
  /** The route of a service that is no channel. */
  readonly route: CompiledRoute | null
}

export interface SocketBook {
  readonly plans: readonly SocketPlan[]
  readonly mistakes: readonly ConfigMistake[]
}

export interface SocketContext {
  readonly routes: RouteContext
  readonly channels: readonly CompiledChannel[]
}

export function compileSockets(declarations: readonly SocketDeclaration[], context: SocketContext): SocketBook {
  const mistakes: ConfigMistake[] = []
  const plans = declarations.map((declaration): SocketPlan => {
    const { service, channel: wanted, transport, place } = declaration
    const where = `${transport} socket (${declaration.where})`
    const port = readPort(declaration, context.routes.runtime.config)
    mistakes.push(...limitMistakes(place.limits, `${where}: `))
    if (transport === 'udp' && place.tls !== undefined)
      mistakes.push({ where, problem: 'datagrams do not go over TLS', wanted: 'no "tls"' })
    if (port === null) mistakes.push({ where, problem: 'the port is not a number', wanted: '0 to 65535' })
    const compiled = service === null ? null : compileRoute(serviceRoute(declaration, service.spec), context.routes)
    mistakes.push(...(compiled?.mistakes ?? []))
    const channel = context.channels.find(({ declaration: { key } }) => key === wanted?.channel) ?? null
    if (wanted === null && service === null)
      mistakes.push({ where, problem: 'the socket has neither a channel nor a handler' })
    if (wanted !== null) mistakes.push(...channelMistakes(declaration, channel).map((problem) => ({ where, problem })))
    return { declaration, port: port ?? 0, channel, route: compiled?.route ?? null }
  })
  return { plans, mistakes }
}

/** What a socket of a channel speaks: lines where it can, unless it says otherwise. */
export function framingOf({ channel }: SocketDeclaration, { declaration }: CompiledChannel): 'json' | 'lines' {
  return channel?.framing ?? (declaration.spec.plainText === undefined ? 'json' : 'lines')
}

function readPort({ place: { port } }: SocketDeclaration, config: unknown): number | null {
  // The public types fit the function to the configuration; where that is wrong, boot says so too.
  const value: unknown = typeof port === 'function' ? attempt(() => port(config as never)) : port
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= 65_535 ? value : null
}

function attempt(read: () => number): number | null {
  try {
    return read()
  } catch {
    return null
  }
}

function channelMistakes(declaration: SocketDeclaration, channel: CompiledChannel | null): readonly string[] {
  if (channel === null) return ['the channel is not one of this app']
  const { spec } = channel.declaration
  const args = declaration.channel?.args ?? {}
  const unknown = Object.keys(args).filter((name) => !channel.pathNames.includes(name))
  const missing = channel.pathNames.filter((name) => args[name] === undefined)
  const isLines = declaration.transport === 'tcp' && framingOf(declaration, channel) === 'lines'
  const isText = isLines || declaration.channel?.isOpen === true
  return [
    ...unknown.map((name) => `the path of the channel has no parameter "${name}"`),
    ...(isText && spec.plainText === undefined ? ['the channel declares no plain text'] : []),
    ...(isText ? missing.map((name) => `a line cannot say "${name}": give it in args`) : []),
  ]
}
