import assert from 'node:assert/strict'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, before, describe, test } from 'node:test'
import { brotliCompressSync, gzipSync } from 'node:zlib'
import { ConfigError } from '../core/config-error.ts'
import { Refusal } from '../core/refusal.ts'
import { createGuardedFetch, type GuardedFetchOptions } from './guarded-fetch.ts'

/** Fails a test that would leave this machine. */
const noNames = (host: string): Promise<never> => Promise.reject(new Error(`resolves ${host}`))

async function refusalOf(url: string, options: GuardedFetchOptions = {}): Promise<Refusal> {
  const result = await createGuardedFetch({ resolve: noNames, ...options })(url).catch((error: unknown) => error)
  assert.ok(result instanceof Refusal, `${url}: ${String(result)}`)
  return result
}

describe('createGuardedFetch() refuses before it connects', () => {
  const LOOPBACK = [
    'http://127.0.0.1/',
    'http://127.1/',
    'http://0x7f.1/',
    'http://0x7f000001/',
    'http://2130706433/',
    'http://0177.0.0.1/',
    'http://127.0.0.1./',
    'http://%31%32%37.0.0.1/',
    'http://１２７.０.０.１/',
    'http://①②⑦.0.0.1/',
    'http://[::1]/',
    'http://[::]/',
    'http://[0:0:0:0:0:ffff:7f00:1]/',
    'http://[::ffff:127.0.0.1]/',
    'http://[64:ff9b::127.0.0.1]/',
    'http://[2002:7f00:1::]/',
    'http://0/',
    'http://169.254.169.254/latest/',
    'http://10.0.0.1/',
    'http:127.0.0.1',
    'http:\\\\127.0.0.1\\',
    ' http://127.0.0.1/ ',
  ]

  for (const url of LOOPBACK) {
    test(`guardedFetch() is DIAL_FORBIDDEN when the URL is ${url}`, async () => {
      const refusal = await refusalOf(url)
      assert.deepEqual([refusal.code, refusal.status], ['DIAL_FORBIDDEN', 400])
    })
  }

  const OTHER = [
    'file:///etc/passwd',
    'ftp://8.8.8.8/',
    'data:text/html,a',
    'gopher://8.8.8.8/',
    'http://user@8.8.8.8/',
    'http://:secret@8.8.8.8/',
    'http://8.8.8.8:22/',
    'https://8.8.8.8:6379/',
    'http://example.com:8080/',
    'http://[fe80::1%25eth0]/',
    '/etc/passwd',
    '',
    'http://',
    `http://8.8.8.8/${'a'.repeat(9000)}`,
  ]

  for (const url of OTHER) {
    test(`guardedFetch() is DIAL_FORBIDDEN when the URL is ${url.slice(0, 40) || 'empty'}`, async () => {
      assert.equal((await refusalOf(url)).code, 'DIAL_FORBIDDEN')
    })
  }

  test('guardedFetch() is DIAL_FORBIDDEN when one of several addresses of a name is not public', async () => {
    const refusal = await refusalOf('http://mixed.example/', { resolve: async () => ['8.8.8.8', '10.0.0.1'] })
    assert.equal(refusal.code, 'DIAL_FORBIDDEN')
  })

  test('guardedFetch() is DIAL_FORBIDDEN when a name has a private IPv6 address', async () => {
    assert.equal((await refusalOf('http://six.example/', { resolve: async () => ['fd00::1'] })).code, 'DIAL_FORBIDDEN')
  })

  test('guardedFetch() is DIAL_FORBIDDEN when the name is localhost in any form', async () => {
    const fetch = createGuardedFetch()
    for (const host of ['localhost', 'LOCALHOST', 'localhost.', 'a.localhost']) {
      await assert.rejects(fetch(`http://${host}/`), { code: 'DIAL_FORBIDDEN' })
    }
  })

  test('guardedFetch() is DIAL_FAILED and says nothing of the cause when a name is unknown', async () => {
    const refusal = await refusalOf('http://secret-name.example/')
    assert.deepEqual([refusal.code, refusal.status], ['DIAL_FAILED', 502])
    assert.doesNotMatch(refusal.message, /secret-name/)
    assert.match(refusal.reason, /secret-name/)
  })

  test('guardedFetch() is DIAL_TIMEOUT when the name servers do not answer', async () => {
    const refusal = await refusalOf('http://slow.example/', {
      timeoutMs: 20,
      resolve: (_host, signal) =>
        new Promise((_resolve, reject) => {
          signal.addEventListener('abort', () => reject(new Error('cancelled')))
        }),
    })
    assert.deepEqual([refusal.code, refusal.status], ['DIAL_TIMEOUT', 504])
  })

  test('createGuardedFetch() throws a ConfigError when an entry of allow is not a host', () => {
    for (const entry of ['http://a', 'a/b', 'a b', '', 'u@a']) {
      assert.throws(() => createGuardedFetch({ allow: [entry] }), ConfigError, entry)
    }
  })
})

