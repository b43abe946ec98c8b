import type { Socket } from 'node:net'
import { Refusal } from '../core/refusal.ts'
import { decodeProxyHeader, PROXY_HEADER_BYTES_MAX } from '../wire/proxy-protocol.ts'

/** Who stands behind the proxy; null for the proxy itself. */
export type ProxiedClient = { readonly address: string; readonly port: number } | null

/**
 * Reads the PROXY header of a fresh connection and gives what follows back to the socket. Undefined when there is no
 * whole header within `timeoutMs`: the connection is destroyed then.
 */
export function readProxyPreamble(socket: Socket, timeoutMs: number): Promise<ProxiedClient | undefined> {
  return new Promise((resolve) => {
    let bytes: Buffer = Buffer.alloc(0)
    const finish = (client: ProxiedClient | undefined): void => {
      clearTimeout(timer)
      socket.off('readable', read)
      socket.off('close', fail)
      socket.off('error', fail)
      if (client === undefined) socket.destroy()
      resolve(client)
    }
    const fail = (): void => finish(undefined)
    const read = (): void => {
      const chunk = socket.read() as Buffer | null // a socket without an encoding gives buffers
      if (chunk === null) return
      bytes = Buffer.concat([bytes, chunk])
      const header = decodeProxyHeader(bytes)
      if (header === null && bytes.length <= PROXY_HEADER_BYTES_MAX) return
      if (header === null || header instanceof Refusal) {
        fail()
        return
      }
      const rest = bytes.subarray(header.length)
      if (rest.length > 0) socket.unshift(rest)
      finish(header.client)
    }
    const timer = setTimeout(fail, timeoutMs)
    socket.on('readable', read)
    socket.on('close', fail)
    socket.on('error', fail)
  })
}
