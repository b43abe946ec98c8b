import assert from 'node:assert/strict'
import { test } from 'node:test'
import { eventually, setUp } from './contract/contract-setup.ts'
import type { RawClient } from './contract/raw-client.ts'
import { createHttp1Listener } from './http1-listener.ts'

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
