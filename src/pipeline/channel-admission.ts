import type { Peer, Transport } from '../core/received.ts'
import type { Identity } from '../core/scheme.ts'
import { Fault } from '../core/fault.ts'
import { Refusal, type Outcome } from '../core/refusal.ts'
import type { AppRuntime } from './app-runtime.ts'
import { CallState, type Routed } from './call-state.ts'
import { seats } from './channel-hub.ts'
import type { CompiledChannel } from './compile-channel.ts'
import type { ChannelHost, Participant } from './participant.ts'
import { SeatReceived } from './seat-received.ts'

/** Who asks to be let in without HTTP. */
export interface SeatAsked {
  readonly transport: Transport
  readonly peer: Peer
  /** Who it is, where a signature has shown it; null: credentials may. */
  readonly identity: Identity | null
  /** Values of the path. */
  readonly args: Readonly<Record<string, unknown>>
  /** Name of a guest; null: it says none. */
  readonly name: string | null
  readonly since: string | null
  /** As in the header of that name; null: none. */
  readonly authorization: string | null
  readonly signal: AbortSignal
  /** True: it only speaks, and takes no place in the room. */
  readonly isVisit?: boolean
}

export interface Door {
  readonly host: ChannelHost
  readonly runtime: AppRuntime
  readonly channel: CompiledChannel
}

/** Runs the joining call of a client that came over TCP or UDP, through all the stages of an upgrade. */
export async function admit({ host, runtime, channel }: Door, asked: SeatAsked): Promise<Outcome<Participant>> {
  const { transport, peer, identity, args, name, since, authorization, signal, isVisit = false } = asked
  const missing = channel.pathNames.find((path) => args[path] === undefined)
  if (missing !== undefined) return new Refusal('PARAMS_INVALID', { message: `parameter "${missing}" is missing` })
  const query = new URLSearchParams({ ...(name === null ? {} : { name }), ...(since === null ? {} : { since }) })
  const path = channel.pathOf(args)
  const received = new SeatReceived({
    method: 'JOIN',
    transport,
    peer,
    identity,
    path,
    query: query.toString(),
    authorization,
    signal,
    isVisit,
  })
  const call = new CallState(runtime, received)
  call.route = identity === null ? channel.join : channel.joinSigned
  call.pathValues = channel.pathNames.map((one) => encodeURIComponent(String(args[one])))
  const settled = await host.pipeline.conduct(call as Routed) // its route was just set
  if (settled instanceof Refusal) return settled
  const participant = settled instanceof Fault ? undefined : seats.get(received)
  return participant ?? new Refusal('HANDLE_FAULT')
}
