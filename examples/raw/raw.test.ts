import assert from 'node:assert/strict'
import { mock, test, type TestContext } from 'node:test'
import { createTcpClient, createUdpClient, lines } from 'guichet/sockets'
import * as api from './api-server.ts'
import * as chat from './chat.ts'
import * as http from './http-server.ts'
import { ask } from './tcp-client.ts'
import * as tcp from './tcp-server.ts'
import * as udp from './udp-echo.ts'

mock.method(console, 'log', () => {})

interface Server {
  readonly address: { readonly port: number } | null
  close(deadlineMs: number): Promise<void>
}

async function open(t: TestContext, serve: (port: number) => Promise<Server>): Promise<number> {
  const server = await serve(0)
  t.after(() => server.close(0))
  return server.address?.port ?? assert.fail()
}

test('tcp-server answers what tcp-client sends', async (t) => {
  const port = await open(t, tcp.serve)
  assert.deepEqual(await ask('127.0.0.1', port, 'Ola Mundo!'), ['You said: Ola Mundo!'])
})

test('udp-echo sends a datagram back', async (t) => {
  const client = await createUdpClient({ host: '127.0.0.1', port: await open(t, udp.serve) })
  t.after(() => client.close())
  await client.send(Buffer.from('ping'))
  assert.equal(Buffer.from((await client.receive(2000)) ?? []).toString(), 'ping')
})

test('chat carries lines to all others, with the name of who wrote them', async (t) => {
  const port = await open(t, chat.serve)
  const dial = () => createTcpClient({ host: '127.0.0.1', port, framing: lines })
  const [calvin, susie] = [await dial(), await dial()]
  t.after(() => [calvin, susie].forEach((client) => client.close()))
  await susie.send('susie')
  assert.equal((await susie.messages.next()).value, '* here: susie')
  await calvin.send('calvin')
  assert.equal((await calvin.messages.next()).value, '* here: susie, calvin')
  assert.equal((await susie.messages.next()).value, '* calvin joined')
  await calvin.send('hello é')
  assert.equal((await susie.messages.next()).value, 'calvin: hello é')
  await susie.send('hi')
  assert.equal((await calvin.messages.next()).value, 'susie: hi')
  calvin.close()
  assert.equal((await susie.messages.next()).value, '* calvin left')
})

test('http-server answers any HTTP client', async (t) => {
  const url = `http://127.0.0.1:${await open(t, http.serve)}`
  const page = await fetch(url)
  assert.equal(page.status, 200)
  assert.equal(await page.text(), '<h1>Olá Mundo!</h1>\n')
  const { headers } = await fetch(url, { method: 'HEAD' })
  assert.equal(headers.get('content-length'), '21')
  assert.ok(Date.parse(headers.get('date') ?? '') > 0)
  assert.equal((await fetch(`${url}/nothing`)).status, 404)
  assert.equal((await fetch(url, { method: 'POST', body: 'x' })).status, 405)
})

test('http-server refuses what is no HTTP', async (t) => {
  const answers = await ask('127.0.0.1', await open(t, http.serve), 'hello\r\n\r\n')
  assert.equal(answers[0], 'HTTP/1.1 400 Bad Request')
})

test('api-server keeps notes', async (t) => {
  const url = `http://127.0.0.1:${await open(t, api.serve)}/notes`
  const post = (body: string) => fetch(url, { method: 'POST', body })
  assert.deepEqual(await (await post('{"text": "buy milk"}')).json(), { id: 1, text: 'buy milk' })
  assert.equal((await post('{"text": 1}')).status, 400)
  assert.equal((await post('{')).status, 400)
  assert.deepEqual(await (await fetch(url)).json(), [{ id: 1, text: 'buy milk' }])
  assert.deepEqual(await (await fetch(`${url}/1`)).json(), { id: 1, text: 'buy milk' })
  const head = await fetch(url, { method: 'HEAD' })
  assert.deepEqual([head.status, head.headers.get('content-length')], [200, '29'])
  for (const [place, allow] of [
    [url, 'GET, HEAD, POST'],
    [`${url}/1`, 'GET, HEAD, DELETE'],
  ] as const) {
    const refused = await fetch(place, { method: 'PUT', body: '{}' })
    assert.deepEqual([refused.status, refused.headers.get('allow')], [405, allow])
  }
  assert.equal((await fetch(`${url}/1`, { method: 'DELETE' })).status, 204)
  assert.equal((await fetch(`${url}/1`)).status, 404)
})
