import assert from 'node:assert/strict'
import { X509Certificate } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough, Writable } from 'node:stream'
import { after, test } from 'node:test'
import { connect, createServer, type TLSSocket } from 'node:tls'
import { addressBytes } from './address-bytes.ts'
import { certCommand } from './cert-command.ts'
import { createAuthority, createCertificate } from './certificates.ts'
import { CommandError } from './command.ts'
import { isLocalHost } from './local-hosts.ts'

const folder = mkdtempSync(join(tmpdir(), 'guichet-cert-'))
after(() => rmSync(folder, { recursive: true }))

async function run(...args: readonly string[]): Promise<{ readonly code: number; readonly output: string }> {
  let output = ''
  const sink = new Writable({
    write: (chunk, _, done) => {
      output += String(chunk)
      done()
    },
  })
  const io = {
    stdin: new PassThrough(),
    stdout: sink,
    stderr: sink,
    environment: {},
    signal: new AbortController().signal,
  }
  const code = await certCommand.run(
    ['--out', join(folder, 'tls'), '--authority', join(folder, 'authority'), ...args],
    io,
  )
  return { code, output }
}

/** What a client that trusts `authority` says about a server at `host`. */
async function handshake(host: string, server: { cert: string; key: string }, authority: string): Promise<string> {
  const listener = createServer(server).listen(0, '127.0.0.1')
  await new Promise((resolve) => listener.once('listening', resolve))
  const address = listener.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  try {
    return await new Promise<string>((resolve) => {
      const socket: TLSSocket = connect({ port, host: '127.0.0.1', servername: host, ca: authority }, () => {
        socket.destroy()
        resolve('ok')
      })
      socket.once('error', (error: Error) => resolve(error.message))
    })
  } finally {
    listener.close()
  }
}

test('guichet cert makes an authority and a certificate that a client accepts', async () => {
  const { code, output } = await run('greeter.localhost', 'shop.test')
  assert.equal(code, 0)
  assert.match(output, /no system trusts it yet/)
  assert.ok(output.includes(`Serve with it: GUICHET_TLS=${folder}/tls/certificate.pem,${folder}/tls/key.pem`), output)
  const pair = {
    cert: readFileSync(join(folder, 'tls/certificate.pem'), 'utf8'),
    key: readFileSync(join(folder, 'tls/key.pem'), 'utf8'),
  }
  const authority = readFileSync(join(folder, 'authority/authority.pem'), 'utf8')
  for (const host of ['localhost', 'greeter.localhost', 'shop.test'])
    assert.equal(await handshake(host, pair, authority), 'ok')
  assert.match(await handshake('other.localhost', pair, authority), /does not match certificate/)
})

test('guichet cert keeps its authority, and its keys for their owner alone', async () => {
  await run()
  const before = readFileSync(join(folder, 'authority/authority.pem'), 'utf8')
  const { output } = await run('a.localhost')
  assert.equal(readFileSync(join(folder, 'authority/authority.pem'), 'utf8'), before)
  assert.doesNotMatch(output, /no system trusts/)
  for (const file of ['authority/authority-key.pem', 'tls/key.pem']) {
    assert.equal(statSync(join(folder, file)).mode & 0o077, 0)
  }
})

test('guichet cert refuses what a local authority may not vouch for', async () => {
  for (const host of ['example.org', '8.8.8.8', 'localhost.example.org', '2001:db8::1'])
    await assert.rejects(run(host), /Cannot certify/)
  for (const host of ['a b', 'a_/b', 'a-.test']) await assert.rejects(run(host), /neither a host name nor an address/)
  await assert.rejects(run('--days', '398'), /--days is 1 to 397/)
})

test('guichet cert says what is wrong with its files, and does not sign with a key of another authority', async () => {
  await run()
  const certificateFile = join(folder, 'authority/authority.pem')
  const keyFile = join(folder, 'authority/authority-key.pem')
  const other = await createAuthority({ owner: 'other', nowMs: Date.now() })
  for (const [path, text] of [
    [certificateFile, 'not a certificate'],
    [keyFile, 'not a key'],
    [keyFile, other.key],
  ] as const) {
    const good = readFileSync(path)
    writeFileSync(path, text)
    await assert.rejects(run(), (error) => error instanceof CommandError && /Cannot use the auth/.test(error.message))
    writeFileSync(path, good)
  }
  writeFileSync(join(folder, 'file'), '')
  await assert.rejects(run('--out', join(folder, 'file/x')), CommandError)
})

