import assert from 'node:assert/strict'
import { once } from 'node:events'
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { request, type RequestOptions } from 'node:https'
import { connect as connectTcp } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { after, before, test } from 'node:test'
import { connect } from 'node:tls'
import { OPEN } from '../../src/authz/rules.ts'
import { apiKey } from '../../src/authn/api-key.ts'
import { basic } from '../../src/authn/basic.ts'
import { createAuthority, createCertificate } from '../../src/cli/certificates.ts'
import { ConfigError } from '../../src/core/config-error.ts'
import { desk } from '../../src/app/desk.ts'
import { guichet } from '../../src/app/guichet.ts'
import { type RunningApp, serveApp } from '../../src/app/serve.ts'
import { parseTls, resolveTls } from '../../src/app/tls-files.ts'

const folder = mkdtempSync(join(tmpdir(), 'guichet-tls-'))
after(() => rmSync(folder, { recursive: true }))
const files = { certFile: join(folder, 'certificate.pem'), keyFile: join(folder, 'key.pem') }
let authority = ''

before(async () => {
  const nowMs = Date.now()
  const pair = await createAuthority({ owner: 'test', nowMs })
  const made = await createCertificate(pair, { hosts: ['localhost'], nowMs, days: 1 })
  authority = pair.certificate
  writeFileSync(files.certFile, made.certificate)
  writeFileSync(files.keyFile, made.key)
})

const environment = {
  PORT: '0',
  NODE_ENV: 'test',
  LOG_LEVEL: 'silent',
  GUICHET_AUDIT: 'off',
  GUICHET_REDIRECT_PORT: '',
}

function get(url: string, options: RequestOptions = {}): Promise<{ readonly status: number; readonly text: string }> {
  return new Promise((resolve, reject) => {
    const call = request(url, { agent: false, ca: authority, servername: 'localhost', ...options }, (response) => {
      const parts: Buffer[] = []
      response.on('data', (part: Buffer) => parts.push(part))
      response.on('end', () => resolve({ status: response.statusCode ?? 0, text: Buffer.concat(parts).toString() }))
    })
    call.on('error', reject).end()
  })
}

test('an app with tls serves HTTPS, and knows that its peers are safe', async () => {
  const app = guichet({ name: 'safe', tls: files })
  app.get('/', { authorize: OPEN }, (_, { peer }) => peer.isSecure)
  const running = await serveApp(app['~definition'], { environment })
  try {
    assert.match(running.url, /^https:/)
    assert.deepEqual(await get(running.url), { status: 200, text: 'true' })
  } finally {
    await running.stop()
  }
})

test('an app with http2: false speaks HTTP/1.1 on TLS alone', async () => {
  const protocolOf = async (http2: boolean | undefined): Promise<string | false | null> => {
    const app = guichet({ name: 'safe', tls: files, ...(http2 === undefined ? {} : { http2 }) })
    const running = await serveApp(app['~definition'], { environment })
    const { hostname, port } = new URL(running.url)
    const socket = connect({
      host: hostname,
      port: Number(port),
      ca: authority,
      servername: 'localhost',
      ALPNProtocols: ['h2', 'http/1.1'],
    })
    await once(socket, 'secureConnect')
    const { alpnProtocol } = socket
    socket.destroy()
    await running.stop()
    return alpnProtocol
  }
  assert.equal(await protocolOf(undefined), 'h2')
  assert.equal(await protocolOf(true), 'h2')
  assert.equal(await protocolOf(false), 'http/1.1')
})

test('an app with tls: local says what to do when there is no certificate yet', async () => {
  const app = guichet({ name: 'safe', tls: 'local' })
  await assert.rejects(serveApp(app['~definition'], { environment }), /run: guichet cert app\.ts/)
})

test('resolveTls() finds the files of guichet cert beside the app', () => {
  mkdirSync(join(folder, '.guichet/tls'), { recursive: true })
  assert.throws(() => resolveTls('local', { directory: folder, hosts: [] }), ConfigError)
  copyFileSync(files.certFile, join(folder, '.guichet/tls/certificate.pem'))
  writeFileSync(join(folder, '.guichet/tls/key.pem'), '')
  assert.equal(
    resolveTls('local', { directory: folder, hosts: [] }).certFile,
    join(folder, '.guichet/tls/certificate.pem'),
  )
})

test('parseTls() reads what GUICHET_TLS may say', () => {
  assert.equal(parseTls('local'), 'local')
  assert.deepEqual(parseTls('a.pem, b.pem'), { certFile: 'a.pem', keyFile: 'b.pem' })
  for (const text of ['', 'a.pem', 'a,b,c', ',b']) assert.equal(parseTls(text), null)
})

const { routes } = desk()

test('redirectPort sends plain HTTP to HTTPS, for hosts that the app serves', async () => {
  const redirectPort = await freePort()
  const app = guichet({ name: 'safe', tls: files, redirectPort })
  app.host(
    'localhost',
    routes((r) => r.get('/', { authorize: OPEN }, () => 'here')),
  )
  const running: RunningApp = await serveApp(app['~definition'], { environment })
  try {
    const plain = `http://localhost:${redirectPort}`
    const { status, headers } = await fetch(`${plain}/a%20b?c=d`, { redirect: 'manual' })
    assert.equal(status, 308)
    assert.equal(headers.get('location'), `https://localhost:${new URL(running.url).port}/a%20b?c=d`)
    assert.equal((await fetch(`http://127.0.0.1:${redirectPort}/`, { redirect: 'manual' })).status, 421)
    const socket = connectTcp(redirectPort, 'localhost')
    socket.write('OPTIONS * HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n')
    assert.match(await text(socket), new RegExp(`^location: https://localhost:${new URL(running.url).port}/\r$`, 'm'))
  } finally {
    await running.stop()
  }
})

test('redirectPort refuses credentials in production: they were read on the way', async () => {
  const redirectPort = await freePort()
  const app = guichet({
    name: 'safe',
    tls: files,
    redirectPort,
    authn: [basic({ password: () => null }), apiKey({ owner: () => null })],
  })
  app.get('/', { authorize: OPEN }, () => 'here')
  const production = { ...environment, NODE_ENV: 'production', GUICHET_SECRET: 'k3Yh8Qz1Wm5Tn7Rb2Vc9Xf4Lp6Sd0GjA' }
  const running = await serveApp(app['~definition'], { environment: production })
  try {
    const plain = `http://localhost:${redirectPort}/`
    for (const headers of [{ authorization: 'Basic YTpi' }, { authorization: 'Bearer a' }, { 'x-api-key': 'a' }]) {
      const reply = await fetch(plain, { headers, redirect: 'manual' })
      assert.equal(reply.status, 403)
      assert.equal(reply.headers.get('location'), null)
      assert.equal(reply.headers.get('strict-transport-security'), null)
      assert.match(await reply.text(), /AUTHN_CLEAR_TEXT/)
    }
    const redirect = await fetch(plain, { redirect: 'manual' })
    assert.deepEqual([redirect.status, redirect.headers.get('strict-transport-security')], [308, null])
  } finally {
    await running.stop()
  }
})

async function freePort(): Promise<number> {
  const probe = await serveApp(guichet({ name: 'probe' })['~definition'], { environment })
  await probe.stop()
  return Number(new URL(probe.url).port)
}
