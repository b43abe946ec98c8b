import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { test } from 'node:test'
import { z } from 'zod'
import { guichet } from '../../../src/app/guichet.ts'
import { serveApp } from '../../../src/app/serve.ts'
import { OPEN } from '../../../src/authz/rules.ts'

const HEAD = [
  'Host: x',
  'Upgrade: websocket',
  'Connection: Upgrade',
  'Sec-WebSocket-Version: 13',
  'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
]
const LIVE = 500
const MESSAGES = 150

async function join(port: number, path = '/room'): Promise<Socket> {
  const socket = connect(port, '127.0.0.1')
  socket.on('error', () => undefined)
  await once(socket, 'connect')
  socket.write(`GET ${path} HTTP/1.1\r\n${HEAD.join('\r\n')}\r\n\r\n`)
  await once(socket, 'data')
  return socket
}

test('a member that does not read is let go at the bound, and five hundred others hear every message', async () => {
  const app = guichet({ name: 'crowd', limits: { memberQueueBytesMax: 200_000 } })
  const text = z.string()
  const leaves: string[] = []
  const messages = { say: { params: { text } } }
  const room = app.channel('/room', { authorize: OPEN, messages })
  // The same room with words so long that they fill the buffers of the system soon.
  const long = { type: 'say', param: 'text', message: () => 'x'.repeat(40_000) }
  app.channel(
    '/long',
    { authorize: OPEN, messages, plainText: long, room: () => '/room' },
    { onLeave: (_, __, reason) => void leaves.push(reason) },
  )
  const environment = { PORT: '0', LOG_LEVEL: 'silent', GUICHET_AUDIT: 'off' }
  const running = await serveApp(app['~definition'], { environment })
  const port = Number(new URL(running.url).port)
  const stalled = await join(port, '/long')
  stalled.pause()
  const live: Socket[] = []
  const heard = Array.from({ length: LIVE }, () => 0)
  for (let i = 0; i < LIVE; i++) {
    const socket = await join(port)
    socket.on(
      'data',
      (bytes: Buffer) => (heard[i] = (heard[i] ?? 0) + bytes.toString('latin1').split('"type":"say"').length - 1),
    )
    live.push(socket)
  }
  await new Promise((resolve) => setTimeout(resolve, 100))
  for (let i = 0; i < MESSAGES; i++) {
    room.publish({}, { say: { text: `message ${i}` } })
    // Others read: their share of the time is what a room leaves to them.
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
  for (let i = 0; i < 1000 && heard.some((count) => count < MESSAGES); i++)
    await new Promise((resolve) => setTimeout(resolve, 10))
  assert.deepEqual(
    heard.filter((count) => count !== MESSAGES),
    [],
  )
  assert.deepEqual(leaves, ['ROOMS_TOO_SLOW'])
  for (const socket of [stalled, ...live]) socket.destroy()
  await running.stop()
})
