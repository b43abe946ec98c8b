import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { request } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import type { TLSSocket } from 'node:tls'
import { OPEN } from '../authz/rules.ts'
import { makeSelfSigned } from '../listen/contract/self-signed.ts'
import { desk } from './desk.ts'
import { type App, guichet } from './guichet.ts'
import { serveApp } from './serve.ts'

const folder = mkdtempSync(join(tmpdir(), 'guichet-hosts-tls-'))
after(() => rmSync(folder, { recursive: true }))
const environment = { PORT: '0', NODE_ENV: 'test', LOG_LEVEL: 'silent', GUICHET_AUDIT: 'off' }

interface Files {
  readonly certFile: string
  readonly keyFile: string
}

function write(files: Files, names: readonly string[]): Files {
  const { cert, key } = makeSelfSigned(names, Date.now())
  writeFileSync(files.certFile, cert)
  writeFileSync(files.keyFile, key)
  return files
}

function certificateOf(name: string): Files {
  return write({ certFile: join(folder, `${name}.crt`), keyFile: join(folder, `${name}.key`) }, [`${name}.test`])
}

interface Shown {
  readonly certificate: string
  readonly status: number
  readonly allowOrigin: string | undefined
}

/** Asks for `host` over TLS, with `servername` as the name in the handshake. */
function ask(url: string, host: string, servername = host): Promise<Shown> {
  // The certificates are our own; who signed them is not what is tested.
  const options = { servername, headers: { host, origin: 'https://a.test' }, rejectUnauthorized: false, agent: false }
  return new Promise((resolve, reject) => {
    const call = request(url, options, (response) => {
      const socket = response.socket as TLSSocket // `https` has no other
      const certificate = String(socket.getPeerCertificate().subject.CN)
      const allowOrigin = response.headers['access-control-allow-origin']
      response.resume().on('end', () => resolve({ certificate, status: response.statusCode ?? 0, allowOrigin }))
    })
    call.on('error', reject).end()
  })
}

const hello = desk().routes((r) => r.get('/', { authorize: OPEN }, () => 'hello'))

async function serving(app: App<{ sql: unknown; config: object }>, run: (url: string) => Promise<void>): Promise<void> {
  const running = await serveApp(app['~definition'], { environment })
  try {
    await run(running.url)
  } finally {
    await running.stop()
  }
}

test('app.host() shows the certificate of the host that the peer asks for, with the CORS of that host', async () => {
  const app = guichet({ name: 'hosts', tls: { ...certificateOf('main'), reloadIntervalMs: 20 } })
  const blog = certificateOf('blog')
  app.host('Blog.test', hello, { certificate: blog, cors: { origins: ['https://a.test'] } })
  app.host('*.shop.test', hello, { certificate: certificateOf('shop') })
  app.host('plain.test', hello)
  await serving(app, async (url) => {
    assert.deepEqual(await ask(url, 'blog.test'), {
      certificate: 'blog.test',
      status: 200,
      allowOrigin: 'https://a.test',
    })
    assert.deepEqual(await ask(url, 'one.shop.test'), { certificate: 'shop.test', status: 200, allowOrigin: undefined })
    assert.equal((await ask(url, 'plain.test')).certificate, 'main.test')
    // Nobody serves this name: the certificate of the app, and no site.
    assert.deepEqual(await ask(url, 'unknown.test'), { certificate: 'main.test', status: 421, allowOrigin: undefined })
    assert.equal((await ask(url, 'unknown.test', 'blog.test')).status, 421)
    write(blog, ['new-blog.test'])
    for (let i = 0; i < 200 && (await ask(url, 'blog.test')).certificate !== 'new-blog.test'; i += 1) {
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
    assert.equal((await ask(url, 'blog.test')).certificate, 'new-blog.test')
    assert.equal((await ask(url, 'plain.test')).certificate, 'main.test')
  })
})

test('app.host() tells all certificates that cannot be loaded at once, and those that no name can choose', async () => {
  const missing = { certFile: join(folder, 'none.crt'), keyFile: join(folder, 'none.key') }
  const app = guichet({ name: 'hosts', tls: missing })
  app.host('a.test', hello, { certificate: missing })
  await assert.rejects(
    serving(app, async () => undefined),
    /tls: the certificate cannot be loaded[\s\S]*tls, host a\.test: the certificate cannot be loaded/,
  )
  const nameless = guichet({ name: 'hosts', tls: certificateOf('main') })
  nameless.host('*', hello, { certificate: missing })
  nameless.host('192.0.2.1', hello, { certificate: missing })
  await assert.rejects(
    serving(nameless, async () => undefined),
    /all other hosts share the certificate of the app[\s\S]*an address has the certificate of the app/,
  )
})