describe('createGuardedFetch() with a server that is declared', () => {
  let server: Server
  let other: Server
  let port = 0
  let otherPort = 0
  const seen: string[] = []

  before(async () => {
    server = await listen((request, response) => {
      seen.push(`${request.headers.host} ${request.url}`)
      ROUTES[new URL(request.url ?? '/', 'http://a').pathname]?.(response, { port, otherPort })
    })
    other = await listen((_request, response) => response.end('internal'))
    port = portOf(server)
    otherPort = portOf(other)
  })
  after(() => {
    for (const each of [server, other]) {
      each.closeAllConnections()
      each.close()
    }
  })

  const page = (path: string, options: GuardedFetchOptions = {}) =>
    createGuardedFetch({ allow: [`127.0.0.1:${port}`], resolve: noNames, ...options })(
      `http://127.0.0.1:${port}${path}`,
    )
  const codeOf = async (path: string, options: GuardedFetchOptions = {}): Promise<string> =>
    (await refusalOf(`http://127.0.0.1:${port}${path}`, { allow: [`127.0.0.1:${port}`], ...options })).code

  test('guardedFetch() gives status, type, headers and text', async () => {
    const { status, type, url, text, header } = await page('/latin?q=1#fragment')
    assert.deepEqual([status, type, text()], [200, 'text/html', 'café'])
    assert.equal(url, `http://127.0.0.1:${port}/latin?q=1`)
    assert.equal(header('x-two'), 'a, b')
    assert.equal(header('missing'), undefined)
  })

  test('guardedFetch() gives a page whose status is an error', async () => {
    assert.equal((await page('/missing')).status, 404)
  })

  test('guardedFetch() connects to the address that was checked and keeps Host when the name changes its answer', async () => {
    const answers = [['127.0.0.1'], ['127.0.0.2']]
    const options = { allow: [`127.0.0.1:${port}`], resolve: async () => answers.shift() ?? [] }
    const result = await createGuardedFetch(options)(`http://rebind.example:${port}/plain`)
    assert.equal(result.text(), 'plain')
    assert.equal(seen.at(-1), `rebind.example:${port} /plain`)
    assert.equal(answers.length, 1)
  })

  test('guardedFetch() resolves and checks again at each redirect', async () => {
    const answers = [['127.0.0.1'], ['10.0.0.1']]
    const options = { allow: [`127.0.0.1:${port}`], resolve: async () => answers.shift() ?? [] }
    const url = `http://rebind.example:${port}/relative`
    await assert.rejects(createGuardedFetch(options)(url), { code: 'DIAL_FORBIDDEN' })
  })

  test('guardedFetch() reaches a declared host name on a declared port only', async () => {
    const options = { allow: [`wiki.internal:${port}`], resolve: async () => ['127.0.0.1'] }
    assert.equal((await createGuardedFetch(options)(`http://wiki.internal:${port}/plain`)).text(), 'plain')
    await assert.rejects(createGuardedFetch(options)(`http://wiki.internal:${otherPort}/`), { code: 'DIAL_FORBIDDEN' })
    await assert.rejects(createGuardedFetch(options)(`http://127.0.0.1:${port}/`), { code: 'DIAL_FORBIDDEN' })
  })

  test('guardedFetch() reaches every port of an address that is declared without one', async () => {
    assert.equal((await page('/plain', { allow: ['127.0.0.1'] })).text(), 'plain')
    assert.equal((await page('/plain', { allow: ['0x7f.1'] })).text(), 'plain')
  })

  test('guardedFetch() goes on to the next address when one cannot be reached', async () => {
    const options = { allow: ['two.example'], resolve: async () => ['127.0.0.9', '127.0.0.1'] }
    assert.equal((await createGuardedFetch(options)(`http://two.example:${port}/plain`)).text(), 'plain')
  })

  test('guardedFetch() sends further headers to the origin of the URL, and to no other', async () => {
    const heard: unknown[] = []
    const target = await listen((request, response) => {
      heard.push(request.headers['x-trace'])
      response.end('there')
    })
    const start = await listen((request, response) => {
      heard.push(request.headers['x-trace'], request.headers['accept'], request.headers.host)
      const location = request.url === '/' ? '/again' : `http://127.0.0.1:${portOf(target)}/`
      response.writeHead(302, { location }).end()
    })
    try {
      const fetchPage = createGuardedFetch({ allow: ['127.0.0.1'], resolve: noNames })
      const host = `127.0.0.1:${portOf(start)}`
      const found = await fetchPage(`http://${host}/`, { headers: { 'X-Trace': 'abc', Accept: 'text/html' } })
      assert.equal(found.text(), 'there')
      assert.deepEqual(heard, ['abc', 'text/html', host, 'abc', 'text/html', host, undefined])
    } finally {
      for (const each of [start, target]) each.close()
    }
  })

  test('guardedFetch() throws a TypeError for a header of the connection, or one that is malformed', async () => {
    const fetchPage = createGuardedFetch({ allow: [`127.0.0.1:${port}`], resolve: noNames })
    const wrong = [
      { Host: 'a' },
      { 'Content-Length': '5' },
      { 'transfer-encoding': 'chunked' },
      { 'x-a': 'b\r\nc: d' },
      { 'x a': 'b' },
    ]
    const before = seen.length
    for (const headers of wrong) {
      await assert.rejects(fetchPage(`http://127.0.0.1:${port}/`, { headers }), TypeError)
    }
    assert.equal(seen.length, before)
  })

  test('guardedFetch() follows a relative redirect and gives the last URL', async () => {
    const result = await page('/relative')
    assert.deepEqual([result.text(), result.url], ['plain', `http://127.0.0.1:${port}/plain`])
  })

  test('guardedFetch() is DIAL_FORBIDDEN when a redirect leads to another port, another scheme or a bad URL', async () => {
    for (const path of ['/to-other', '/to-file', '/to-metadata', '/to-nonsense', '/to-credentials']) {
      assert.equal(await codeOf(path), 'DIAL_FORBIDDEN', path)
    }
  })

  test('guardedFetch() is DIAL_UNACCEPTABLE when redirects go beyond redirectsMax', async () => {
    assert.equal(await codeOf('/loop'), 'DIAL_UNACCEPTABLE')
    assert.equal(await codeOf('/relative', { redirectsMax: 0 }), 'DIAL_UNACCEPTABLE')
    assert.equal((await page('/relative', { redirectsMax: 1 })).text(), 'plain')
  })

  test('guardedFetch() takes a body of bytesMax and not one byte more', async () => {
    assert.equal((await page('/plain', { bytesMax: 5 })).text(), 'plain')
    assert.equal(await codeOf('/plain', { bytesMax: 4 }), 'DIAL_UNACCEPTABLE')
    assert.equal(await codeOf('/chunked', { bytesMax: 4 }), 'DIAL_UNACCEPTABLE')
    assert.equal(await codeOf('/endless'), 'DIAL_UNACCEPTABLE')
  })

  test('guardedFetch() decompresses gzip and brotli', async () => {
    assert.equal((await page('/gzip')).text(), 'zipped')
    assert.equal((await page('/brotli')).text(), 'zipped')
  })

  test('guardedFetch() is DIAL_UNACCEPTABLE when a small body becomes a large one', async () => {
    assert.equal(await codeOf('/bomb'), 'DIAL_UNACCEPTABLE')
  })

  test('guardedFetch() is DIAL_UNACCEPTABLE when a large body becomes a small one', async () => {
    assert.equal(await codeOf('/empty-members', { bytesMax: 1000 }), 'DIAL_UNACCEPTABLE')
  })

  test('guardedFetch() is DIAL_UNACCEPTABLE when the encoding was not asked for', async () => {
    assert.equal(await codeOf('/compress'), 'DIAL_UNACCEPTABLE')
  })

  test('guardedFetch() is DIAL_FAILED when the body is cut or not what its encoding says', async () => {
    for (const path of ['/cut', '/cut-gzip', '/not-gzip']) assert.equal(await codeOf(path), 'DIAL_FAILED', path)
  })

  test('guardedFetch() is DIAL_UNACCEPTABLE when the type is not one of types', async () => {
    assert.equal((await page('/latin', { types: ['text/html'] })).status, 200)
    assert.equal((await page('/latin', { types: ['text/*'] })).status, 200)
    assert.equal(await codeOf('/latin', { types: ['text/plain', 'image/*'] }), 'DIAL_UNACCEPTABLE')
    assert.equal(await codeOf('/plain', { types: ['text/*'] }), 'DIAL_UNACCEPTABLE')
  })

  test('guardedFetch() is DIAL_TIMEOUT when head or body do not come in time', async () => {
    assert.equal(await codeOf('/silent', { timeoutMs: 50 }), 'DIAL_TIMEOUT')
    assert.equal(await codeOf('/stalled', { timeoutMs: 50 }), 'DIAL_TIMEOUT')
  })

  test('guardedFetch() rejects with the reason of the signal when that aborts', async () => {
    const fetch = createGuardedFetch({ allow: ['127.0.0.1'] })
    const control = new AbortController()
    const pending = fetch(`http://127.0.0.1:${port}/stalled`, { signal: control.signal })
    control.abort(new RangeError('enough'))
    await assert.rejects(pending, RangeError)
  })

  test('guardedFetch() is DIAL_FAILED when the head is too large or the answer is not HTTP', async () => {
    assert.equal(await codeOf('/large-head'), 'DIAL_FAILED')
    assert.equal(await codeOf('/not-http'), 'DIAL_FAILED')
  })
})

