import { Socket } from 'node:net'
import type { SocketConstructorOpts } from 'node:net'

/** Takes the first `length` bytes of `buffer`, which are somebody else's when it returns. */
export type Borrower = (buffer: Buffer, length: number) => void

const READ_BYTES = 64 * 1024
// One for all sockets: between a read and the end of its callback nothing else reads.
const SHARED = Buffer.allocUnsafeSlow(READ_BYTES)

/**
 * A socket whose reads all land in one shared buffer: nothing is allocated for a read, and it passes through no stream.
 * Without a borrower it is a stream like any other socket.
 */
export class LendingSocket extends Socket {
  borrower: Borrower | null = null

  constructor(handle: object, highWaterMark: number) {
    const onread = { buffer: SHARED, callback: (length: number): boolean => this.#deliver(length) }
    const options = { handle, highWaterMark, allowHalfOpen: true, onread }
    // The public type knows neither of the first two, which a server gives to its own sockets.
    super(options as SocketConstructorOpts)
  }

  #deliver(length: number): boolean {
    if (this.borrower === null) return this.push(Buffer.from(SHARED.subarray(0, length)))
    this.borrower(SHARED, length)
    return true
  }
}

/**
 * Goes on in the place of `accepted`, a fresh socket of a server with `pauseOnConnect`, whose object is not to be used any
 * more. Gives `accepted` itself where this Node.js has no handle to take over: it reads as a stream then.
 */
export function lendReads(accepted: Socket, highWaterMark: number): Socket {
  const handle: unknown = Reflect.get(accepted, '_handle')
  if (typeof handle !== 'object' || handle === null || !('useUserBuffer' in handle)) return accepted.resume()
  Reflect.set(accepted, '_handle', null)
  const socket = new LendingSocket(handle, highWaterMark)
  // The server counts its connections by this, and closes when none is left.
  Reflect.set(socket, '_server', Reflect.get(accepted, '_server'))
  Reflect.set(accepted, '_server', null)
  return socket
}
