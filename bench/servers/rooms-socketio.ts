/** One room of Socket.IO, as its documentation says: `join`, then `to(room).emit()`; here `io.to()`, so that the author hears too. */
import { Server } from 'socket.io'

// No long polling, no compression, and no heartbeat during a round: the others do not have them either.
const io = new Server(Number(process.env['PORT']), {
  transports: ['websocket'],
  perMessageDeflate: false,
  pingInterval: 600_000,
})
io.on('connection', (socket) => {
  void socket.join('room')
  socket.on('say', (text: string) => void io.to('room').emit('say', text))
})
