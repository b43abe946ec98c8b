import assert from 'node:assert/strict'
import { connect } from 'node:net'
import { after, test } from 'node:test'
import { z } from 'zod'
import { custom } from '../authn/custom.ts'
import { token } from '../authn/token.ts'
import { AUTH, group, OPEN } from '../authz/rules.ts'
import { ConfigError } from '../core/config-error.ts'
import { createTcpClient, type TcpClient } from '../dial/tcp-client.ts'
import { createUdpClient, type UdpClient } from '../dial/udp-client.ts'
import { encodeDatagram } from '../wire/datagram.ts'
import { createDatagramKey, type DatagramKey } from '../wire/datagram-key.ts'
import { lengthPrefixedBytes, lengthPrefixedJson } from '../wire/length-prefix.ts'
import { lines } from '../wire/lines.ts'
import { guichet } from './guichet.ts'
import { serveApp } from './serve.ts'

const json = lengthPrefixedJson(64)
const app = guichet({ name: 'sockets', authn: [token(), custom('nobody', () => null)] })
const open = app.channel('/open', {
  authorize: OPEN,
  messages: { say: { params: { text: z.string().min(1).max(100) } } },
  plainText: { type: 'say', param: 'text' },
  history: 100,
})
const closed = app.channel(
  '/closed/:room',
  { authorize: AUTH, messages: { say: { params: { text: z.string() } }, count: {} }, history: 100 },
  { onMessage: { count: ({ room }, call) => `${call.user} counts in ${room}` } },
)
const world = { members: new Set(['susie']), steps: [] as string[] }
const guarded = app.channel(
  '/guarded/:room',
  {
    authorize: group('MEMBER', (login) => world.members.has(login)),
    messages: { say: { params: { text: z.string() } } },
  },
  {
    onJoin: ({ room }) => void world.steps.push(`joined ${room}`),
    onLeave: ({ room }, _, reason) => void world.steps.push(`left ${room} ${reason}`),
  },
)
app.post('/forget', { authorize: OPEN }, (_, call) => call.forget('susie'))
app.tcp(0, { channel: open })
app.tcp(0, { channel: closed })
app.udp(0, { channel: closed })
app.udp(0, { authorize: OPEN, params: { text: z.string().max(10) } }, ({ text }) => text.toUpperCase())
app.udp(0, { channel: open, isOpen: true })
app.tcp(0, { authorize: OPEN, params: { text: z.string().max(10) } }, async ({ text }) =>
  text === 'quiet' ? undefined : `${text}!`,
)
app.tcp(
  0,
  { authorize: AUTH, framing: 'json', params: { a: z.int(), b: z.int() }, hasCredentials: true },
  ({ a, b }, { user }) => ({
    sum: a + b,
    user,
  }),
)
app.tcp(0, { authorize: OPEN, framing: 'json', params: { text: z.string() } }, ({ text }) => text)
app.udp(0, { channel: guarded, limits: { datagramListenersMax: 2 } })
app.udp(0, { channel: guarded, limits: { datagramListenMs: 300 } })
app.udp(0, { authorize: OPEN, params: { text: z.string() }, limits: { datagramReplyBytesMax: 64 } }, ({ text }) =>
  text.repeat(100),
)

const running = await serveApp(app['~definition'], {
  environment: { PORT: '0', LOG_LEVEL: 'silent', GUICHET_AUDIT: 'off' },
})
after(() => running.stop())
const ports = running.socketUrls.map((url) => Number(new URL(url).port))
const [
  OPEN_TCP = 0,
  CLOSED_TCP = 0,
  CLOSED_UDP = 0,
  UPPER_UDP = 0,
  OPEN_UDP = 0,
  LINES_TCP = 0,
  SUM_TCP = 0,
  ECHO_TCP = 0,
  GUARDED_UDP = 0,
  SHORT_UDP = 0,
  REPEAT_UDP = 0,
] = ports
const bearer = async (login: string): Promise<string> => `Bearer ${await running.tokenIssuer?.createToken(login, {})}`

