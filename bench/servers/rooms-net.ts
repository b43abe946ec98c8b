/** No WebSocket server, but what any has to do: the frame is made once, and written to each socket. */
import { createHash } from 'node:crypto'
import { createServer } from 'node:http'
import type { Duplex } from 'node:stream'

const MAGIC = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11'
const sockets = new Set<Duplex>()
const server = createServer((_, response) => response.end())
server.on('upgrade', (request, socket) => {
  const accept = createHash('sha1').update(`${request.headers['sec-websocket-key']}${MAGIC}`).digest('base64')
  socket.write(
    `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`,
  )
  sockets.add(socket)
  socket.on('error', () => socket.destroy())
  socket.on('close', () => sockets.delete(socket))
  // One short frame with a zero mask, as the generator sends it.
  socket.on('data', (chunk: Buffer) => {
    const frame = Buffer.concat([Buffer.from([0x81, chunk.length - 6]), chunk.subarray(6)])
    for (const one of sockets) one.write(frame)
  })
})
server.listen(Number(process.env['PORT']), '127.0.0.1')
