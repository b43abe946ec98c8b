import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import {
  createTcpClient,
  createUdpClient,
  createWebSocketClient,
  lines,
  WebSocketRefusedError,
  type WebSocketClient,
} from 'guichet/sockets'
import { openTestApp, type TestApp, type TestClient } from 'guichet/testing'
import { app } from './app.ts'

const PASSWORD = 'correct horse battery'
const USERS = ['calvin', 'susie', 'moe'] as const
type User = (typeof USERS)[number]

let opened: TestApp
let nobody: TestClient
const tokens = new Map<string, string>()
let [tcpPort, udpPort] = [0, 0]

before(async () => {
  opened = await openTestApp(app, { transport: 'socket', environment: { TCP_PORT: '0', UDP_PORT: '0' } })
  const ports = (await opened.socketUrls()).map((url) => Number(new URL(url).port))
  ;[tcpPort = 0, udpPort = 0] = ports
  nobody = opened.client
  for (const username of USERS) {
    await nobody.post('/register', { json: { username, password: PASSWORD }, expect: 201 })
    tokens.set(username, await takeToken(username))
  }
})
after(() => opened.close())

const as = (user: User): TestClient => nobody.withToken(tokens.get(user) ?? '')

async function takeToken(username: string): Promise<string> {
  const reply = await nobody.post('/login', { json: { username, password: PASSWORD }, expect: 200 })
  return (reply.json as { readonly access_token: string }).access_token
}

/** One window of the messenger: a connection and what was heard. */
class Window {
  readonly lines: string[] = []
  readonly #socket: WebSocketClient

  constructor(socket: WebSocketClient) {
    this.#socket = socket
    void this.#listen()
  }

  static async open(path: string, user: User | null): Promise<Window> {
    const url = nobody.url.replace('http', 'ws') + path
    const headers = user === null ? {} : { authorization: `Bearer ${tokens.get(user)}` }
    return new Window(await createWebSocketClient(url, { headers }))
  }

  async #listen(): Promise<void> {
    for await (const line of this.#socket.messages) this.lines.push(line)
  }

  get ended(): WebSocketClient['ended'] {
    return this.#socket.ended
  }

  say(text: string): Promise<void> {
    return this.#socket.send(JSON.stringify({ type: 'say', params: { text } }))
  }

  write(text: string): Promise<void> {
    return this.#socket.send(text)
  }

  async hears(words: string): Promise<void> {
    for (let i = 0; i < 300 && !this.lines.some((line) => line.includes(words)); i++) {
      await new Promise((resolve) => setTimeout(resolve, 10))
    }
    assert.ok(
      this.lines.some((line) => line.includes(words)),
      `"${words}" is not in ${this.lines.join(' ')}`,
    )
  }

  close(): void {
    this.#socket.close()
  }
}

async function statusOf(path: string, user: User | null): Promise<number> {
  const error: unknown = await Window.open(path, user).then(
    () => null,
    (reason: unknown) => reason,
  )
  assert.ok(error instanceof WebSocketRefusedError)
  return error.status
}

async function makeRoom(user: User, isPrivate: boolean): Promise<string> {
  const reply = await as(user).post('/rooms', { json: { title: 'Tree house', isPrivate }, expect: 201 })
  return (reply.json as { readonly id: string }).id
}

test('members of a room hear each other', async () => {
  const room = await makeRoom('calvin', true)
  await as('calvin').put(`/rooms/${room}/members/susie`, { expect: 204 })
  const [calvin, susie] = [await Window.open(`/rooms/${room}`, 'calvin'), await Window.open(`/rooms/${room}`, 'susie')]
  await calvin.say('hello')
  await susie.hears('"from":"calvin","user":"calvin","data":{"text":"hello"}')
  calvin.close()
  susie.close()
})

