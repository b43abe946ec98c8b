import assert from 'node:assert/strict'
import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { after, test } from 'node:test'
import { createUdpListener, type Datagram, type UdpLimits, type UdpListener } from './udp-listener.ts'

const open: { close(deadlineMs: number): unknown }[] = []
after(async () => {
  for (const one of open) await one.close(0)
})

interface Served {
  readonly listener: UdpListener
  readonly clock: { nowMs: number }
  readonly port: number
}

async function serve(handler: (datagram: Datagram) => unknown, limits: Partial<UdpLimits> = {}): Promise<Served> {
  const clock = { nowMs: 0 }
  const listener = createUdpListener({ port: 0, limits, clock: { now: () => clock.nowMs } })
  open.push(listener)
  await listener.open(handler)
  return { listener, clock, port: listener.address?.port ?? assert.fail() }
}

async function dial(port: number): Promise<Socket> {
  const socket = createSocket('udp4')
  socket.connect(port, '127.0.0.1')
  await once(socket, 'connect')
  open.push({ close: () => socket.close() })
  return socket
}

async function until(isTrue: () => boolean): Promise<void> {
  for (let i = 0; i < 500 && !isTrue(); i++) await new Promise((resolve) => setTimeout(resolve, 10))
  assert.ok(isTrue())
}

test('createUdpListener() gives datagrams with their sender, and answers', async () => {
  const { port } = await serve(({ bytes, peer, reply }) => {
    reply(Buffer.from(`${Buffer.from(bytes).toString()} from ${peer.address}:${peer.port}`))
  })
  const socket = await dial(port)
  socket.send('ping')
  const [answer] = await once(socket, 'message')
  assert.equal(String(answer), `ping from 127.0.0.1:${socket.address().port}`)
})

test('createUdpListener() drops what is larger than datagramBytesMax', async () => {
  const seen: number[] = []
  const { port, listener } = await serve(({ bytes }) => seen.push(bytes.length), { datagramBytesMax: 10 })
  const socket = await dial(port)
  socket.send('x'.repeat(11))
  socket.send('x'.repeat(10))
  await until(() => seen.length === 1 && listener.droppedCount === 1)
  assert.deepEqual(seen, [10])
})

test('createUdpListener() drops what one address sends beyond its rate', async () => {
  const seen: string[] = []
  const limits = { datagramBurstMax: 3, datagramRateMax: 10 }
  const { port, listener, clock } = await serve(({ bytes }) => seen.push(Buffer.from(bytes).toString()), limits)
  const socket = await dial(port)
  for (let i = 0; i < 10; i++) socket.send(String(i))
  await until(() => seen.length + listener.droppedCount === 10)
  assert.equal(seen.length, 3)
  clock.nowMs = 100
  socket.send('later')
  await until(() => seen.length === 4)
})

test('createUdpListener() drops new addresses rather than forget a limited one when its memory is full', async () => {
  const limits = { datagramAddressesMax: 1, datagramBurstMax: 1, datagramRateMax: 1 }
  const { port, listener, clock } = await serve(() => undefined, limits)
  const socket = await dial(port)
  socket.send('a')
  const other = createSocket('udp4')
  open.push({ close: () => other.close() })
  other.bind(0, '127.0.0.2')
  await once(other, 'listening')
  other.send('b', port, '127.0.0.1')
  await until(() => listener.droppedCount === 1)
  clock.nowMs = 1000
  other.send('c', port, '127.0.0.1')
  await new Promise((resolve) => setTimeout(resolve, 50))
  assert.equal(listener.droppedCount, 1)
})

test('createUdpListener() drops what comes while datagramsWaitingMax are handled', async () => {
  const release = Promise.withResolvers<void>()
  let started = 0
  const handler = async (): Promise<void> => {
    started++
    await release.promise
  }
  const { port, listener } = await serve(handler, { datagramsWaitingMax: 2 })
  const socket = await dial(port)
  for (let i = 0; i < 5; i++) socket.send('x')
  await until(() => listener.droppedCount === 3)
  assert.equal(started, 2)
  release.resolve()
})

test('createUdpListener() goes on when a handler fails', async () => {
  const seen: string[] = []
  const { port } = await serve(({ bytes }) => {
    seen.push(Buffer.from(bytes).toString())
    if (seen.length === 1) throw new Error('broken')
    if (seen.length === 2) return Promise.reject(new Error('broken'))
    return undefined
  })
  const socket = await dial(port)
  for (const text of ['a', 'b', 'c']) socket.send(text)
  await until(() => seen.length === 3)
})

test('close() waits for the handlers that run', async () => {
  let isDone = false
  const { port, listener } = await serve(async ({ reply }) => {
    await new Promise((resolve) => setTimeout(resolve, 50))
    reply(Buffer.from('late'))
    isDone = true
  })
  const socket = await dial(port)
  socket.send('x')
  const answered = once(socket, 'message')
  await new Promise((resolve) => setTimeout(resolve, 20))
  await listener.close(1000)
  assert.equal(isDone, true)
  assert.equal(String((await answered)[0]), 'late')
})

test('open() says why a port cannot be had', async () => {
  const { port } = await serve(() => undefined)
  await assert.rejects(
    createUdpListener({ port }).open(() => undefined),
    /Cannot listen on UDP .*: another process has/,
  )
})
