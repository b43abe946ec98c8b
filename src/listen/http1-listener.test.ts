import assert from 'node:assert/strict'
import { test } from 'node:test'
import { defaultLimits } from '../core/limits.ts'
import { setUp } from './contract/contract-setup.ts'
import { createHttp1Listener } from './http1-listener.ts'
import { testListener } from './listener-contract.ts'

testListener({ name: 'http1', create: createHttp1Listener })

test('Http1Engine resets a connection of HTTP/1.0 whose answer breaks off: its end alone would look whole', async (t) => {
  const { client } = await setUp({ name: 'http1', create: createHttp1Listener }, t)
  const peer = await client()
  const errors: (string | undefined)[] = []
  peer.socket.on('error', ({ code }: NodeJS.ErrnoException) => errors.push(code))
  peer.send('GET /failing HTTP/1.0\r\n\r\n')
  await peer.ended()
  assert.deepEqual(errors, ['ECONNRESET'])
})

test('close() leaves no timer: a process that stops would wait for it', async () => {
  const timers = (): number => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length
  const before = timers()
  const options = { host: '127.0.0.1', port: 0, limits: defaultLimits, trustedProxies: [], refuse: () => assert.fail() }
  const listener = createHttp1Listener(options)
  await listener.open(() => assert.fail())
  await listener.close(30_000)
  assert.equal(timers(), before)
})