type Json = Readonly<Record<string, unknown>>

async function next<Message>(client: TcpClient<Message>): Promise<Message> {
  const { value, done } = await client.messages.next()
  assert.ok(done !== true, 'the server ended')
  return value
}

async function dialJson(port: number): Promise<TcpClient<Json>> {
  return (await createTcpClient({ host: '127.0.0.1', port, framing: json })) as TcpClient<Json>
}

const dialLines = (port: number): Promise<TcpClient<string>> =>
  createTcpClient({ host: '127.0.0.1', port, framing: lines })

test('tcp() carries a channel in lines: the first one is the name, each further one a message', async () => {
  const [calvin, susie] = [await dialLines(OPEN_TCP), await dialLines(OPEN_TCP)]
  await calvin.send('calvin')
  await calvin.send('hello é€')
  assert.equal(await next(calvin), '~calvin: hello é€')
  await susie.send('susie')
  assert.equal(await next(susie), '~calvin: hello é€')
  await susie.send('hi')
  assert.equal(await next(calvin), '~susie: hi')
  await susie.send('x'.repeat(101))
  assert.equal(await next(susie), '~susie: hi')
  assert.match(await next(susie), /^! /)
  calvin.close()
  susie.close()
})

test('tcp() knows who sends a token as the first line', async () => {
  const client = await dialLines(OPEN_TCP)
  await client.send(await bearer('calvin'))
  await client.send('who am I')
  for (;;) if ((await next(client)) === 'calvin: who am I') break
  client.close()
})

test('tcp() refuses a first line with wrong credentials, and ends', async () => {
  const client = await dialLines(OPEN_TCP)
  await client.send('Bearer wrong')
  assert.equal(await next(client), '! invalid token')
  assert.equal((await client.messages.next()).done, true)
})

test('tcp() tells who sends what is no message, then ends', async () => {
  const cases = [
    { port: OPEN_TCP, bytes: Buffer.from('ear\nbad \xff\n', 'latin1'), words: /! the line is not UTF-8/ },
    { port: OPEN_TCP, bytes: Buffer.alloc(70_000, 120), words: /! the line is longer than 65536 bytes/ },
    { port: LINES_TCP, bytes: Buffer.from('\xff\n', 'latin1'), words: /! the line is not UTF-8/ },
    { port: CLOSED_TCP, bytes: Buffer.from([0xff, 0, 0, 0]), words: /"status":413,"code":"ROOMS_TOO_LARGE"/ },
    { port: SUM_TCP, bytes: Buffer.from([0, 0, 0, 1, 120]), words: /"code":"ROOMS_BAD_MESSAGE"/ },
  ]
  for (const { port, bytes, words } of cases) {
    const socket = connect(port, '127.0.0.1')
    socket.write(bytes)
    let heard = ''
    for await (const chunk of socket) heard += String(chunk)
    assert.match(heard, words)
  }
})

test('tcp() carries a channel in JSON: the room and the credentials come first', async () => {
  const client = await dialJson(CLOSED_TCP)
  await client.send({ params: { room: 'tea' }, authorization: await bearer('calvin') })
  const joined = await next(client)
  assert.equal(joined['room'], '/closed/tea')
  await client.send({ type: 'count', id: 1 })
  assert.equal((await next(client))['data'], 'calvin counts in tea')
  await client.send({ type: 'say', params: { text: 'a' } })
  assert.equal((await next(client))['offset'], 1)
  client.close()
  const back = await dialJson(CLOSED_TCP)
  await back.send({ params: { room: 'tea' }, authorization: await bearer('calvin'), since: joined['position'] })
  assert.equal((await next(back))['recovered'], true)
  assert.deepEqual((await next(back))['data'], { text: 'a' })
  back.close()
})

