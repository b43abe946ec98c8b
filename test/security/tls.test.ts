import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { connect, type ConnectionOptions } from 'node:tls'
import { guichet, OPEN } from 'guichet'
import { openTestApp, type TestApp } from 'guichet/testing'
import { makeSelfSigned } from '../../src/listen/contract/self-signed.ts'
import { SECRET } from './opened.test-support.ts'

const folder = mkdtempSync(join(tmpdir(), 'guichet-security-tls-'))
const files = { certFile: join(folder, 'a.crt'), keyFile: join(folder, 'a.key') }

/** Protocol and cipher of a handshake with these wishes of the client; the name of the error where there is none. */
function shake(port: number, options: ConnectionOptions): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port, rejectUnauthorized: false, ...options }, () => {
      resolve(`${socket.getProtocol()} ${socket.getCipher().standardName}`)
      socket.destroy()
    })
    socket.on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message))
  })
}

describe('TLS by default', () => {
  let opened: TestApp
  let port = 0

  before(async () => {
    const { cert, key } = makeSelfSigned(['localhost', '127.0.0.1'], Date.now())
    writeFileSync(files.certFile, cert)
    writeFileSync(files.keyFile, key)
    const app = guichet({ name: 'sealed', tls: files })
    app.get('/', { authorize: OPEN }, () => 'sealed')
    const environment = { NODE_ENV: 'production', GUICHET_SECRET: SECRET }
    opened = await openTestApp(app, { transport: 'socket', environment })
    port = Number(new URL(opened.client.url).port)
  })
  after(async () => {
    await opened.close()
    rmSync(folder, { recursive: true })
  })

  it('prefers TLS 1.3 and has no version before 1.2', async () => {
    assert.match(await shake(port, {}), /^TLSv1\.3 /)
    assert.match(await shake(port, { maxVersion: 'TLSv1.2' }), /^TLSv1\.2 /)
    for (const version of ['TLSv1', 'TLSv1.1'] as const) {
      const old = await shake(port, { minVersion: version, maxVersion: version, ciphers: 'ALL:@SECLEVEL=0' })
      assert.equal(old, 'ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION', version)
    }
  })

  it('takes only ciphers with forward secrecy and authentication of what is encrypted, the strongest first', async () => {
    const client = { maxVersion: 'TLSv1.2' } as const
    const weak = [
      'ECDHE-ECDSA-AES128-SHA',
      'ECDHE-ECDSA-AES256-SHA384',
      'ECDHE-ECDSA-AES128-SHA256',
      'AES128-SHA',
      'aNULL',
      'eNULL',
    ]
    for (const ciphers of weak) {
      const found = await shake(port, { ...client, ciphers: `${ciphers}:@SECLEVEL=0` })
      assert.match(found, /^ERR_SSL/, ciphers)
    }
    // The client would rather have the weaker one.
    const both = 'ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384'
    assert.equal(await shake(port, { ...client, ciphers: both }), 'TLSv1.2 TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384')
    assert.equal(await shake(port, {}), 'TLSv1.3 TLS_AES_256_GCM_SHA384')
  })

  it('answers nothing to plain HTTP on the port of HTTPS', async () => {
    const plain = fetch(`http://127.0.0.1:${port}/`)
    await assert.rejects(plain)
  })

  it('sends Strict-Transport-Security for a year and subdomains', async () => {
    await opened.client.get('/', {
      expect: {
        status: 200,
        headers: { 'strict-transport-security': /^max-age=(31536000|6307\d{4}); includeSubDomains/ },
      },
    })
    await opened.client.get('/nowhere', { expect: { status: 404, headers: { 'strict-transport-security': /./ } } })
  })
})
