import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import { PassThrough } from 'node:stream'
import { test } from 'node:test'
import { z } from 'zod'
import { serveApp, type RunningApp } from '../app/serve.ts'
import { guichet } from '../app/guichet.ts'
import { OPEN } from '../authz/rules.ts'
import { refuse } from '../core/refusal.ts'
import { main } from './main.ts'

const messages = { say: { params: { text: z.string() } } }
const app = guichet({ name: 'chat' })
app.channel('/room', { authorize: OPEN, messages, history: 10, presence: true })
app.channel('/plain', { authorize: OPEN, messages, history: 10, plainText: { type: 'say', param: 'text' } })
app.channel(
  '/door',
  { authorize: OPEN, messages },
  {
    onJoin: () => {
      throw refuse(403, 'you may not come in')
    },
  },
)

const serve = (port: string): Promise<RunningApp> =>
  serveApp(app['~definition'], { environment: { PORT: port, LOG_LEVEL: 'silent', GUICHET_AUDIT: 'off' } })

class Terminal {
  readonly stdin = new PassThrough()
  readonly code: Promise<number>
  readonly #controller = new AbortController()
  out = ''
  err = ''

  constructor(...args: readonly string[]) {
    const [stdout, stderr] = [new PassThrough(), new PassThrough()]
    stdout.on('data', (text: Buffer) => (this.out += text.toString()))
    stderr.on('data', (text: Buffer) => (this.err += text.toString()))
    this.code = main(['chat', ...args], {
      stdin: this.stdin,
      stdout,
      stderr,
      environment: {},
      signal: this.#controller.signal,
    })
  }

  type(line: string): void {
    this.stdin.write(`${line}\n`)
  }

  stop(): Promise<number> {
    this.#controller.abort()
    return this.code
  }

  async until(pattern: RegExp, stream: 'out' | 'err' = 'out'): Promise<void> {
    for (let i = 0; i < 1000 && !pattern.test(this[stream]); i++) await new Promise((done) => setTimeout(done, 10))
    assert.match(this[stream], pattern)
  }
}

test('guichet chat comes back after a restart, says so, and sends what was typed meanwhile', async () => {
  const first = await serve('0')
  const { port } = new URL(first.url)
  const url = `${first.url.replace('http', 'ws')}/room`
  const calvin = new Terminal(url, '--name', 'calvin')
  calvin.type('hello')
  await calvin.until(/^\* you are ~calvin; here: ~calvin\n~calvin: hello\n$/)
  await first.stop()
  await calvin.until(/The server ended the chat: the server is closing \(1001\)\nTrying again in 0.5 s\n/, 'err')
  calvin.type('are you back?')
  const second = await serve(port)
  await calvin.until(/\* back again, what was said meanwhile cannot be recovered; you are ~calvin; here: ~calvin\n/)
  await calvin.until(/~calvin: are you back\?\n$/)
  assert.match(calvin.err, /Connected again/)
  assert.equal(await calvin.stop(), 0)
  await second.stop()
})

/** Between a client and the server: it can be cut. */
async function openWire(port: number): Promise<{ readonly port: number; cut(): void; close(): void }> {
  const sockets = new Set<Socket>()
  const wire = createServer((near) => {
    const far = connect(port, '127.0.0.1')
    for (const socket of [near, far]) sockets.add(socket.on('error', () => undefined))
    near.pipe(far).pipe(near)
  }).listen(0, '127.0.0.1')
  await once(wire, 'listening')
  const address = wire.address()
  assert.ok(typeof address === 'object' && address !== null)
  const cut = (): void => {
    for (const socket of sockets) socket.destroy()
    sockets.clear()
  }
  return { port: address.port, cut, close: () => void wire.close() }
}

test('guichet chat reads after a broken connection exactly what it missed', async () => {
  const server = await serve('0')
  const wire = await openWire(Number(new URL(server.url).port))
  const say = (text: string): Promise<unknown> =>
    fetch(`${server.url}/room/say`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ text }),
    })
  const calvin = new Terminal(`ws://127.0.0.1:${wire.port}/room`, '--name', 'calvin')
  await calvin.until(/here/)
  await say('one')
  await calvin.until(/: one\n/)
  wire.cut()
  await say('two')
  await calvin.until(/: two\n/)
  await say('three')
  await calvin.until(/: three\n$/)
  assert.match(calvin.err, /^The connection is lost\nTrying again in 0.5 s\nConnected again\n$/)
  assert.match(calvin.out, /back again, all that was said meanwhile follows/)
  assert.deepEqual(
    [...calvin.out.matchAll(/: (one|two|three)\n/g)].map(([, text]) => text),
    ['one', 'two', 'three'],
  )
  assert.equal(await calvin.stop(), 0)
  wire.close()
  await server.stop()
})

test('guichet chat gives up after its retries, with code 1', async () => {
  const server = await serve('0')
  const calvin = new Terminal(`${server.url.replace('http', 'ws')}/plain`, '--retries', '1')
  calvin.type('hello')
  await calvin.until(/hello\n$/)
  await server.stop()
  assert.equal(await calvin.code, 1)
  assert.match(calvin.err, /nothing listens on that port\nGiving up after 1 retry\n$/)
})

test('guichet chat says what the server answers to who may not come in, and does not try again', async () => {
  const server = await serve('0')
  const moe = new Terminal(`${server.url.replace('http', 'ws')}/door`)
  assert.equal(await moe.code, 1)
  assert.match(moe.err, /Cannot open the WebSocket: the server answers 403: you may not come in/)
  await server.stop()
})

test('guichet chat over TCP says all that was typed before the end of its input, and reads what comes until then', async (t) => {
  const heard: string[] = []
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    // Some of it waits while the input ends.
    socket.write('news\n'.repeat(1000))
    socket.on('data', (text) => heard.push(String(text))).on('error', () => heard.push('<reset>'))
    socket.on('end', () => socket.end('bye\n'))
  }).listen(0, '127.0.0.1')
  t.after(() => server.close())
  await once(server, 'listening')
  const address = server.address()
  assert.ok(typeof address === 'object' && address !== null)
  const moe = new Terminal(`tcp://127.0.0.1:${address.port}`, '--name', 'moe')
  moe.stdin.end('hello\nlast')
  assert.equal(await moe.code, 0)
  assert.equal(heard.join(''), 'moe\nhello\nlast\n')
  assert.match(moe.out, /\nbye\n$/)
})

test('guichet chat shows a line end inside of a message as what it is', async () => {
  const server = await serve('0')
  const [calvin, moe] = [1, 2].map(() => new Terminal(`${server.url.replace('http', 'ws')}/room`)) as [
    Terminal,
    Terminal,
  ]
  await calvin.until(/here/)
  await moe.until(/here/)
  await fetch(`${server.url}/room/say`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ text: 'a\n~calvin: b\u001b[2J' }),
  })
  await moe.until(/: a\\x0a~calvin: b\\x1b\[2J\n/)
  await Promise.all([calvin.stop(), moe.stop(), server.stop()])
})
