import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:net'
import type { Server, Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { connectFiltered } from './filtered-socket.ts'

const servers: Server[] = []
after(() => servers.forEach((server) => server.close()))

async function serve(onSocket: (socket: Socket) => void, path?: string): Promise<number> {
  const server = createServer(onSocket)
  servers.push(server)
  server.listen(path ?? { port: 0, host: '127.0.0.1' })
  await once(server, 'listening')
  const address = server.address()
  return typeof address === 'object' && address !== null ? address.port : 0
}

const withoutB = (chunk: Buffer): Buffer => Buffer.from(chunk.filter((octet) => octet !== 0x62))

for (const kind of ['a port', 'a Unix socket']) {
  test(`connectFiltered() shows readers what the filter gives, on ${kind}`, async () => {
    const path = join(tmpdir(), `guichet-filtered-${process.pid}.sock`)
    const isPort = kind === 'a port'
    const port = await serve(
      (socket) => {
        socket.on('data', (chunk) => (String(chunk) === 'go' ? socket.end('abcb') : socket.write('bbb')))
      },
      isPort ? undefined : path,
    )
    const socket = await connectFiltered(isPort ? { host: '127.0.0.1', port } : { path }, withoutB, 1000)
    let text = ''
    socket.on('data', (chunk) => (text += String(chunk)))
    socket.write('nothing')
    await new Promise((resolve) => setTimeout(resolve, 20))
    socket.write('go')
    await once(socket, 'end')
    assert.equal(text, 'ac')
  })
}

test('connectFiltered() throws what the system says', async () => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number } // it listens on a port
  server.close()
  await once(server, 'close')
  await assert.rejects(connectFiltered({ host: '127.0.0.1', port }, withoutB, 1000), { code: 'ECONNREFUSED' })
})

test('connectFiltered() gives up a server that does not answer', async () => {
  // A network of documentation (RFC 5737), to which no packet finds its way; some systems say so at once.
  const failed = connectFiltered({ host: '192.0.2.1', port: 5432 }, withoutB, 100)
  await assert.rejects(failed, /no answer within 100 ms|ENETUNREACH|EHOSTUNREACH|ECONNREFUSED/)
})