test('others can neither see nor join a private room', async () => {
  const room = await makeRoom('calvin', true)
  await as('susie').get(`/rooms/${room}/members`, { expect: 404 })
  await as('susie').post(`/rooms/${room}/join`, { expect: 404 })
  await as('susie').put(`/rooms/${room}/members/susie`, { expect: 404 })
  await as('susie').post(`/rooms/${room}/say`, { json: { text: 'x' }, expect: 404 })
  assert.equal(await statusOf(`/rooms/${room}`, 'susie'), 404)
  assert.equal(await statusOf('/rooms/no-such-room', 'susie'), 404)
  const rooms = (await as('susie').get('/rooms', { expect: 200 })).json as readonly { readonly id: string }[]
  assert.ok(!rooms.some(({ id }) => id === room))
})

test('a public room is seen by all users, and joined by those who want', async () => {
  const room = await makeRoom('calvin', false)
  assert.equal(await statusOf(`/rooms/${room}`, 'susie'), 403)
  assert.equal(await statusOf(`/rooms/${room}`, null), 401)
  await as('susie').post(`/rooms/${room}/join`, { expect: 204 })
  const susie = await Window.open(`/rooms/${room}`, 'susie')
  await susie.hears('"type":"joined"')
  susie.close()
})

test('a member who is put out hears nothing more, and cannot come back', async () => {
  const room = await makeRoom('calvin', true)
  await as('calvin').put(`/rooms/${room}/members/moe`, { expect: 204 })
  const [calvin, moe] = [await Window.open(`/rooms/${room}`, 'calvin'), await Window.open(`/rooms/${room}`, 'moe')]
  await moe.hears('"type":"joined"')
  await as('moe').delete(`/rooms/${room}/members/moe`, { expect: 403 })
  await as('calvin').delete(`/rooms/${room}/members/moe`, { expect: 204 })
  await calvin.say('without moe')
  await calvin.hears('without moe')
  assert.equal((await moe.ended).code, 4403)
  assert.ok(!moe.lines.some((line) => line.includes('without moe')))
  assert.equal(await statusOf(`/rooms/${room}`, 'moe'), 404)
  calvin.close()
})

test('a logout ends the connections that were opened with its token', async () => {
  const token = await takeToken('moe')
  const client = await createWebSocketClient(`${nobody.url.replace('http', 'ws')}/rooms/open`, {
    headers: { authorization: `Bearer ${token}` },
  })
  await nobody.withToken(token).post('/logout', { expect: 204 })
  assert.equal((await client.ended).code, 4403)
})

test('a ticket opens one WebSocket, once', async () => {
  const room = await makeRoom('susie', true)
  const { ticket } = (await as('susie').post('/ticket', { expect: 200 })).json as { readonly ticket: string }
  const susie = await Window.open(`/rooms/${room}?ticket=${ticket}`, null)
  await susie.hears('"from":"susie"')
  assert.equal(await statusOf(`/rooms/${room}?ticket=${ticket}`, null), 401)
  susie.close()
})

test('the open room is one room, as JSON, as text and over TCP', async () => {
  const [json, text] = [await Window.open('/rooms/open', 'calvin'), await Window.open('/ws?name=rosalyn', null)]
  const tcp = await createTcpClient({ host: '127.0.0.1', port: tcpPort, framing: lines })
  await tcp.send('hobbes')
  await tcp.send('from TCP é€')
  await Promise.all([json, text].map((window) => window.hears('from TCP é€')))
  assert.ok(text.lines.includes('~hobbes: from TCP é€'))
  await text.write('from the web')
  await json.hears('"from":"rosalyn","user":null,"data":{"text":"from the web"}')
  const heard: string[] = []
  for await (const line of tcp.messages) if (heard.push(line) > 0 && line.includes('from the web')) break
  assert.ok(heard.includes('~rosalyn: from the web'))
  const udp = await createUdpClient({ host: '127.0.0.1', port: udpPort })
  await udp.send(Buffer.from('ping'))
  const here = Buffer.from((await udp.receive(2000)) ?? []).toString()
  assert.equal(here.split(', ').length, 3)
  assert.match(here, /^Here: .*calvin.*/)
  assert.match(here, /~hobbes/)
  udp.close()
  tcp.close()
  json.close()
  text.close()
})
