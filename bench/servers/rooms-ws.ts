/** The loop that everybody writes first, on `ws`: what one room costs at least. */
import { WebSocketServer } from 'ws'

const server = new WebSocketServer({ port: Number(process.env['PORT']), host: '127.0.0.1', perMessageDeflate: false })
server.on('connection', (socket) => {
  socket.on('message', (data) => {
    const text = String(data)
    for (const client of server.clients) client.send(text)
  })
})
