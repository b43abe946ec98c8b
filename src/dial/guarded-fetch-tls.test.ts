import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer, type Server } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { createGuardedFetch, type FetchedPage } from './guarded-fetch.ts'

const hasOpenssl = spawnSync('openssl', ['version']).status === 0

describe('createGuardedFetch() over TLS', { skip: hasOpenssl ? false : 'openssl is not installed' }, () => {
  let server: Server
  let certificate = ''
  let port = 0
  const names: unknown[] = []

  before(async () => {
    const { key, cert } = makeCertificate()
    certificate = cert
    server = createServer({ key, cert }, (_request, response) => response.end('secret'))
    server.on('secureConnection', (socket) => names.push(socket.servername))
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    // A server that listens on TCP has an address of this form.
    port = (server.address() as AddressInfo).port
  })
  after(() => {
    server.closeAllConnections()
    server.close()
  })

  const fetchFrom = (host: string, ca?: string): Promise<FetchedPage> => {
    const options = { allow: ['127.0.0.1'], resolve: async () => ['127.0.0.1'] }
    return createGuardedFetch(ca === undefined ? options : { ...options, ca })(`https://${host}:${port}/`)
  }

  test('guardedFetch() asks for the name of the URL and checks the certificate against it', async () => {
    assert.equal((await fetchFrom('good.example', certificate)).text(), 'secret')
    assert.equal(names.at(-1), 'good.example')
  })

  test('guardedFetch() checks the certificate against the address when the URL has one', async () => {
    assert.equal((await fetchFrom('127.0.0.1', certificate)).text(), 'secret')
  })

  test('guardedFetch() is DIAL_FAILED when the certificate has another name', async () => {
    await assert.rejects(fetchFrom('other.example', certificate), { code: 'DIAL_FAILED' })
  })

  test('guardedFetch() is DIAL_FAILED when nobody vouches for the certificate', async () => {
    await assert.rejects(fetchFrom('good.example'), { code: 'DIAL_FAILED' })
  })
})

function makeCertificate(): { readonly key: string; readonly cert: string } {
  const folder = mkdtempSync(join(tmpdir(), 'guichet-dial-'))
  const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')]
  const files = ['-keyout', key, '-out', cert]
  const kind = ['-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2']
  const names = ['-subj', '/CN=good.example', '-addext', 'subjectAltName=DNS:good.example,IP:127.0.0.1']
  const { status, stderr } = spawnSync('openssl', ['req', ...kind, ...names, ...files])
  try {
    assert.equal(status, 0, String(stderr))
    return { key: readFileSync(key, 'utf8'), cert: readFileSync(cert, 'utf8') }
  } finally {
    rmSync(folder, { recursive: true })
  }
}
