import type { Refusal } from '../core/refusal.ts'
import type { AppRuntime } from '../pipeline/app-runtime.ts'
import { createJsonHandler, createLineHandler } from '../pipeline/channel-tcp.ts'
import { DatagramDoor } from '../pipeline/channel-udp.ts'
import type { ChannelHost } from '../pipeline/participant.ts'
import type { Pipeline } from '../pipeline/pipeline.ts'
import type { CompiledRoute } from '../pipeline/compiled-route.ts'
import type { ServiceSpec } from '../pipeline/socket-declaration.ts'
import { createDatagramService, createServiceHandler, type ServiceParts } from '../pipeline/socket-service.ts'
import { describeError } from '../pipeline/describe-error.ts'
import type { StreamHandler } from '../listen/stream-connection.ts'
import { createTcpListener } from '../listen/tcp-listener.ts'
import { createUdpListener } from '../listen/udp-listener.ts'
import { lengthPrefixJson } from '../rooms/json-encoding.ts'
import type { Framing } from '../wire/framing.ts'
import { lengthPrefixedJson } from '../wire/length-prefix.ts'
import { lines } from '../wire/lines.ts'
import { framingOf, type SocketPlan } from './compile-sockets.ts'

/** The sockets beside HTTP, open. */
export interface OpenSockets {
  /** `tcp://127.0.0.1:7000`, in the order of their declarations. */
  readonly urls: readonly string[]
  close(deadlineMs: number): Promise<void>
}

export interface SocketParts {
  readonly runtime: AppRuntime
  readonly pipeline: Pick<Pipeline, 'conduct' | 'reject'>
  /** Null where the app has no channel. */
  readonly host: ChannelHost | null
  /** Address to listen on where a socket says none. */
  readonly address: string
}

interface Opened {
  readonly url: string
  close(deadlineMs: number): Promise<void>
}

/** Opens them all; where one cannot be opened, closes those that were and throws an error that says why. */
export async function openSockets(plans: readonly SocketPlan[], parts: SocketParts): Promise<OpenSockets> {
  const opened: Opened[] = []
  const close = async (deadlineMs: number): Promise<void> => {
    await Promise.all(opened.map((one) => one.close(deadlineMs)))
  }
  try {
    for (const plan of plans)
      opened.push(await (plan.declaration.transport === 'tcp' ? openTcp(plan, parts) : openUdp(plan, parts)))
  } catch (error) {
    await close(0)
    throw error
  }
  return { urls: opened.map(({ url }) => url), close }
}

function openTcp(plan: SocketPlan, parts: SocketParts): Promise<Opened> {
  const { declaration, channel, route } = plan
  const { runtime, pipeline, host } = parts
  const json = jsonOf(runtime)
  const open = { plan, parts }
  if (channel !== null && host !== null) {
    const door = { host, runtime, channel, args: declaration.channel?.args ?? {} }
    return framingOf(declaration, channel) === 'json'
      ? openStream(open, json, createJsonHandler(door))
      : openStream(open, LINES, createLineHandler(door))
  }
  const spec = serviceSpecOf(plan)
  const service: ServiceParts = { runtime, pipeline, route: routeOf(route), spec }
  const { framing = 'lines' } = spec
  if (framing === 'lines') return openStream(open, LINES, createServiceHandler<string>(service))
  return openStream(open, framing === 'json' ? json : framing, createServiceHandler<unknown>(service))
}

/** Who sends what is no line is told so before the end. */
const LINES: Framing<string> = { ...lines, encodeRefusal: ({ message }) => lines.encode(`! ${message}`) }

function jsonOf({ services }: AppRuntime): Framing<unknown> {
  const encodeRefusal = (refusal: Refusal): Uint8Array =>
    lengthPrefixJson.encode({ kind: 'refused', id: null, refusal }, '') ?? new Uint8Array(0)
  return { ...lengthPrefixedJson(services.limits.jsonDepthMax), encodeRefusal }
}

async function openStream<Message>(
  { plan, parts }: { readonly plan: SocketPlan; readonly parts: SocketParts },
  framing: Framing<Message>,
  handler: StreamHandler<Message>,
): Promise<Opened> {
  const { tls } = plan.declaration.place
  const options = { ...commonOptions(plan, parts), framing, ...(tls === undefined ? {} : { tls }) }
  const listener = createTcpListener(options)
  const url = await listener.open(handler)
  return { url, close: (deadlineMs) => listener.close(deadlineMs) }
}

function serviceSpecOf({ declaration: { service } }: SocketPlan): ServiceSpec {
  if (service === null) throw new TypeError('Cannot open a socket: it has neither a channel nor a handler')
  return service.spec
}

function routeOf(route: CompiledRoute | null): CompiledRoute {
  if (route === null) throw new TypeError('Cannot open a socket: its service was not compiled')
  return route
}

const SWEEPS_PER_LISTENING = 6

async function openUdp(plan: SocketPlan, parts: SocketParts): Promise<Opened> {
  const { declaration, channel, route } = plan
  const { runtime, pipeline, host } = parts
  const listener = createUdpListener(commonOptions(plan, parts))
  const limits = { ...runtime.services.limits, ...declaration.place.limits }
  if (channel === null || host === null) {
    const service: ServiceParts = { runtime, pipeline, route: routeOf(route), spec: serviceSpecOf(plan) }
    const url = await listener.open(createDatagramService(service, limits.datagramReplyBytesMax))
    return { url, close: (deadlineMs) => listener.close(deadlineMs) }
  }
  const { args = {}, isOpen = false } = declaration.channel ?? {}
  const door = new DatagramDoor({ host, runtime, channel, args, isOpen, limits }, listener)
  const url = await listener.open((datagram) => door.take(datagram))
  const sweepMs = limits.datagramListenMs / SWEEPS_PER_LISTENING
  const sweeper = setInterval(() => door.sweep(runtime.services.clock.now()), sweepMs)
  sweeper.unref()
  const close = (deadlineMs: number): Promise<void> => {
    clearInterval(sweeper)
    return listener.close(deadlineMs)
  }
  return { url, close }
}

function commonOptions({ declaration: { place }, port }: SocketPlan, { runtime, address }: SocketParts) {
  const { limits, clock, log } = runtime.services
  return {
    host: place.host ?? address,
    port,
    limits: { ...limits, ...place.limits },
    clock,
    log: (message: string, error: unknown): void => log.error(describeError(error), message),
  }
}
