import { connect } from 'node:net'
import type { Duplex } from 'node:stream'
import type { TestContext } from 'node:test'
import { defaultLimits } from '../../core/limits.ts'
import type { Limits } from '../../core/limits.ts'
import type { Listener } from '../../core/received.ts'
import type { ListenerOptions } from '../listener-options.ts'
import { ContractApp } from './contract-app.ts'
import { RawClient } from './raw-client.ts'
import type { RawReply } from './raw-client.ts'

/** Behaviour that a listener may leave out. */
export type ListenerOmission =
  /** Told apart from other malformed requests: 413 and 417 have their own answer. */
  | 'own-status'
  /** HTTP/1.0 peers get the answer that HTTP/1.0 knows. */
  | 'version-1.0'
  /** Pipelined safe requests run beside each other. */
  | 'parallel'
  /** So are hundreds of requests that came in one packet answered. */
  | 'many-pipelined'
  /** A peer that takes nothing is let go. */
  | 'send-timeout'
  /** A refused peer still sees why, on a connection that ends slowly. */
  | 'lingering'
  /** The connection limit answers instead of hanging up. */
  | 'connection-refusal'
  /** A client that ends its side still gets its answer. */
  | 'half-close'
  /** The first byte has a time limit of its own. */
  | 'first-byte'
  /** What HTTP allows a lenient reader, refused all the same. */
  | 'strict'

export interface ListenerContract {
  readonly name: string
  /** Makes the listener under test; it must believe its `options`. */
  readonly create: (options: ListenerOptions) => Listener
  /** Opens a connection to it; plain TCP by default. */
  readonly connect?: (port: number) => Promise<Duplex>
  readonly isSecure?: boolean
  /** What it leaves out, each with the reason. */
  readonly omits?: Readonly<Partial<Record<ListenerOmission, string>>>
}

/** One piece of behaviour that every listener shows. */
export interface ListenerCase {
  readonly name: string
  /** Left out by listeners that say so. */
  readonly omission?: ListenerOmission | undefined
  readonly run: (contract: ListenerContract, t: TestContext) => Promise<void>
}

export interface Setup {
  readonly app: ContractApp
  readonly listener: Listener
  readonly url: string
  /** A new connection, closed after the test. */
  readonly client: () => Promise<RawClient>
  /** Sends bytes on a new connection and reads one reply. */
  readonly exchange: (bytes: string, isHead?: boolean) => Promise<RawReply>
}

/** Opens a listener with the contract's own pipeline for one test, and closes both after it. */
export async function setUp(contract: ListenerContract, t: TestContext, options: SetupOptions = {}): Promise<Setup> {
  const app = new ContractApp()
  const listener = contract.create({
    host: '127.0.0.1',
    port: 0,
    limits: { ...defaultLimits, lingerTimeoutMs: 500, ...options.limits },
    trustedProxies: options.trustedProxies ?? [],
    refuse: app.refuse,
  })
  const url = await listener.open(app.answer)
  const clients: RawClient[] = []
  t.after(async () => {
    for (const client of clients) client.close()
    await listener.close(0)
  })
  const client = async (): Promise<RawClient> => {
    const opened = new RawClient(await (contract.connect ?? connectPlain)(Number(new URL(url).port)))
    clients.push(opened)
    return opened
  }
  const exchange = async (bytes: string, isHead?: boolean): Promise<RawReply> => {
    const opened = await client()
    opened.send(bytes)
    return opened.reply(isHead)
  }
  return { app, listener, url, client, exchange }
}

export interface SetupOptions {
  readonly limits?: Partial<Limits>
  readonly trustedProxies?: readonly string[]
}

/** Waits until `isTrue`, for what has no event. */
export async function eventually(isTrue: () => boolean, what: string): Promise<void> {
  const deadline = performance.now() + 10_000
  while (!isTrue()) {
    if (performance.now() > deadline) throw new Error(`Cannot go on: ${what} did not happen`)
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}

function connectPlain(port: number): Promise<Duplex> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: '127.0.0.1', port, noDelay: true, allowHalfOpen: true }, () => resolve(socket))
    socket.once('error', reject)
  })
}