interface Ports {
  readonly port: number
  readonly otherPort: number
}

const redirect = (location: string) => (response: ServerResponse) => response.writeHead(302, { location }).end('moved')
const send =
  (body: string | Buffer, headers: Record<string, string> = {}) =>
  (response: ServerResponse) =>
    response.writeHead(200, headers).end(body)

const ROUTES: Readonly<Record<string, (response: ServerResponse, ports: Ports) => unknown>> = {
  '/plain': send('plain'),
  '/latin': (response) =>
    response
      .writeHead(
        200,
        [
          ['Content-Type', 'Text/HTML; charset="iso-8859-1"'],
          ['X-Two', 'a'],
          ['X-Two', 'b'],
        ].flat(),
      )
      .end(Buffer.from('café', 'latin1')),
  '/missing': (response) => response.writeHead(404).end(),
  '/relative': redirect('plain'),
  '/to-other': (response, { otherPort }) => redirect(`http://127.0.0.1:${otherPort}/`)(response),
  '/to-file': redirect('file:///etc/passwd'),
  '/to-metadata': redirect('http://169.254.169.254/latest/meta-data/'),
  '/to-nonsense': redirect('http://[/'),
  '/to-credentials': (response, { port }) => redirect(`http://user@127.0.0.1:${port}/plain`)(response),
  '/loop': redirect('/loop'),
  '/chunked': (response) => {
    response.write('pla')
    response.end('in')
  },
  '/endless': (response) => {
    const more = (): void => {
      while (!response.destroyed && response.write(Buffer.alloc(64 * 1024)));
    }
    response.on('drain', more)
    more()
  },
  '/gzip': send(gzipSync('zipped'), { 'content-encoding': 'gzip' }),
  '/brotli': send(brotliCompressSync('zipped'), { 'content-encoding': 'br' }),
  '/bomb': send(gzipSync(Buffer.alloc(50 * 1024 * 1024)), { 'content-encoding': 'gzip' }),
  '/empty-members': (response) => {
    response.writeHead(200, { 'content-encoding': 'gzip' })
    for (let i = 0; i < 100; i++) response.write(gzipSync(''))
    response.end()
  },
  '/compress': send('x', { 'content-encoding': 'compress' }),
  '/cut': (response) => {
    response.writeHead(200, { 'content-length': '10' }).write('cut')
    setImmediate(() => response.destroy())
  },
  '/cut-gzip': send(gzipSync('x'.repeat(100)).subarray(0, 15), { 'content-encoding': 'gzip' }),
  '/not-gzip': send('plain', { 'content-encoding': 'gzip' }),
  '/silent': () => undefined,
  '/stalled': (response) => response.writeHead(200).write('x'),
  '/large-head': send('', { 'x-large': 'x'.repeat(20_000) }),
  '/not-http': (response) => response.socket?.end('SSH-2.0-OpenSSH_9.9\r\n'),
}

async function listen(answer: (request: IncomingMessage, response: ServerResponse) => void): Promise<Server> {
  const server = createServer(answer)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return server
}

function portOf(server: Server): number {
  // A server that listens on TCP has an address of this form.
  return (server.address() as AddressInfo).port
}
