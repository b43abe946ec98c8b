import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type AddressInfo, type Socket } from 'node:net'
import { type TestContext, test } from 'node:test'
import { createGuardedFetch } from './guarded-fetch.ts'

/** A server that answers each connection with these bytes, and keeps it open. */
async function serve(t: TestContext, bytes: string): Promise<string> {
  const sockets: Socket[] = []
  const server = createServer((socket) => {
    sockets.push(socket)
    socket.on('error', () => undefined)
    socket.on('data', () => socket.write(bytes, 'latin1'))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  const { port } = server.address() as AddressInfo // a TCP server has one
  return `http://127.0.0.1:${port}/`
}

const HOSTILE: readonly (readonly [what: string, bytes: string])[] = [
  ['another protocol', 'SSH-2.0-x\r\n'],
  ['an upgrade that nobody asked for', 'HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n'],
  ['an upgrade without its fields', 'HTTP/1.1 101 Switching Protocols\r\n\r\n'],
  ['both lengths', 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\nhello'],
  ['a head without end', `HTTP/1.1 200 OK\r\nX: ${'y'.repeat(100_000)}`],
  ['chunks that are none', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n'],
]

for (const [what, bytes] of HOSTILE) {
  test(`guardedFetch() is DIAL_FAILED when the answer is ${what}`, { timeout: 20_000 }, async (t) => {
    const url = await serve(t, bytes)
    const fetch = createGuardedFetch({ allow: ['127.0.0.1'], timeoutMs: 10_000 })
    await assert.rejects(fetch(url), { code: 'DIAL_FAILED' })
  })
}
