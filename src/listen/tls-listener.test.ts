import assert from 'node:assert/strict'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { connect as connectTcp } from 'node:net'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { test } from 'node:test'
import { connect } from 'node:tls'
import { ConfigError } from '../core/config-error.ts'
import { defaultLimits } from '../core/limits.ts'
import { setUp } from './contract/contract-setup.ts'
import { RawClient } from './contract/raw-client.ts'
import { makeSelfSigned } from './contract/self-signed.ts'
import { connectTls, writeCertificate } from './contract/tls-setup.ts'
import { createHttp1Listener } from './http1-listener.ts'
import { testListener } from './listener-contract.ts'
import { TlsContexts } from './tls-contexts.ts'

const main = writeCertificate('main', ['localhost', '127.0.0.1'])

const contract = {
  name: 'http1 on TLS',
  create: (options: Parameters<typeof createHttp1Listener>[0]) => createHttp1Listener({ ...options, tls: main }),
  connect: (port: number): Promise<Duplex> => connectTls(port),
  isSecure: true,
  omits: { 'connection-refusal': 'hangs up where there is no room: a handshake costs more than the refusal is worth' },
} as const

testListener(contract)

test('createHttp1Listener() on TLS gives the certificate of the name that the peer wants', async (t) => {
  const hosts = {
    'one.example': writeCertificate('one', ['one.example']),
    '*.example': writeCertificate('any', ['*.example']),
  }
  const { url } = await setUp(
    { ...contract, create: (options) => createHttp1Listener({ ...options, tls: { ...main, hosts } }) },
    t,
  )
  const nameOf = async (servername?: string): Promise<string | undefined> => {
    const socket = await connectTls(Number(new URL(url).port), servername === undefined ? {} : { servername })
    const { CN } = socket.getPeerCertificate().subject
    socket.destroy()
    return String(CN)
  }
  assert.equal(await nameOf(), 'localhost')
  assert.equal(await nameOf('one.example'), 'one.example')
  assert.equal(await nameOf('ONE.example'), 'one.example')
  assert.equal(await nameOf('two.example'), '*.example')
  assert.equal(await nameOf('a.two.example'), 'localhost')
})

test('createHttp1Listener() on TLS tells connections to two of its addresses from one port of a peer apart', async (t) => {
  const create = (options: Parameters<typeof createHttp1Listener>[0]): ReturnType<typeof createHttp1Listener> =>
    createHttp1Listener({ ...options, host: '0.0.0.0', tls: main })
  const { url } = await setUp({ ...contract, create }, t)
  const port = Number(new URL(url).port)
  const openTcp = async (host: string, localPort?: number): Promise<Socket> => {
    const socket = connectTcp({
      host,
      port,
      localAddress: '127.0.0.1',
      ...(localPort === undefined ? {} : { localPort }),
    })
    await once(socket, 'connect')
    return socket
  }
  const first = await openTcp('127.0.0.1')
  const second = await openTcp('127.0.0.2', first.localPort)
  for (const socket of [first, second]) {
    const secure = connect({ socket, rejectUnauthorized: false })
    t.after(() => secure.destroy())
    await once(secure, 'secureConnect')
    const client = new RawClient(secure)
    client.send('GET /text?here HTTP/1.1\r\nHost: a\r\n\r\n')
    assert.equal((await client.reply()).body, 'here')
  }
})

test('createHttp1Listener() on TLS speaks HTTP/2 or HTTP/1.1 as the peer chooses, and nothing before TLS 1.2', async (t) => {
  const { url } = await setUp(contract, t)
  const port = Number(new URL(url).port)
  for (const [ALPNProtocols, chosen] of [
    [['h2', 'http/1.1'], 'h2'],
    [['http/1.1'], 'http/1.1'],
    [['http/1.0'], 'http/1.0'],
  ] as const) {
    const socket = await connectTls(port, { ALPNProtocols: [...ALPNProtocols] })
    assert.equal(socket.alpnProtocol, chosen)
    assert.equal(socket.getProtocol(), 'TLSv1.3')
    socket.destroy()
  }
  await assert.rejects(connectTls(port, { ALPNProtocols: ['spdy/3'] }))
  // A client of today has no such version by itself.
  const old = { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'ALL:@SECLEVEL=0' } as const
  await assert.rejects(connectTls(port, old), { code: 'ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION' })
})

