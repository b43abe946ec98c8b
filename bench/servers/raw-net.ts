/** The floor: answers each `\r\n\r\n` with fixed bytes, on node:net. It is no HTTP server. */
import { createServer } from 'node:net'
import { HELLO, port } from '../work.ts'

const body = JSON.stringify(HELLO)
const answer = `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`
createServer({ noDelay: true }, (socket) => {
  socket.on('error', () => undefined)
  socket.on('data', (chunk) => {
    if (chunk.toString('latin1').endsWith('\r\n\r\n')) socket.write(answer, 'latin1')
  })
}).listen(port, '127.0.0.1')
