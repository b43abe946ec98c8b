// Heap of the server for each idle WebSocket connection, and the cost of one room beside 10 and beside 10,000 others.
//   node --conditions=guichet-source bench/rooms/idle.ts [connections]
import { fork } from 'node:child_process'
import { connect } from 'node:net'
import { once } from 'node:events'

const count = Number(process.argv[2] ?? 10_000)
const child = fork(new URL('./guichet.ts', import.meta.url), {
  execArgv: ['--conditions=guichet-source', '--expose-gc'],
})
const [{ url: text }] = await once(child, 'message')
const url = new URL(text)
const measure = async (): Promise<{ heap: number; rss: number; external: number }> => {
  child.send('heap')
  const [answer] = await once(child, 'message')
  return answer
}
await measure()
const before = await measure()
for (let i = 0; i < count; i++) {
  const socket = connect(Number(url.port), url.hostname)
  await once(socket, 'connect')
  socket.write(
    `GET /rooms/${i} HTTP/1.1\r\nHost: ${url.host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n`,
  )
  await once(socket, 'data')
}
await new Promise((resolve) => setTimeout(resolve, 500))
await measure()
const after = await measure()
console.log(
  `heap ${((after.heap - before.heap) / count / 1000).toFixed(1)} kB, external ${((after.external - before.external) / count / 1000).toFixed(1)} kB, resident ${((after.rss - before.rss) / count / 1000).toFixed(1)} kB for each of ${count} connections in as many rooms`,
)
child.kill('SIGKILL')
process.exit(0)
