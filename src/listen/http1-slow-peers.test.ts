import assert from 'node:assert/strict'
import { Socket } from 'node:net'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { defaultLimits } from '../core/limits.ts'
import { ContractApp } from './contract/contract-app.ts'
import { eventually, setUp } from './contract/contract-setup.ts'
import type { RawClient } from './contract/raw-client.ts'
import { Http1Engine } from './http1-engine.ts'
import { createHttp1Listener } from './http1-listener.ts'
import { createTrustedProxies } from './trusted-proxies.ts'

const SLOW = 1000
const contract = { name: 'http1', create: createHttp1Listener }
const HEAD = 'GET /text?slow HTTP/1.1\r\nHost: a\r\n'

async function openSlow(client: () => Promise<RawClient>, bytes: string): Promise<readonly RawClient[]> {
  const peers: RawClient[] = []
  for (let i = 0; i < SLOW; i += 1) {
    const peer = await client()
    peer.send(bytes)
    peers.push(peer)
  }
  return peers
}

test('Http1Engine answers others while a thousand peers send their heads slowly, and those in the end', async (t) => {
  const { client, exchange, app } = await setUp(contract, t)
  const peers = await openSlow(client, HEAD)
  for (let round = 0; round < 20; round += 1) {
    for (const peer of peers) peer.send('x')
    assert.equal((await exchange('GET /text?quick HTTP/1.1\r\nHost: a\r\n\r\n')).body, 'quick')
  }
  assert.equal(app.began.length, 20)
  for (const peer of peers) peer.send(': y\r\n\r\n')
  for (const peer of peers) assert.equal((await peer.reply()).body, 'slow')
})

test('Http1Engine answers others while a thousand peers send bodies slowly, and those in the end', async (t) => {
  const { client, exchange, app } = await setUp(contract, t)
  const peers = await openSlow(client, 'POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 21\r\n\r\n')
  for (let round = 0; round < 20; round += 1) {
    for (const peer of peers) peer.send('x')
    assert.equal((await exchange('GET /text?quick HTTP/1.1\r\nHost: a\r\n\r\n')).body, 'quick')
  }
  await eventually(() => app.began.length === SLOW + 20, 'the calls')
  for (const peer of peers) peer.send('y')
  for (const peer of peers) assert.equal((await peer.reply()).body, `${'x'.repeat(20)}y`)
})

test('Http1Engine answers others while a hundred peers read nothing', async (t) => {
  const { client, exchange, app } = await setUp(contract, t)
  for (let i = 0; i < 100; i += 1) {
    const peer = await client()
    peer.socket.pause()
    peer.send('GET /bytes?10000000 HTTP/1.1\r\nHost: a\r\n\r\n')
  }
  for (let round = 0; round < 20; round += 1) {
    assert.equal((await exchange('GET /text?quick HTTP/1.1\r\nHost: a\r\n\r\n')).body, 'quick')
  }
  assert.equal(app.began.length, 120)
  assert.equal(app.ended.length, 20, 'no answer of 10 MB fits into what waits between two kernels')
})

/** The system behind it takes a write when the test says so: how much a real one holds back differs. */
class HeldSocket extends Socket {
  sent = ''
  #held: (() => void)[] = []

  override _read(): void {}

  override _write(chunk: Buffer | string, encoding: BufferEncoding, done: () => void): void {
    this.#held.push(() => {
      this.sent += typeof chunk === 'string' ? chunk : chunk.toString(encoding)
      done()
    })
  }

  get holds(): boolean {
    return this.#held.length > 0
  }

  release(): void {
    this.#held.shift()?.()
  }
}

test('Http1Engine sends the last answer of a connection whole, however slowly it is taken, and lingers after that', async (t) => {
  const limits = { ...defaultLimits, lingerTimeoutMs: 60, sendTimeoutMs: 400 }
  const app = new ContractApp()
  const options = { host: '', port: 0, limits, trustedProxies: [], refuse: app.refuse }
  const engine = new Http1Engine(options, createTrustedProxies([], 'x-forwarded-for'), app.answer)
  t.after(() => engine.destroy())
  const accept = (): HeldSocket => {
    const socket = new HeldSocket({ allowHalfOpen: true })
    engine.accept(socket, { address: '192.0.2.1', port: 1, isSecure: false, isDirectLoopback: false })
    socket.push('GET /text?last HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n')
    return socket
  }
  const slow = accept()
  await eventually(() => slow.holds, 'the answer')
  await sleep(200)
  assert.equal(slow.destroyed, false)
  slow.release()
  assert.match(slow.sent, /last$/)
  await eventually(() => slow.destroyed, 'the end of lingering')
  const deaf = accept()
  await eventually(() => deaf.destroyed, 'the end of a peer that takes nothing')
  assert.equal(deaf.sent, '')
})
