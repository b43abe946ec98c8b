import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { connect, constants } from 'node:http2'
import type { ClientHttp2Session, ClientHttp2Stream, OutgoingHttpHeaders } from 'node:http2'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import type { TestContext } from 'node:test'
import { connect as connectTls } from 'node:tls'
import { eventually, setUp } from './contract/contract-setup.ts'
import type { Setup, SetupOptions } from './contract/contract-setup.ts'
import { makeSelfSigned } from './contract/self-signed.ts'
import { createHttp1Listener } from './http1-listener.ts'

const folder = mkdtempSync(join(tmpdir(), 'guichet-h2-'))
after(() => rmSync(folder, { recursive: true }))
const files = { certFile: join(folder, 'cert.pem'), keyFile: join(folder, 'key.pem') }
const { cert, key } = makeSelfSigned(['localhost', '127.0.0.1'], Date.now())
writeFileSync(files.certFile, cert)
writeFileSync(files.keyFile, key)

interface Http2Setup extends Setup {
  readonly session: ClientHttp2Session
  readonly call: (headers: OutgoingHttpHeaders, body?: string | Uint8Array) => Promise<Http2Reply>
}

interface Http2Reply {
  readonly status: number
  readonly headers: Readonly<Record<string, unknown>>
  readonly body: string
}

async function open(t: TestContext, options: SetupOptions = {}): Promise<Http2Setup> {
  const create = (given: Parameters<typeof createHttp1Listener>[0]): ReturnType<typeof createHttp1Listener> =>
    createHttp1Listener({ ...given, tls: files })
  const setup = await setUp({ name: 'http2', create }, t, options)
  const session = connect(setup.url, { ca: cert })
  session.on('error', () => undefined)
  t.after(() => session.destroy())
  return { ...setup, session, call: (headers, body) => read(request(session, headers, body)) }
}

function request(
  session: ClientHttp2Session,
  headers: OutgoingHttpHeaders,
  body?: string | Uint8Array,
): ClientHttp2Stream {
  const stream = session.request(headers, { endStream: body === undefined })
  stream.on('error', () => undefined)
  if (body !== undefined) stream.end(body)
  return stream
}

async function read(stream: ClientHttp2Stream): Promise<Http2Reply> {
  let headers: Record<string, unknown> = {}
  let body = ''
  stream.on('response', (fields) => (headers = { ...fields }))
  stream.on('data', (piece: Buffer) => (body += piece.toString('latin1')))
  // A stream that its peer resets has an error before its close: no status, then.
  stream.on('error', () => undefined)
  await new Promise((resolve) => stream.once('close', resolve))
  return { status: Number(headers[':status'] ?? 0), headers, body }
}

test('HTTP/2: a request is given as it was sent', async (t) => {
  const { call } = await open(t)
  const reply = await call({ ':path': '/show?a=%20', 'x-probe': 'one', cookie: 'a=1; b=2' })
  const shown = JSON.parse(reply.body) as Record<string, unknown> // /show answers an object
  assert.deepEqual([shown['method'], shown['path'], shown['query'], shown['probe']], ['GET', '/show', 'a=%20', 'one'])
  assert.match(String(shown['host']), /^127\.0\.0\.1:\d+$/)
  assert.deepEqual([shown['cookie'], shown['isSecure'], shown['hasBody']], ['a=1; b=2', true, false])
  assert.match(String(reply.headers['date']), /GMT$/)
  assert.equal(reply.headers['content-length'], String(reply.body.length))
})

test('HTTP/2: bodies go both ways, whole and streamed', async (t) => {
  const { call, app } = await open(t)
  const large = 'x'.repeat(900_000)
  assert.equal((await call({ ':method': 'POST', ':path': '/echo' }, 'hello')).body, 'hello')
  assert.equal((await call({ ':method': 'POST', ':path': '/echo' }, large)).body, large)
  assert.equal((await call({ ':method': 'POST', ':path': '/echo-stream' }, large)).body, large)
  assert.equal((await call({ ':path': '/bytes?3000000' })).body.length, 3_000_000)
  assert.equal((await call({ ':path': '/pieces' })).body, 'onetwothree')
  assert.equal((await call({ ':path': `/text?${encodeURIComponent('é')}` })).body, '\xc3\xa9')
  app.bodyBytesMax = 3
  assert.equal((await call({ ':method': 'POST', ':path': '/echo' }, 'hello')).status, 413)
})

