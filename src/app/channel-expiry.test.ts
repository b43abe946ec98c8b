import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { z } from 'zod'
import { ticket } from '../authn/ticket.ts'
import { token } from '../authn/token.ts'
import { AUTH } from '../authz/rules.ts'
import { createTcpClient } from '../dial/tcp-client.ts'
import { createWebSocketClient } from '../dial/websocket-client.ts'
import { lines } from '../wire/lines.ts'
import { guichet } from './guichet.ts'
import { serveApp } from './serve.ts'

const MINUTE_MS = 60_000
/** Lifetime, grace, and the second to which a limit is rounded. */
const OVER_MS = 16 * MINUTE_MS + 1000
const tokens = token({ lifetimeMs: 15 * MINUTE_MS, graceMs: MINUTE_MS })
const tickets = ticket()
const app = guichet({ name: 'expiry', authn: [tokens, tickets] })
const leaves: string[] = []
const room = app.channel(
  '/room',
  { authorize: AUTH, messages: { say: { params: { text: z.string() } } }, plainText: { type: 'say', param: 'text' } },
  { onLeave: (_, { user }, reason) => void leaves.push(`${user} ${reason}`) },
)
app.tcp(0, { channel: room })
app.post('/ticket', { authorize: AUTH, authn: [tokens] }, async (_, { user, identity }) => ({
  ticket: await tickets.create(user, identity),
}))

const clock = { nowMs: Date.now(), now: () => clock.nowMs }
const running = await serveApp(app['~definition'], {
  environment: { PORT: '0', LOG_LEVEL: 'silent', GUICHET_AUDIT: 'off' },
  clock,
})
after(() => running.stop())
const http = running.url
const ws = `${http.replace('http', 'ws')}/room`
const [tcpUrl = ''] = running.socketUrls

const bearer = async (login: string): Promise<string> => `Bearer ${await running.tokenIssuer?.createToken(login, {})}`
const JSON_PROTOCOL = ['guichet.json']

async function until(isTrue: () => boolean): Promise<void> {
  for (let i = 0; i < 500 && !isTrue(); i++) await new Promise((resolve) => setTimeout(resolve, 10))
  assert.ok(isTrue())
}

test('a WebSocket ends with its token, with a code of its own and without a forget()', async () => {
  const authorization = await bearer('calvin')
  const socket = await createWebSocketClient(ws, { headers: { authorization }, protocols: JSON_PROTOCOL })
  await socket.messages.next()
  clock.nowMs += OVER_MS - 2000
  await socket.send(JSON.stringify({ type: 'say', params: { text: 'in time' } }))
  assert.match(String((await socket.messages.next()).value), /in time/)
  clock.nowMs += 2000
  const { code, reason } = await socket.ended
  assert.equal(`${code} ${reason}`, '4401 your credentials have expired: come back with new ones')
  await until(() => leaves.includes('calvin ROOMS_EXPIRED'))
})

test('a member says nothing with a token that has ended', async () => {
  const authorization = await bearer('susie')
  const socket = await createWebSocketClient(ws, { headers: { authorization }, protocols: JSON_PROTOCOL })
  await socket.messages.next()
  clock.nowMs += OVER_MS
  await socket.send(JSON.stringify({ type: 'say', params: { text: 'too late' } }))
  assert.equal((await socket.ended).code, 4401)
  assert.equal((await socket.messages.next()).done, true)
})

test('an event stream says why and ends with its token', async () => {
  const authorization = await bearer('moe')
  const events = await fetch(`${http}/room`, { headers: { accept: 'text/event-stream', authorization } })
  clock.nowMs += OVER_MS
  const text = await events.text()
  assert.match(text, /"code":"ROOMS_EXPIRED"/)
  assert.equal((await fetch(`${http}/room`, { headers: { accept: 'text/event-stream', authorization } })).status, 401)
})

test('a TCP connection says why and ends with its token', async () => {
  const { hostname, port } = new URL(tcpUrl)
  const client = await createTcpClient({ host: hostname, port: Number(port), framing: lines })
  await client.send(await bearer('rosalyn'))
  await client.send('hello')
  assert.equal((await client.messages.next()).value, 'rosalyn: hello')
  clock.nowMs += OVER_MS
  assert.equal((await client.messages.next()).value, '! your credentials have expired: come back with new ones')
  assert.equal((await client.messages.next()).done, true)
})

test('what was opened with a ticket ends with the token that took the ticket', async () => {
  const authorization = await bearer('hobbes')
  const answer = await fetch(`${http}/ticket`, { method: 'POST', headers: { authorization } })
  const { ticket: text } = (await answer.json()) as { readonly ticket: string }
  const socket = await createWebSocketClient(`${ws}?ticket=${text}`, { protocols: JSON_PROTOCOL })
  await socket.messages.next()
  clock.nowMs += OVER_MS
  assert.equal((await socket.ended).code, 4401)
})
