import { connect as connectTcp, type Socket } from 'node:net'
import { connect as connectTls, type ConnectionOptions } from 'node:tls'
import { defaultLimits } from '../core/limits.ts'
import { Refusal } from '../core/refusal.ts'
import type { Framing } from '../wire/framing.ts'

export interface TcpClientOptions<In, Out = In> {
  readonly host: string
  readonly port: number
  /** How messages lie in the stream: `lines`, `lengthPrefixedJson(…)`, or your own. */
  readonly framing: Framing<In, Out>
  /** Speaks TLS, with these options (`ca` for an authority of one's own). */
  readonly tls?: ConnectionOptions
  readonly connectTimeoutMs?: number
  /** Bytes of one message from the server. */
  readonly messageBytesMax?: number
}

/** One connection to a TCP server. */
export interface TcpClient<In, Out = In> {
  /** What the server sends, read no faster than it is taken; ends when the server closes. Can be read once. */
  readonly messages: AsyncIterableIterator<In>
  /** Resolves when the system has taken the message. */
  send(message: Out): Promise<void>
  /** Says that nothing more will be sent; answers can still be read. */
  end(): void
  close(): void
}

const CONNECT_TIMEOUT_MS = 10_000

/** Connects to a TCP server; throws when it cannot within `connectTimeoutMs` (10 s). */
export async function createTcpClient<In, Out = In>(options: TcpClientOptions<In, Out>): Promise<TcpClient<In, Out>> {
  const { framing, messageBytesMax = defaultLimits.messageBytesMax } = options
  const socket = await connect(options)
  socket.setNoDelay(true)
  return {
    messages: readMessages(socket, framing, messageBytesMax),
    send: (message) => write(socket, framing.encode(message)),
    end: () => void socket.end(),
    close: () => void socket.destroy(),
  }
}

type Target = Omit<TcpClientOptions<unknown>, 'framing'>

function connect({ host, port, tls, connectTimeoutMs = CONNECT_TIMEOUT_MS }: Target): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const options = { host, port, allowHalfOpen: true }
    const socket: Socket =
      tls === undefined ? connectTcp(options) : connectTls({ servername: host, ...tls, ...options })
    const timer = setTimeout(() => {
      socket.destroy(new Error(`Cannot connect to ${host}:${port}: no answer within ${connectTimeoutMs} ms`))
    }, connectTimeoutMs)
    socket.once('error', (error: Error) => {
      clearTimeout(timer)
      reject(error)
    })
    socket.once(tls === undefined ? 'connect' : 'secureConnect', () => {
      clearTimeout(timer)
      // Later errors are told to who reads; without a listener they would end the process.
      socket.on('error', () => undefined)
      resolve(socket)
    })
  })
}

async function* readMessages<In>(socket: Socket, framing: Framing<In, never>, bytesMax: number): AsyncGenerator<In> {
  const decoder = framing.createDecoder(bytesMax)
  for await (const chunk of socket.iterator({ destroyOnReturn: false })) {
    decoder.push(chunk as Uint8Array) // a socket without an encoding gives bytes
    for (let message = decoder.next(); message !== undefined; message = decoder.next()) {
      if (message instanceof Refusal) throw message
      yield message
    }
  }
  const last = decoder.end()
  if (last instanceof Refusal) throw last
  if (last !== undefined) yield last
}

function write(socket: Socket, bytes: Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.write(bytes, (error) => {
      if (error instanceof Error) reject(error)
      else resolve()
    })
  })
}
