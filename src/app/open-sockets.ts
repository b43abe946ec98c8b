import type { AppRuntime } from '../pipeline/app-runtime.ts'
import { createJsonHandler, createLineHandler } from '../pipeline/channel-tcp.ts'
import { DatagramDoor } from '../pipeline/channel-udp.ts'
import type { ChannelHost } from '../pipeline/participant.ts'
import type { Pipeline } from '../pipeline/pipeline.ts'
import { createDatagramService, createServiceHandler } from '../pipeline/socket-service.ts'
import { describeError } from '../pipeline/describe-error.ts'
import type { StreamHandler } from '../listen/stream-connection.ts'
import { createTcpListener } from '../listen/tcp-listener.ts'
import { createUdpListener } from '../listen/udp-listener.ts'
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
  readonly pipeline: Pick<Pipeline, 'conduct'>
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

async function openTcp(plan: SocketPlan, parts: SocketParts): Promise<Opened> {
  const { framing, handler } = tcpServiceOf(plan, parts)
  const { place } = plan.declaration
  const listener = createTcpListener<unknown>({
    ...commonOptions(plan, parts),
    framing,
    ...(place.tls === undefined ? {} : { tls: place.tls }),
  })
  const url = await listener.open(handler)
  return { url, close: (deadlineMs) => listener.close(deadlineMs) }
}

interface TcpService {
  readonly framing: Framing<unknown>
  readonly handler: StreamHandler<unknown>
}

function tcpServiceOf({ declaration, channel, route }: SocketPlan, parts: SocketParts): TcpService {
  const { runtime, pipeline, host } = parts
  const json = lengthPrefixedJson(runtime.services.limits.jsonDepthMax)
  if (channel !== null && host !== null) {
    const door = { host, runtime, channel, args: declaration.channel?.args ?? {} }
    if (framingOf(declaration, channel) === 'json') return { framing: json, handler: createJsonHandler(door) }
    // Lines are texts: the decoder gives nothing else.
    return { framing: lines as Framing<unknown>, handler: createLineHandler(door) as StreamHandler<unknown> }
  }
  const spec = declaration.service?.spec
  if (spec === undefined || route === null)
    throw new TypeError('Cannot open a socket: it has neither channel nor service')
  const { framing = 'lines' } = spec
  const named = framing === 'json' ? json : framing === 'lines' ? (lines as Framing<unknown>) : framing // as above
  return { framing: named, handler: createServiceHandler<unknown>({ runtime, pipeline, route, spec }) }
}

const SWEEP_MS = 10_000

async function openUdp(plan: SocketPlan, parts: SocketParts): Promise<Opened> {
  const { declaration, channel, route } = plan
  const { runtime, pipeline, host } = parts
  const listener = createUdpListener(commonOptions(plan, parts))
  const limits = { ...runtime.services.limits, ...declaration.place.limits }
  if (channel === null || host === null) {
    const spec = declaration.service?.spec
    if (spec === undefined || route === null)
      throw new TypeError('Cannot open a socket: it has neither channel nor service')
    const url = await listener.open(
      createDatagramService({ runtime, pipeline, route, spec }, limits.datagramReplyBytesMax),
    )
    return { url, close: (deadlineMs) => listener.close(deadlineMs) }
  }
  const { args = {}, isOpen = false } = declaration.channel ?? {}
  const door = new DatagramDoor({ host, runtime, channel, args, isOpen, limits }, listener)
  const url = await listener.open((datagram) => door.take(datagram))
  const sweeper = setInterval(() => door.sweep(runtime.services.clock.now()), SWEEP_MS)
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