test('HTTP/2: HEAD, 204, repeated and forbidden fields', async (t) => {
  const { call } = await open(t)
  const head = await call({ ':method': 'HEAD', ':path': '/text?four' })
  assert.deepEqual([head.headers['content-length'], head.body], ['4', ''])
  assert.equal((await call({ ':path': '/none?204' })).headers['content-length'], undefined)
  assert.deepEqual((await call({ ':path': '/cookies' })).headers['set-cookie'], ['a=1', 'b=2'])
  const framed = await call({ ':path': '/framing' })
  assert.deepEqual(
    [framed.headers['content-length'], framed.headers['connection'], framed.body],
    ['2', undefined, 'ok'],
  )
  assert.equal((await call({ ':path': '/upgrade' })).status, 426)
})

test('HTTP/2: many requests run beside each other', async (t) => {
  const { call } = await open(t)
  const replies = await Promise.all(Array.from({ length: 60 }, (_, i) => call({ ':path': `/wait?${60 - i}` })))
  assert.deepEqual(new Set(replies.map(({ status }) => status)), new Set([200]))
})

test('HTTP/2: what HTTP/1.1 refuses is refused', async (t) => {
  const { call, app } = await open(t, { limits: { urlBytesMax: 100, headerLineBytesMax: 200 } })
  const statusOf = async (headers: OutgoingHttpHeaders): Promise<number> => (await call(headers)).status
  assert.equal(await statusOf({ ':path': `/${'a'.repeat(100)}` }), 414)
  assert.equal(await statusOf({ ':path': '/', 'x-long': 'a'.repeat(200) }), 431)
  const refused = [
    { ':path': 'nowhere' },
    { ':path': '/a#b' },
    { ':path': '/é' },
    { ':path': '*' },
    { ':path': '/', ':authority': 'u@a' },
    { ':path': '/', ':authority': 'a', host: 'b' },
    { ':path': '/', ':authority': 'a b' },
  ]
  // nghttp2 resets some of them by itself.
  for (const headers of refused) assert.ok([0, 400].includes(await statusOf(headers)), JSON.stringify(headers))
  assert.equal(await statusOf({ ':path': '/', expect: '200-ok' }), 417)
  assert.deepEqual(app.began, [])
})

test('HTTP/2: streamsMax is told to the peer, which keeps to it', async (t) => {
  const { session, app } = await open(t, { limits: { streamsMax: 3 } })
  await once(session, 'remoteSettings')
  assert.equal(session.remoteSettings.maxConcurrentStreams, 3)
  for (let i = 0; i < 5; i += 1) request(session, { ':path': '/never' })
  await eventually(() => app.began.length === 3, 'the calls')
  await new Promise((resolve) => setTimeout(resolve, 20))
  assert.equal(app.began.length, 3)
})

test('HTTP/2: more fields than headersMax reach no call', async (t) => {
  const { call, app } = await open(t, { limits: { headersMax: 10 } })
  const fields = Object.fromEntries(Array.from({ length: 20 }, (_, i) => [`x-${i}`, 'a']))
  await call({ ':path': '/', ...fields })
  assert.deepEqual(app.began, [])
})

test('HTTP/2: 100 Continue is sent when the body is asked for', async (t) => {
  const { session } = await open(t)
  const stream = session.request({ ':method': 'POST', ':path': '/echo', expect: '100-continue' }, { endStream: false })
  await once(stream, 'continue')
  stream.end('hi')
  assert.equal((await read(stream)).body, 'hi')
})

test('HTTP/2: a peer that takes its request back aborts the call', async (t) => {
  const { session, app } = await open(t)
  const stream = request(session, { ':path': '/never' })
  await eventually(() => app.began.length === 1, 'the call')
  stream.close(constants.NGHTTP2_CANCEL)
  await eventually(() => app.aborted.length === 1 && app.ended.length === 1, 'the abort and the end')
})

test('HTTP/2: a peer whose connection ends aborts its calls', async (t) => {
  const { session, app } = await open(t)
  for (let i = 0; i < 2; i++) request(session, { ':path': '/never' })
  await eventually(() => app.began.length === 2, 'the calls')
  session.destroy()
  await eventually(() => app.aborted.length === 2, 'the aborts')
})

test('HTTP/2: a stream that breaks resets its stream and no other', async (t) => {
  const { session, call } = await open(t)
  const stream = request(session, { ':path': '/failing' })
  await read(stream)
  assert.notEqual(stream.rstCode, constants.NGHTTP2_NO_ERROR)
  assert.equal((await call({ ':path': '/text?alive' })).body, 'alive')
})

