import { Socket } from 'node:net'

/** A host and its port, or the path of a Unix socket. */
export type SocketTarget = { readonly host: string; readonly port: number } | { readonly path: string }

/** Takes what came, and gives what readers of the socket see of it. */
export type ByteFilter = (chunk: Buffer) => Buffer

/**
 * Connects to a server, and gives a socket whose bytes pass through `filter` before anybody reads them. Throws the error
 * of the system when it cannot connect, and an error of its own after `timeoutMs`.
 */
export async function connectFiltered(target: SocketTarget, filter: ByteFilter, timeoutMs: number): Promise<Socket> {
  const socket = new FilteredSocket(filter)
  const signal = AbortSignal.timeout(timeoutMs)
  await new Promise<void>((resolve, reject) => {
    const giveUp = (): void => void socket.destroy(new Error(`Cannot connect: no answer within ${timeoutMs} ms`))
    signal.addEventListener('abort', giveUp)
    socket.once('error', reject)
    socket.connect(target, () => {
      signal.removeEventListener('abort', giveUp)
      socket.off('error', reject)
      resolve()
    })
  })
  socket.setNoDelay(true)
  return socket
}

class FilteredSocket extends Socket {
  readonly #filter: ByteFilter

  constructor(filter: ByteFilter) {
    super()
    this.#filter = filter
  }

  override push(chunk: Buffer | null, encoding?: BufferEncoding): boolean {
    if (chunk === null) return super.push(null)
    const rest = this.#filter(chunk)
    return rest.length === 0 ? true : super.push(rest, encoding)
  }
}
