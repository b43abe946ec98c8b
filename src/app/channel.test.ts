import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { z } from 'zod'
import { custom } from '../authn/custom.ts'
import { AUTH, CLOSED, group, OPEN } from '../authz/rules.ts'
import { refuse } from '../core/refusal.ts'
import {
  createWebSocketClient,
  type WebSocketClient,
  type WebSocketClientOptions,
  WebSocketRefusedError,
} from '../dial/websocket-client.ts'
import type { AuditRecord } from '../audit/record.ts'
import { guichet } from './guichet.ts'
import { type RunningApp, serveApp } from './serve.ts'

/** What the outside of the app sees and may change. */
const world = { members: new Set(['calvin', 'susie']), joins: [] as string[], leaves: [] as string[] }
const audited: AuditRecord[] = []

const member = group('MEMBER', (login) => world.members.has(login))
const user = custom('user', (call) => call.header('x-user') ?? null)
const app = guichet({ name: 'chat', authn: [user], limits: { heartbeatIntervalMs: 1000 } })

const say = { params: { text: z.string().min(1).max(20) } }
const rooms = app.channel(
  '/rooms/:room',
  {
    authorize: member,
    messages: { say, shout: { ...say, authorize: CLOSED }, ask: { params: { n: z.int() } } },
    history: 10,
    presence: true,
  },
  {
    onJoin: ({ room }, call) => {
      if (room === 'full') throw refuse(409, 'the room is full')
      world.joins.push(`${room} ${call.user}`)
    },
    onLeave: ({ room }, call, reason) => void world.leaves.push(`${room} ${call.user} ${reason}`),
    onMessage: { ask: ({ n, room }) => ({ answer: n * 2, room }) },
  },
)
const seen: object[] = []
app.channel(
  '/seen/:room',
  { authorize: OPEN, params: { room: z.string(), colour: z.string() } },
  { onJoin: (args) => void seen.push(args), onLeave: (args) => void seen.push(args) },
)
const open = app.channel('/open', {
  authorize: OPEN,
  messages: { say },
  plainText: { type: 'say', param: 'text' },
  history: 10,
  origins: ['https://app.example'],
})
app.post(
  '/shout',
  { authorize: AUTH, params: { text: z.string(), fails: z.boolean().default(false) } },
  ({ text, fails }) => {
    rooms.publish({ room: 'tea' }, { shout: { text } })
    if (fails) throw refuse(409, 'rolled back')
    return { isSent: true }
  },
)
app.post('/remove', { authorize: AUTH, params: { login: z.string() } }, ({ login }, call) => {
  world.members.delete(login)
  call.forget(login)
})

const audit = {
  name: 'memory',
  record: (record: AuditRecord) => void audited.push(record),
  flush: () => Promise.resolve(),
  close: () => Promise.resolve(),
}
const running: RunningApp = await serveApp(app['~definition'], {
  environment: { PORT: '0', LOG_LEVEL: 'silent', GUICHET_AUDIT: 'off' },
  audit,
})
after(() => running.stop())

const http = running.url
const ws = http.replace('http', 'ws')

/** One client of a channel, and what it has heard. */
class Ear {
  readonly socket: WebSocketClient
  readonly heard: Readonly<Record<string, unknown>>[] = []
  readonly lines: string[] = []

  constructor(socket: WebSocketClient) {
    this.socket = socket
    void this.#listen()
  }

  static async open(path: string, login: string | null, options: WebSocketClientOptions = {}): Promise<Ear> {
    const headers = { ...(login === null ? {} : { 'x-user': login }), ...options.headers }
    return new Ear(await createWebSocketClient(ws + path, { ...options, headers }))
  }

  async #listen(): Promise<void> {
    for await (const text of this.socket.messages) {
      this.lines.push(text)
      if (text.startsWith('{')) this.heard.push(JSON.parse(text) as Readonly<Record<string, unknown>>)
    }
  }

  send(message: object): Promise<void> {
    return this.socket.send(JSON.stringify(message))
  }

  async until(isIt: (event: Readonly<Record<string, unknown>>) => boolean): Promise<Readonly<Record<string, unknown>>> {
    for (let i = 0; i < 300; i++) {
      const event = this.heard.find(isIt)
      if (event !== undefined) return event
      await new Promise((resolve) => setTimeout(resolve, 10))
    }
    return assert.fail(`heard ${JSON.stringify(this.heard)}`)
  }

  untilType(type: string): Promise<Readonly<Record<string, unknown>>> {
    return this.until((event) => event['type'] === type)
  }
}

async function until(isTrue: () => boolean): Promise<void> {
  for (let i = 0; i < 300 && !isTrue(); i++) await new Promise((resolve) => setTimeout(resolve, 10))
  assert.ok(isTrue())
}

async function post(path: string, login: string, body: object): Promise<number> {
  const headers = { 'content-type': 'application/json', 'x-user': login }
  const reply = await fetch(http + path, { method: 'POST', headers, body: JSON.stringify(body) })
  await reply.text()
  return reply.status
}

