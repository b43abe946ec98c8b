/** WebSocket clients that cost the generator little: they write literal frames and count what comes. */
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import type { Dialect } from './dialect.ts'

/** Last character of each message that is measured, and in nothing else that a server sends. */
export const MARK = '#'
const MARK_BYTE = MARK.charCodeAt(0)

/** A thousand sockets are read by one counter. */
export class Counter {
  #count = 0
  #wanted = 0
  #resolve: (() => void) | null = null

  readonly count = (chunk: Buffer): void => {
    for (let at = chunk.indexOf(MARK_BYTE); at >= 0; at = chunk.indexOf(MARK_BYTE, at + 1)) this.#count++
    if (this.#count < this.#wanted) return
    this.#resolve?.()
    this.#resolve = null
  }

  /** Resolves when `count` more messages have come. */
  more(count: number): Promise<void> {
    this.#wanted = this.#count + count
    return new Promise((resolve) => (this.#resolve = resolve))
  }
}

/** Opens a WebSocket and waits until the server has let it into its room. */
export async function openClient(port: number, dialect: Dialect, room: number): Promise<Socket> {
  const socket = connect(port, '127.0.0.1')
  socket.on('error', (error) => {
    throw error
  })
  socket.write(
    `GET ${dialect.pathOf(room)} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n`,
  )
  let heard = ''
  while (!heard.includes('\r\n\r\n')) heard += await next(socket)
  if (!heard.startsWith('HTTP/1.1 101 ')) throw new Error(`No WebSocket at ${dialect.label}: ${heard.slice(0, 200)}`)
  if (dialect.enter !== null) socket.write(frameOf(dialect.enter))
  while (dialect.entered !== null && !heard.includes(dialect.entered)) heard += await next(socket)
  return socket
}

/** `count` clients, some at a time. */
export async function openClients(count: number, open: (i: number) => Promise<Socket>): Promise<readonly Socket[]> {
  const atOnce = 50
  const sockets: Socket[] = []
  for (let i = 0; i < count; i += atOnce) {
    const some = Array.from({ length: Math.min(atOnce, count - i) }, (_, j) => open(i + j))
    sockets.push(...(await Promise.all(some)))
  }
  return sockets
}

/** A text frame as a client sends it; its mask is zero. */
export function frameOf(text: string): Buffer {
  const payload = Buffer.from(text)
  const { length } = payload
  const head = length < 126 ? [0x81, 0x80 | length] : [0x81, 0xfe, length >> 8, length & 255]
  return Buffer.concat([Buffer.from(head), Buffer.alloc(4), payload])
}

async function next(socket: Socket): Promise<string> {
  const [chunk] = await once(socket, 'data')
  return String(chunk)
}
