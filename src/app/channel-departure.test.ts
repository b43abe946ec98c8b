import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { test, type TestContext } from 'node:test'
import { z } from 'zod'
import { OPEN } from '../authz/rules.ts'
import { guichet } from './guichet.ts'
import { type RunningApp, serveApp } from './serve.ts'

const UPGRADE =
  'Upgrade: websocket\r\nConnection: upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n'
const HELLOS: Readonly<Record<string, string>> = {
  WebSocket: `GET /room?name=moe HTTP/1.1\r\nHost: x\r\n${UPGRADE}\r\n`,
  events: 'GET /room?name=moe HTTP/1.1\r\nHost: x\r\nAccept: text/event-stream\r\n\r\n',
  TCP: 'moe\n',
}
const ENDS: Readonly<Record<string, (socket: Socket) => void>> = {
  ends: (socket) => void socket.end(),
  breaks: (socket) => void socket.resetAndDestroy(),
}

/** An app that asks a question of each newcomer, and waits for its answer. */
async function serve(t: TestContext, listener: 'http1' | 'node') {
  const app = guichet({ name: 'departure', listener })
  const asked: PromiseWithResolvers<void>[] = []
  const channel = app.channel(
    '/room',
    {
      authorize: OPEN,
      messages: { say: { params: { text: z.string() } } },
      plainText: { type: 'say', param: 'text' },
      presence: true,
    },
    {
      onJoin: () => {
        const question = Promise.withResolvers<void>()
        asked.push(question)
        return question.promise
      },
    },
  )
  app.tcp(0, { channel })
  const errors: string[] = []
  const quiet = (): void => undefined
  const running = await serveApp(app['~definition'], {
    environment: { PORT: '0', GUICHET_AUDIT: 'off' },
    log: { debug: quiet, info: quiet, warn: quiet, error: (_, message) => void errors.push(message) },
  })
  t.after(() => running.stop())
  return { running, channel, asked, errors }
}

function portOf({ url, socketUrls: [tcp = ''] }: RunningApp, transport: string): number {
  return Number(new URL(transport === 'TCP' ? tcp : url).port)
}

test('who asks for a WebSocket while the server begins to close is told so', async (t) => {
  const { running, asked } = await serve(t, 'http1')
  const socket = connect(portOf(running, 'WebSocket'), '127.0.0.1')
  let heard = ''
  socket.on('data', (bytes) => (heard += String(bytes)))
  socket.write(HELLOS['WebSocket'] ?? '')
  await until(() => asked.length === 1)
  const stopped = running.stop()
  asked[0]?.resolve()
  await stopped
  assert.match(heard, /^HTTP\/1.1 503 /)
})

async function until(isTrue: () => boolean): Promise<void> {
  for (let i = 0; i < 500 && !isTrue(); i++) await new Promise((resolve) => setTimeout(resolve, 10))
  assert.ok(isTrue())
}

for (const listener of ['http1', 'node'] as const) {
  for (const [transport, hello] of Object.entries(HELLOS)) {
    for (const [end, leave] of Object.entries(ENDS)) {
      test(`who ${end} while its rule is asked is no member: ${transport}, listener ${listener}`, async (t) => {
        const { running, channel, asked, errors } = await serve(t, listener)
        const socket = connect(portOf(running, transport), '127.0.0.1')
        socket.on('error', () => undefined)
        socket.resume()
        socket.write(hello)
        await until(() => asked.length === 1)
        leave(socket)
        // The server has seen the end as well when it has answered one that came later.
        for (let i = 0; i < 3; i++) await (await fetch(`${running.url}/nothing`)).text()
        asked[0]?.resolve()
        if (!socket.closed) await once(socket, 'close')
        for (let i = 0; i < 3; i++) await (await fetch(`${running.url}/nothing`)).text()
        assert.deepEqual(await channel.present({}), [])
        assert.deepEqual(errors, [])
      })
    }
  }
}
