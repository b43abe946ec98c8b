// The loop that everybody writes first: what one room costs at least.
import { WebSocketServer } from 'ws'
const server = new WebSocketServer({ port: 0, host: '127.0.0.1', perMessageDeflate: false })
server.on('connection', (socket) => {
  socket.on('message', (data) => {
    const text = String(data)
    for (const client of server.clients) client.send(text)
  })
})
server.on('listening', () =>
  process.send?.({ url: `ws://127.0.0.1:${(server.address() as { port: number }).port}/room` }),
)
