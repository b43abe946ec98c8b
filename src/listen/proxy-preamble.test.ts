import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setUp } from './contract/contract-setup.ts'
import type { ListenerContract } from './contract/contract-setup.ts'
import { createHttp1Listener } from './http1-listener.ts'

const contract: ListenerContract = {
  name: 'http1',
  create: (options) => createHttp1Listener({ ...options, proxyProtocol: true }),
}
// PROXY, TCP over IPv4, 203.0.113.9:4242 to 198.51.100.7:443.
const HEADER = Buffer.from('0d0a0d0a000d0a515549540a2111000ccb007109c6336407109201bb', 'hex').toString('latin1')
const LOCAL = Buffer.from('0d0a0d0a000d0a515549540a20000000', 'hex').toString('latin1')
const SHOW = 'GET /show HTTP/1.1\r\nHost: a\r\n\r\n'
const trustedProxies = ['127.0.0.1']

test('createHttp1Listener() takes the client from the PROXY header, however it is cut', async (t) => {
  const { client } = await setUp(contract, t, { trustedProxies })
  for (const size of [1, 5, 1000]) {
    const peer = await client()
    await peer.sendSlowly(HEADER + SHOW, size)
    const shown = JSON.parse((await peer.reply()).body) as Record<string, unknown> // /show answers an object
    assert.deepEqual([shown['address'], shown['direct']], ['203.0.113.9', false])
    peer.send(SHOW)
    assert.equal((await peer.reply()).status, 200)
  }
})

test('createHttp1Listener() takes a connection of the proxy’s own as that', async (t) => {
  const { exchange } = await setUp(contract, t, { trustedProxies })
  const shown = JSON.parse((await exchange(LOCAL + SHOW)).body) as Record<string, unknown> // /show answers an object
  assert.equal(shown['address'], '127.0.0.1')
})

test('createHttp1Listener() closes a connection without the PROXY header, or from a stranger', async (t) => {
  const proxied = await setUp(contract, t, { trustedProxies, limits: { firstByteTimeoutMs: 100 } })
  for (const bytes of [SHOW, HEADER.slice(0, 20), '']) {
    const peer = await proxied.client()
    peer.send(bytes)
    assert.equal(await peer.ended(), '')
  }
  const strange = await setUp(contract, t)
  const peer = await strange.client()
  peer.send(HEADER + SHOW)
  assert.equal(await peer.ended(), '')
  assert.deepEqual([...proxied.app.began, ...strange.app.began], [])
})

test('connectionsPerAddressMax counts the clients behind a proxy, not the proxy', async (t) => {
  const { exchange } = await setUp(contract, t, { trustedProxies, limits: { connectionsPerAddressMax: 1 } })
  const other = HEADER.replace('\xcb\x00\x71\x09', '\xcb\x00\x71\x0a')
  assert.equal((await exchange(HEADER + SHOW)).status, 200)
  assert.equal((await exchange(other + SHOW)).status, 200)
  assert.equal((await exchange(HEADER + SHOW)).status, 503)
})
