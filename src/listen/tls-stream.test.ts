import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect as connectTcp } from 'node:net'
import { test, type TestContext } from 'node:test'
import { connect, type TLSSocket } from 'node:tls'
import { lines } from '../wire/lines.ts'
import { makeSelfSigned } from './contract/self-signed.ts'
import type { TcpLimits } from './tcp-connection.ts'
import { createTcpListener, type TcpListener } from './tcp-listener.ts'

const { cert, key } = makeSelfSigned(['localhost'], Date.now())

async function serve(t: TestContext, limits: Partial<TcpLimits> = {}): Promise<TcpListener<string>> {
  const listener = createTcpListener({ port: 0, framing: lines, tls: { cert, key }, limits })
  t.after(() => listener.close(0))
  const url = await listener.open({
    onMessage: (connection, line) => connection.send(`${line} ${connection.peer.isSecure}`),
  })
  assert.match(url, /^tls:/)
  return listener
}

async function dial({ address }: TcpListener<string>): Promise<TLSSocket> {
  const socket = connect({ port: address?.port ?? 0, host: '127.0.0.1', ca: cert, servername: 'localhost' })
  socket.on('error', () => undefined)
  await new Promise<void>((resolve) => {
    socket.once('secureConnect', resolve)
    socket.once('close', () => resolve())
  })
  return socket
}

test('createTcpListener() with a certificate speaks TLS, half-open ends included', async (t) => {
  const listener = await serve(t)
  const socket = await dial(listener)
  assert.equal(socket.authorized, true)
  socket.end('hello')
  assert.equal(String((await once(socket, 'data'))[0]), 'hello true\n')
})

test('createTcpListener() with a certificate lets go of a peer that speaks no TLS', async (t) => {
  const { address } = await serve(t)
  const plain = connectTcp(address?.port ?? 0, '127.0.0.1')
  plain.on('error', () => undefined)
  plain.write('hello\n')
  plain.resume()
  await once(plain, 'close')
})

test('createTcpListener() counts connections per address from before their handshake, and gives places back', async (t) => {
  const listener = await serve(t, { connectionsPerAddressMax: 1, idleTimeoutMs: 200 })
  const mute = connectTcp(listener.address?.port ?? 0, '127.0.0.1')
  await once(mute, 'connect')
  await new Promise((resolve) => setTimeout(resolve, 50))
  const refused = await dial(listener)
  assert.equal(refused.authorized, false)
  mute.destroy()
  for (let i = 0; i < 100; i++) {
    const socket = await dial(listener)
    socket.destroy()
    if (socket.authorized) return
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
  assert.fail('the place was not given back')
})