async function statusOf(path: string, login: string | null, options: WebSocketClientOptions = {}): Promise<number> {
  const error: unknown = await Ear.open(path, login, options).then(
    () => null,
    (reason: unknown) => reason,
  )
  assert.ok(error instanceof WebSocketRefusedError)
  return error.status
}

test('channel() lets in whom its rule lets in, and nobody else', async () => {
  assert.equal(await statusOf('/rooms/tea', null), 401)
  assert.equal(await statusOf('/rooms/tea', 'moe'), 403)
  assert.equal(await statusOf('/rooms/full', 'calvin'), 409)
  const ear = await Ear.open('/rooms/tea', 'calvin')
  const joined = await ear.untilType('joined')
  assert.equal(joined['room'], '/rooms/tea')
  assert.deepEqual(joined['present'], [{ from: 'calvin', user: 'calvin' }])
  ear.socket.close()
  await until(() => world.leaves.includes('tea calvin left'))
  assert.ok(world.joins.includes('tea calvin'))
  assert.ok(!world.joins.includes('full calvin'))
})

test('a message goes to all members of its room, and to no other room', async () => {
  const [calvin, susie, other] = [
    await Ear.open('/rooms/a', 'calvin'),
    await Ear.open('/rooms/a', 'susie'),
    await Ear.open('/rooms/b', 'susie'),
  ]
  await Promise.all([calvin, susie, other].map((ear) => ear.untilType('joined')))
  await calvin.send({ type: 'say', params: { text: 'é€' } })
  const heard = await susie.untilType('say')
  assert.equal(heard['from'], 'calvin')
  assert.deepEqual(heard['data'], { text: 'é€' })
  await calvin.untilType('say')
  assert.equal(other.heard.length, 1)
  for (const ear of [calvin, susie, other]) ear.socket.close()
})

test('a message is validated, authorized and answered like any call, and audited', async () => {
  const ear = await Ear.open('/rooms/c', 'calvin')
  await ear.send({ type: 'say', params: { text: '' }, id: 1 })
  assert.equal((await ear.until(({ id }) => id === 1))['code'], 'PARAMS_INVALID')
  await ear.send({ type: 'say', params: { text: 'x', extra: 1 }, id: 2 })
  assert.equal((await ear.until(({ id }) => id === 2))['status'], 400)
  await ear.send({ type: 'shout', params: { text: 'x' }, id: 3 })
  assert.equal((await ear.until(({ id }) => id === 3))['code'], 'AUTHZ_CLOSED')
  await ear.send({ type: 'dance', id: 4 })
  assert.equal((await ear.until(({ id }) => id === 4))['code'], 'ROOMS_BAD_MESSAGE')
  await ear.send({ type: 'ask', params: { n: 21 }, id: 5 })
  assert.deepEqual((await ear.until(({ id }) => id === 5))['data'], { answer: 42, room: 'c' })
  await ear.send({ type: 'say', params: { text: 'ok' }, id: 'six' })
  assert.equal((await ear.until(({ id }) => id === 'six'))['type'], 'reply')
  await ear.socket.send('no json')
  await ear.until(({ id, code }) => id === null && code === 'ROOMS_BAD_MESSAGE')
  const records = audited.filter(
    ({ method, route }) => method === 'MESSAGE' && route?.startsWith('/rooms/:room/') === true,
  )
  assert.ok(
    records.some(
      ({ code, user: who, transport }) => code === 'AUTHZ_CLOSED' && who === 'calvin' && transport === 'websocket',
    ),
  )
  const bad = audited.filter(
    ({ code, user: who, path }) => code === 'ROOMS_BAD_MESSAGE' && who === 'calvin' && path === null,
  )
  assert.deepEqual(
    bad.map(({ method, route, status }) => `${method} ${route} ${status}`),
    ['MESSAGE /rooms/:room 400', 'MESSAGE /rooms/:room 400'],
  )
  ear.socket.close()
})

test('publish() in a handler is sent after its commit, and never after a refusal', async () => {
  const ear = await Ear.open('/rooms/tea', 'calvin')
  await ear.untilType('joined')
  assert.equal(await post('/shout', 'calvin', { text: 'lost', fails: true }), 409)
  assert.equal(await post('/shout', 'calvin', { text: 'heard' }), 200)
  const heard = await ear.untilType('shout')
  assert.deepEqual(heard['data'], { text: 'heard' })
  assert.equal(heard['from'], null)
  ear.socket.close()
})

test('publish() outside of a call is sent at once', async () => {
  const ear = await Ear.open('/open', null, { protocols: ['guichet.json'] })
  await ear.untilType('joined')
  open.publish({}, { say: { text: 'from a timer' } })
  assert.deepEqual((await ear.untilType('say'))['data'], { text: 'from a timer' })
  ear.socket.close()
})