test('HTTP/2: a producer goes no faster than its reader, and ends with it', async (t) => {
  const { session, app } = await open(t)
  const stream = request(session, { ':path': '/endless' })
  stream.pause()
  await eventually(() => app.producedBytes > 0, 'a first piece')
  await new Promise((resolve) => setTimeout(resolve, 200))
  assert.ok(app.producedBytes < 10_000_000)
  stream.close(constants.NGHTTP2_CANCEL)
  await eventually(() => app.ended.length === 1, 'the end')
})

test('HTTP/2: sendTimeoutMs lets a peer go that takes nothing', async (t) => {
  const { session, app } = await open(t, { limits: { sendTimeoutMs: 100 } })
  const stream = request(session, { ':path': '/bytes?5000000' })
  stream.pause()
  await eventually(() => app.ended.length === 1, 'the end')
  assert.match(app.ended[0] ?? '', /the peer went away/)
})

test('HTTP/2: bodyRateBytesMin refuses a slow body', async (t) => {
  const { session } = await open(t, { limits: { bodyRateGraceMs: 60, bodyRateBytesMin: 1000 } })
  const stream = session.request({ ':method': 'POST', ':path': '/echo' }, { endStream: false })
  stream.write('slow')
  assert.equal((await read(stream)).status, 408)
})

test('HTTP/2: an answer before the end of the body ends the exchange', async (t) => {
  const { session, call } = await open(t)
  const stream = session.request({ ':method': 'POST', ':path': '/text?early' }, { endStream: false })
  stream.write('x'.repeat(1000))
  assert.equal((await read(stream)).body, 'early')
  assert.equal((await call({ ':path': '/text?next' })).body, 'next')
})

test('HTTP/2: requestsPerConnectionMax and idleTimeoutMs end the session after its answers', async (t) => {
  const few = await open(t, { limits: { requestsPerConnectionMax: 2 } })
  assert.equal((await few.call({ ':path': '/' })).status, 200)
  const ended = once(few.session, 'close')
  assert.equal((await few.call({ ':path': '/wait?20' })).status, 200)
  await ended
  const idle = await open(t, { limits: { idleTimeoutMs: 60 } })
  await once(idle.session, 'close')
})

test('HTTP/2: idleTimeoutMs ends a session whose peer begins a head and stops, and waits for a call that runs', async (t) => {
  const { url, call } = await open(t, { limits: { idleTimeoutMs: 60 } })
  const waited = call({ ':path': '/wait?300' })
  const peer = connectTls({ port: Number(new URL(url).port), ca: cert, ALPNProtocols: ['h2'] })
  t.after(() => peer.destroy())
  await once(peer, 'secureConnect')
  const settings = '\0\0\0\x04\0\0\0\0\0'
  const headWithoutEnd = '\0\0\x03\x01\0\0\0\0\x01\x82\x84\x87'
  peer.write(`PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n${settings}${headWithoutEnd}`, 'latin1')
  peer.resume()
  await once(peer, 'close')
  assert.equal((await waited).body, 'waited 300')
})

test('HTTP/2: close() answers what runs, and aborts it at the deadline', async (t) => {
  const { call, listener, session, app } = await open(t)
  const ended = once(session, 'close')
  const waited = call({ ':path': '/wait?100' })
  const never = call({ ':path': '/never' })
  await eventually(() => app.began.length === 2, 'the calls')
  await listener.close(300)
  assert.equal((await waited).body, 'waited 100')
  await never
  await ended
  assert.deepEqual(app.aborted, ['/never'])
})

test('HTTP/2: a storm of requests that are taken back ends the session, not the server', async (t) => {
  const { session, url, app } = await open(t)
  for (let round = 1; round <= 100 && !session.destroyed; round += 1) {
    const streams = Array.from({ length: 30 }, () => request(session, { ':path': '/never' }))
    await eventually(() => session.destroyed || app.began.length >= round * 30, 'the calls')
    for (const stream of streams) stream.close(constants.NGHTTP2_CANCEL)
  }
  assert.equal(session.destroyed, true)
  await eventually(() => app.aborted.length === app.began.length, 'the aborts')
  const other = connect(url, { ca: cert })
  assert.equal((await read(request(other, { ':path': '/text?alive' }))).body, 'alive')
  other.destroy()
})
