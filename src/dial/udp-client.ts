import { createSocket, type Socket } from 'node:dgram'
import { lookup } from 'node:dns/promises'

export interface UdpClientOptions {
  readonly host: string
  readonly port: number
}

/** Datagrams to one address and back. */
export interface UdpClient {
  send(bytes: Uint8Array): Promise<void>
  /** The next datagram from that address; null when none came in time, or the socket is closed. */
  receive(timeoutMs: number): Promise<Uint8Array | null>
  /** Address from which the datagrams leave. */
  readonly address: string
  close(): void
}

// Datagrams that came and were not asked for; older ones are dropped, as the system does.
const WAITING_MAX = 1000

/** Opens a UDP socket that hears only `host` and `port`. Nothing is sent yet. */
export async function createUdpClient({ host, port }: UdpClientOptions): Promise<UdpClient> {
  const { address, family } = await lookup(host)
  const socket = createSocket(family === 6 ? 'udp6' : 'udp4')
  await connect(socket, port, address)
  return new ConnectedUdp(socket)
}

function connect(socket: Socket, port: number, address: string): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.connect(port, address, ((error?: Error) => {
      if (error === undefined || error === null) resolve()
      else {
        socket.close()
        reject(error)
      }
    }) as () => void) // Node gives the callback an error that its types leave out
  })
}

class ConnectedUdp implements UdpClient {
  readonly #socket: Socket
  readonly #came: Uint8Array[] = []
  #taker: ((bytes: Uint8Array | null) => void) | null = null
  #isClosed = false

  constructor(socket: Socket) {
    this.#socket = socket
    // "Nobody listens there" (ICMP) comes as an error of the next call; silence says the same.
    socket.on('error', () => undefined)
    socket.on('message', (bytes) => this.#take(bytes))
  }

  get address(): string {
    return this.#socket.address().address
  }

  send(bytes: Uint8Array): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#socket.send(bytes, (error) => {
        if (error === null) resolve()
        else reject(error)
      })
    })
  }

  receive(timeoutMs: number): Promise<Uint8Array | null> {
    const first = this.#came.shift()
    if (first !== undefined || this.#isClosed) return Promise.resolve(first ?? null)
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        this.#taker = null
        resolve(null)
      }, timeoutMs)
      this.#taker = (bytes) => {
        clearTimeout(timer)
        this.#taker = null
        resolve(bytes)
      }
    })
  }

  close(): void {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#taker?.(null)
    this.#socket.close()
  }

  #take(bytes: Uint8Array): void {
    if (this.#taker !== null) {
      this.#taker(bytes)
      return
    }
    this.#came.push(bytes)
    if (this.#came.length > WAITING_MAX) this.#came.shift()
  }
}