test('guichet cert takes the hosts of an app as they are declared, and says which it leaves out', async () => {
  const app = join(folder, 'app.ts')
  const source = new URL('../index.ts', import.meta.url).href
  writeFileSync(
    app,
    `import { desk, guichet, OPEN } from ${JSON.stringify(source)}
const hello = desk().routes((r) => r.get('/', { authorize: OPEN }, () => 'hello'))
export const app = guichet({ name: 'hosts' })
for (const host of ['Blog.test', '*.b.localhost.', '[::1]', 'example.org', '*']) app.host(host, hello)
`,
  )
  const { output } = await run(app)
  assert.match(output, /^For +localhost, 127\.0\.0\.1, ::1, blog\.test, \*\.b\.localhost$/m)
  assert.match(output, /^Left out +example\.org: /m)
})

test('guichet cert says that browsers do not take a star before a single name', async () => {
  assert.match((await run('*.localhost')).output, /^Mind +\*\.localhost: browsers take no star .* a\.localhost$/m)
  assert.doesNotMatch((await run('*.b.localhost')).output, /^Mind/m)
})

test('createAuthority() is bound to local names when its key vouches for others', async () => {
  const nowMs = Date.now()
  const authority = await createAuthority({ owner: 'test', nowMs })
  const stolen = await createCertificate(authority, { hosts: ['bank.example.com'], nowMs, days: 10 })
  const code = await handshake('bank.example.com', { cert: stolen.certificate, key: stolen.key }, authority.certificate)
  assert.equal(code, 'permitted subtree violation')
})

test('createCertificate() writes what clients check', async () => {
  const nowMs = Date.now()
  const authority = await createAuthority({ owner: 'test', nowMs })
  const made = new X509Certificate(
    (await createCertificate(authority, { hosts: ['a.localhost', '127.0.0.1', '::1'], nowMs, days: 10 })).certificate,
  )
  assert.equal(made.ca, false)
  assert.equal(made.subjectAltName, 'DNS:a.localhost, IP Address:127.0.0.1, IP Address:0:0:0:0:0:0:0:1')
  assert.deepEqual(made.keyUsage, ['1.3.6.1.5.5.7.3.1'])
  assert.ok(made.checkIssued(new X509Certificate(authority.certificate)))
  assert.equal(Math.round((made.validToDate.getTime() - nowMs) / 86_400_000), 10)
  // One attribute a line: each stands in a set of its own.
  assert.equal(made.subject, 'O=Guichet development\nCN=a.localhost')
  assert.equal(made.issuer, 'O=Guichet development\nCN=Guichet local authority (test)')
})

test('createCertificate() makes none that lasts longer than its authority', async () => {
  const nowMs = Date.now()
  const authority = await createAuthority({ owner: 'test', nowMs: nowMs - 5 * 364 * 86_400_000 })
  const made = await createCertificate(authority, { hosts: ['a.test'], nowMs, days: 300 })
  const [own, above] = [made, authority].map(({ certificate }) => new X509Certificate(certificate).validTo)
  assert.equal(own, above)
})

test('isLocalHost() is true for local names and private addresses alone', () => {
  for (const host of [
    'localhost',
    'a.b.localhost',
    'x.test',
    '127.9.9.9',
    '192.168.1.2',
    '172.31.0.1',
    '::1',
    'fd00::1',
  ]) {
    assert.equal(isLocalHost(host), true, host)
  }
  for (const host of ['notlocalhost', 'example.org', '172.32.0.1', '1.1.1.1', '2001:db8::1', '::2']) {
    assert.equal(isLocalHost(host), false, host)
  }
})

test('addressBytes() gives the bytes of an address', () => {
  assert.deepEqual([...addressBytes('192.0.2.1')], [192, 0, 2, 1])
  assert.equal(Buffer.from(addressBytes('2001:db8::ff')).toString('hex'), '20010db80000000000000000000000ff')
  assert.equal(Buffer.from(addressBytes('::ffff:192.0.2.1')).toString('hex'), '00000000000000000000ffffc0000201')
})