test('createHttp1Listener() on TLS does not negotiate again on one connection', async (t) => {
  const { url } = await setUp(contract, t)
  const socket = await connectTls(Number(new URL(url).port), { maxVersion: 'TLSv1.2' })
  const outcome = await new Promise<string>((resolve) => {
    socket.once('error', (error) => resolve(String(error)))
    socket.renegotiate({ rejectUnauthorized: false }, (error) => resolve(error === null ? 'negotiated' : String(error)))
  })
  assert.match(outcome, /no renegotiation/i)
  socket.destroy()
})

test('createHttp1Listener() on TLS survives peers that do not speak it, and lets the silent ones go', async (t) => {
  const { url, client } = await setUp(contract, t, { limits: { firstByteTimeoutMs: 200 } })
  const port = Number(new URL(url).port)
  for (const bytes of ['GET / HTTP/1.1\r\nHost: a\r\n\r\n', '\x16\x03\x01\xff\xff\x01', '\0'.repeat(100), '']) {
    const socket = connectTcp(port, '127.0.0.1')
    socket.on('error', () => undefined)
    socket.write(bytes)
    socket.resume()
    await new Promise((resolve) => socket.once('close', resolve))
  }
  const peer = await client()
  peer.send('GET /text?alive HTTP/1.1\r\nHost: a\r\n\r\n')
  assert.equal((await peer.reply()).body, 'alive')
})

test('TlsContexts gives a changed certificate, and keeps the former one while files do not fit together', () => {
  const files = writeCertificate('changing', ['first.example'])
  const logged: string[] = []
  const contexts = new TlsContexts({ ...files, reloadIntervalMs: 3_600_000 }, (message) => logged.push(message))
  const first = contexts.main
  contexts.reload()
  assert.equal(contexts.main, first)
  writeFileSync(files.certFile, 'not a certificate')
  contexts.reload()
  assert.equal(contexts.main, first)
  assert.equal(logged.length, 1)
  const { cert, key } = makeSelfSigned(['second.example'], Date.now())
  writeFileSync(files.certFile, cert)
  contexts.reload()
  assert.equal(contexts.main, first, 'the key is of the former certificate')
  writeFileSync(files.keyFile, key)
  contexts.reload()
  assert.equal(contexts.main.cert.toString(), cert)
  contexts.close()
})

test('createHttp1Listener() on TLS serves a changed certificate to the next peer', async (t) => {
  const files = writeCertificate('live', ['first.example'])
  const tls = { ...files, reloadIntervalMs: 20 }
  const { url } = await setUp({ ...contract, create: (options) => createHttp1Listener({ ...options, tls }) }, t)
  const { cert, key } = makeSelfSigned(['second.example'], Date.now())
  writeFileSync(files.certFile, cert)
  writeFileSync(files.keyFile, key)
  let name = ''
  for (let i = 0; i < 100 && name !== 'second.example'; i += 1) {
    const socket = await connectTls(Number(new URL(url).port))
    name = String(socket.getPeerCertificate().subject.CN)
    socket.destroy()
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  assert.equal(name, 'second.example')
})

test('createHttp1Listener() on TLS does not open without its certificate', async () => {
  const options = { host: '127.0.0.1', port: 0, limits: defaultLimits, trustedProxies: [], refuse: () => assert.fail() }
  const listener = createHttp1Listener({
    ...options,
    tls: { certFile: `${main.certFile}.none`, keyFile: main.keyFile },
  })
  await assert.rejects(
    listener.open(() => assert.fail()),
    (error) => error instanceof ConfigError && error.mistakes[0]?.where === 'tls',
  )
})