test('tcp() in JSON refuses who has no credentials, no room or no sense', async () => {
  const cases: readonly { readonly first: unknown; readonly status: number }[] = [
    { first: { params: { room: 'tea' } }, status: 401 },
    { first: { params: {}, authorization: await bearer('calvin') }, status: 400 },
    { first: { room: 'tea' }, status: 400 },
    { first: [1], status: 400 },
    { first: { params: { room: 'tea' }, name: 7 }, status: 400 },
  ]
  for (const { first, status } of cases) {
    const client = await dialJson(CLOSED_TCP)
    await client.send(first as Json)
    assert.equal((await next(client))['status'], status)
    assert.equal((await client.messages.next()).done, true)
  }
})

/** A UDP client that signs. */
class Signer {
  readonly client: UdpClient
  readonly #key: DatagramKey
  #count = 0

  constructor(client: UdpClient, key: DatagramKey) {
    this.client = client
    this.#key = key
  }

  static async open(login: string, expiresAtMs = Date.now() + 60_000, port = CLOSED_UDP): Promise<Signer> {
    const client = await createUdpClient({ host: '127.0.0.1', port })
    return new Signer(client, createDatagramKey(running.services.keyring, login, expiresAtMs))
  }

  sign(payload: object): Uint8Array {
    const nonce = Buffer.alloc(8)
    nonce.writeUInt32BE(++this.#count)
    const datagram = {
      keyId: this.#key.keyId,
      sentAtMs: Date.now(),
      nonce,
      payload: Buffer.from(JSON.stringify(payload)),
    }
    return encodeDatagram(datagram, this.#key.key)
  }

  async ask(payload: object): Promise<Json> {
    await this.client.send(this.sign(payload))
    return this.hear()
  }

  async hear(): Promise<Json> {
    const answer = (await this.client.receive(2000)) ?? assert.fail('no answer')
    return JSON.parse(Buffer.from(answer).toString()) as Json
  }
}

test('udp() takes signed datagrams as messages, and answers them', async () => {
  const signer = await Signer.open('susie')
  const answer = await signer.ask({ params: { room: 'udp' }, message: { type: 'count', id: 7 } })
  assert.deepEqual(answer, { type: 'reply', id: 7, data: 'susie counts in udp' })
  assert.equal(
    (await signer.ask({ params: { room: 'udp' }, message: { type: 'dance', id: 8 } }))['code'],
    'ROOMS_BAD_MESSAGE',
  )
  signer.client.close()
})

test('udp() is silent for datagrams that are not signed, changed, repeated or too old', async () => {
  const signer = await Signer.open('susie')
  const expired = await Signer.open('susie', Date.now() - 1)
  const good = signer.sign({ params: { room: 'udp' }, message: { type: 'count', id: 1 } })
  const changed = Buffer.from(good)
  changed[good.length - 20] = (changed[good.length - 20] ?? 0) ^ 1
  await signer.client.send(Buffer.from('{"params":{"room":"udp"},"message":{"type":"count","id":1}}'))
  await signer.client.send(changed)
  await signer.client.send(good)
  await signer.client.send(good)
  await expired.client.send(expired.sign({ params: { room: 'udp' }, message: { type: 'count', id: 1 } }))
  assert.equal((await signer.hear())['id'], 1)
  assert.equal(await signer.client.receive(200), null)
  assert.equal(await expired.client.receive(50), null)
  signer.client.close()
  expired.client.close()
})

test('udp() lets a client hear a room once it has shown that its address is its own', async () => {
  const signer = await Signer.open('susie')
  const params = { room: 'ears' }
  const { type, confirm } = await signer.ask({ params })
  assert.equal(type, 'confirm')
  for (const wrong of ['x'.repeat(22), 'é'.repeat(22), ''])
    assert.equal((await signer.ask({ params, confirm: wrong }))['type'], 'confirm')
  assert.equal((await signer.ask({ params, confirm }))['type'], 'joined')
  closed.publish({ room: 'ears' }, { say: { text: 'heard' } })
  assert.deepEqual((await signer.hear())['data'], { text: 'heard' })
  signer.client.close()
})

async function listen(signer: Signer, room: string): Promise<Json> {
  const { confirm } = await signer.ask({ params: { room } })
  return signer.ask({ params: { room }, confirm })
}

const forget = async (): Promise<void> => {
  const reply = await fetch(`${running.url}/forget`, { method: 'POST' })
  assert.equal(reply.status, 204)
}

test('udp() lets a client hear several rooms until its rights end, and runs onJoin() and onLeave() for places alone', async () => {
  const signer = await Signer.open('susie', Date.now() + 60_000, GUARDED_UDP)
  const message = { type: 'say', params: { text: 'hello' }, id: 1 }
  assert.equal((await signer.ask({ params: { room: 'a' }, message }))['type'], 'reply')
  assert.deepEqual(world.steps, [])
  for (const room of ['a', 'b']) assert.equal((await listen(signer, room))['room'], `/guarded/${room}`)
  assert.equal((await listen(signer, 'c'))['code'], 'ROOMS_FULL')
  await forget()
  for (const room of ['a', 'b']) {
    guarded.publish({ room }, { say: { text: room } })
    assert.deepEqual((await signer.hear())['data'], { text: room })
  }
  world.members.delete('susie')
  await forget()
  for (const _ of ['a', 'b']) assert.equal((await signer.hear())['code'], 'ROOMS_REVOKED')
  guarded.publish({ room: 'a' }, { say: { text: 'secret' } })
  assert.equal((await signer.ask({ params: { room: 'a' }, message }))['status'], 403)
  assert.deepEqual(world.steps, ['joined a', 'joined b', 'left a ROOMS_REVOKED', 'left b ROOMS_REVOKED'])
  signer.client.close()
})

test('udp() lets a client go that does not ask again within datagramListenMs', async () => {
  world.members.add('susie')
  world.steps.length = 0
  const signer = await Signer.open('susie', Date.now() + 60_000, SHORT_UDP)
  await listen(signer, 'short')
  for (let i = 0; i < 500 && world.steps.length < 2; i++) await new Promise((resolve) => setTimeout(resolve, 10))
  assert.deepEqual(world.steps, ['joined short', 'left short lost'])
  signer.client.close()
})

test('udp() cuts an answer to an unsigned datagram at datagramReplyBytesMax, between characters', async () => {
  const client = await createUdpClient({ host: '127.0.0.1', port: REPEAT_UDP })
  for (const [text, bytes] of [
    ['a', 64],
    ['é€', 62],
  ] as const) {
    await client.send(Buffer.from(text))
    const answer = Buffer.from((await client.receive(2000)) ?? [])
    assert.equal(answer.length, bytes)
    assert.ok(!answer.toString().includes('\ufffd'))
  }
  client.close()
})

test('udp() serves a service of datagrams, and tells what is wrong', async () => {
  const client = await createUdpClient({ host: '127.0.0.1', port: UPPER_UDP })
  await client.send(Buffer.from('ping é'))
  assert.equal(Buffer.from((await client.receive(2000)) ?? []).toString(), 'PING É')
  await client.send(Buffer.from('x'.repeat(11)))
  assert.match(Buffer.from((await client.receive(2000)) ?? []).toString(), /^! /)
  client.close()
})

test('udp() takes plain text as lines of a guest where the channel is open to it', async () => {
  const ear = await dialLines(OPEN_TCP)
  await ear.send('ear')
  const client = await createUdpClient({ host: '127.0.0.1', port: OPEN_UDP })
  await client.send(Buffer.from('by datagram'))
  for (;;) if (/^~127\.0\.0\.1:\d+: by datagram$/.test(await next(ear))) break
  client.close()
  ear.close()
})

test('tcp() serves a service of lines: what its handler returns goes back', async () => {
  const client = await dialLines(LINES_TCP)
  await client.send('a')
  await client.send('quiet')
  await client.send('x'.repeat(11))
  await client.send('b')
  client.end()
  assert.equal(await next(client), 'a!')
  assert.match(await next(client), /^! /)
  assert.equal(await next(client), 'b!')
  assert.equal((await client.messages.next()).done, true)
})

test('tcp() serves a service of JSON for those whose credentials come first', async () => {
  const known = await createTcpClient({ host: '127.0.0.1', port: SUM_TCP, framing: json })
  await known.send(await bearer('calvin'))
  await known.send({ a: 1, b: 2 })
  assert.deepEqual(await next(known), { sum: 3, user: 'calvin' })
  await known.send({ a: 1, b: '2' })
  assert.equal(((await next(known)) as Json)['code'], 'PARAMS_INVALID')
  known.close()
  const stranger = await createTcpClient({ host: '127.0.0.1', port: SUM_TCP, framing: json })
  await stranger.send('nobody')
  await stranger.send({ a: 1, b: 2 })
  assert.equal(((await next(stranger)) as Json)['status'], 401)
  stranger.close()
})

test('a wrong declaration of a socket is told at boot', async () => {
  const wrong = guichet<unknown>({ name: 'wrong' })
  const plain = wrong.channel('/plain/:room', { authorize: OPEN, messages: { say: { params: { text: z.string() } } } })
  const elsewhere = app.channel('/elsewhere', { authorize: OPEN })
  wrong.tcp(70_000, { channel: plain, framing: 'lines' })
  wrong.udp(0, { channel: plain, args: { room: 'a', other: 1 } })
  wrong.tcp(0, { channel: elsewhere })
  const hear = { channel: plain, args: { room: 'a' } }
  wrong.udp(0, { ...hear, tls: {}, limits: { datagramListenMs: 2 ** 40, datagramRateMax: -1 } })
  wrong.tcp(0, { ...hear, framing: 'json', limits: { messageBytes: 1 } as object })
  await assert.rejects(
    serveApp(wrong['~definition'], { environment: { LOG_LEVEL: 'silent', GUICHET_AUDIT: 'off' } }),
    (error: unknown) => {
      assert.ok(error instanceof ConfigError)
      const problems = error.mistakes.map(({ problem }) => problem)
      assert.deepEqual(problems.toSorted(), [
        'a limit is a number',
        'a line cannot say "room": give it in args',
        'a time is one that a timer can wait',
        'datagrams do not go over TLS',
        'the channel declares no plain text',
        'the channel is not one of this app',
        'the path of the channel has no parameter "other"',
        'the port is not a number',
        'there is no such limit',
      ])
      return true
    },
  )
})

test('tcp() and udp() refuse what HTTP refuses too: texts that cannot be kept, names twice and __proto__', async () => {
  const status = async (port: number, texts: readonly string[]): Promise<unknown> => {
    const client = await createTcpClient({ host: '127.0.0.1', port, framing: lengthPrefixedBytes })
    let answer: Json = {}
    for (const text of texts) {
      await client.send(Buffer.from(text))
      answer = JSON.parse(Buffer.from(await next(client)).toString()) as Json
    }
    client.close()
    return [answer['type'], answer['status']]
  }
  const join = JSON.stringify({ params: { room: 'texts' }, authorization: await bearer('susie') })
  for (const text of [String.raw`"a\u0000"`, String.raw`"\ud800"`, '"a","text":"b"', '"a","__proto__":{}']) {
    assert.deepEqual(await status(ECHO_TCP, [`{"text":${text}}`]), ['refused', 400], text)
    const message = `{"type":"say","params":{"text":${text}},"id":1}`
    assert.deepEqual(await status(CLOSED_TCP, [join, message]), ['refused', 400], text)
  }
  const service = await dialLines(LINES_TCP)
  await service.send('a\0b')
  assert.match(await next(service), /^! /)
  service.close()
  const upper = await createUdpClient({ host: '127.0.0.1', port: UPPER_UDP })
  await upper.send(Buffer.from('a\0b'))
  assert.match(Buffer.from((await upper.receive(2000)) ?? []).toString(), /^! /)
  upper.close()
})