test('a member who is removed hears nothing more, and says nothing more', async () => {
  world.members.add('moe')
  const [moe, calvin] = [await Ear.open('/rooms/d', 'moe'), await Ear.open('/rooms/d', 'calvin')]
  await moe.untilType('joined')
  assert.equal(await post('/remove', 'calvin', { login: 'moe' }), 204)
  await calvin.send({ type: 'say', params: { text: 'secret' } })
  await calvin.untilType('say')
  assert.deepEqual(await moe.socket.ended, { code: 4403, reason: 'you may no longer listen here' })
  assert.ok(!moe.lines.some((line) => line.includes('secret')))
  assert.equal(await statusOf('/rooms/d', 'moe'), 403)
  await until(() => world.leaves.includes('d moe ROOMS_REVOKED'))
  await until(() =>
    audited.some(({ method, user: who, reason }) => method === 'LEAVE' && who === 'moe' && reason === 'ROOMS_REVOKED'),
  )
  calvin.socket.close()
})

test('a client that comes back gets exactly what it missed, or is told that it cannot', async () => {
  const [calvin, susie] = [await Ear.open('/rooms/e', 'calvin'), await Ear.open('/rooms/e', 'susie')]
  const { position } = await susie.untilType('joined')
  susie.socket.close()
  await susie.socket.ended
  for (const text of ['1', '2', '3']) await calvin.send({ type: 'say', params: { text } })
  await calvin.until(({ data }) => (data as { text?: string } | undefined)?.text === '3')
  const back = await Ear.open(`/rooms/e?since=${String(position)}`, 'susie')
  await back.until(({ data }) => (data as { text?: string } | undefined)?.text === '3')
  assert.equal(back.heard[0]?.['recovered'], true)
  const texts = back.heard.flatMap(({ type, data }) => (type === 'say' ? [(data as { text: string }).text] : []))
  assert.deepEqual(texts, ['1', '2', '3'])
  const lost = await Ear.open('/rooms/e?since=elsewhere:7', 'susie')
  assert.equal((await lost.untilType('joined'))['recovered'], false)
  for (const ear of [calvin, back, lost]) ear.socket.close()
})

test('plain text needs no protocol: each message is a line for all, guests are marked', async () => {
  const [guest, known] = [await Ear.open('/open?name=moe', null), await Ear.open('/open', 'susie')]
  await guest.socket.send('hello')
  await known.socket.send('hi')
  await until(() => [guest, known].every(({ lines }) => lines.includes('~moe: hello') && lines.includes('susie: hi')))
  await guest.socket.send('x'.repeat(21))
  await until(() => guest.lines.some((line) => line.startsWith('! ')))
  guest.socket.close()
  known.socket.close()
})

test('a page of another site cannot join, one of a listed origin can', async () => {
  assert.equal(await statusOf('/open', null, { headers: { origin: 'https://evil.example' } }), 403)
  const ear = await Ear.open('/open', null, { headers: { origin: 'https://app.example' } })
  ear.socket.close()
})

test('a page of our own joins although a proxy writes the default port into Host', async () => {
  const ear = await Ear.open('/open', null, { headers: { host: 'own.example:443', origin: 'https://own.example' } })
  ear.socket.close()
})

test('events carry the same messages, and posts send them', async () => {
  const events = await fetch(`${http}/rooms/f`, { headers: { accept: 'text/event-stream', 'x-user': 'calvin' } })
  assert.equal(events.status, 200)
  assert.equal(events.headers.get('content-type'), 'text/event-stream')
  assert.equal(await post('/rooms/f/say', 'susie', { text: 'posted' }), 204)
  assert.equal(await post('/rooms/f/say', 'moe', { text: 'posted' }), 403)
  assert.equal(await post('/rooms/f/shout', 'susie', { text: 'posted' }), 403)
  let text = ''
  const reader = (events.body ?? assert.fail()).getReader()
  while (!text.includes('posted')) text += Buffer.from((await reader.read()).value ?? []).toString()
  const id = /id: (\S+:1)\n.*posted/.exec(text)?.[1] ?? assert.fail(text)
  await reader.cancel()
  await until(() => world.leaves.includes('f calvin lost'))
  await post('/rooms/f/say', 'susie', { text: 'missed' })
  const again = await fetch(`${http}/rooms/f`, {
    headers: { accept: 'text/event-stream', 'x-user': 'calvin', 'last-event-id': id },
  })
  const next = (again.body ?? assert.fail()).getReader()
  let more = ''
  while (!more.includes('missed')) more += Buffer.from((await next.read()).value ?? []).toString()
  assert.ok(!more.includes('"posted"'))
  await next.cancel()
})

test('onJoin() and onLeave() get the parameters of the channel, not those that every channel has', async () => {
  const ear = await Ear.open('/seen/tea?colour=red&name=moe&ticket=secret&since=x:1', null)
  await ear.untilType('joined')
  ear.socket.close()
  await until(() => seen.length === 2)
  const args = { room: 'tea', colour: 'red' }
  assert.deepEqual(seen, [args, args])
})

test('a plain GET is told how to open a channel', async () => {
  const reply = await fetch(`${http}/open`)
  assert.equal(reply.status, 426)
  assert.match(await reply.text(), /open it as a WebSocket or an event stream/)
})
