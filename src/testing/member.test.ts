import assert, { AssertionError } from 'node:assert/strict'
import { test } from 'node:test'
import { z } from 'zod'
import { guichet } from '../app/guichet.ts'
import { custom } from '../authn/custom.ts'
import { AUTH, OPEN } from '../authz/rules.ts'
import { openTestApp } from './open-test-app.ts'

const app = guichet({ name: 'tested', authn: [custom('badge', (call) => call.header('x-badge') ?? null)] })
const messages = { say: { params: { text: z.string().max(5) } }, ask: {} }
app.channel(
  '/rooms/:room',
  { authorize: AUTH, messages, presence: true },
  { onMessage: { ask: (_, { user }) => ({ you: user }) } },
)
app.channel(
  '/cookies',
  { authorize: OPEN, messages: { ask: {} } },
  { onMessage: { ask: (_, call) => ['a', 'b', 'c'].map((name) => call.cookie(name) ?? null) } },
)
app.get('/baker', { authorize: OPEN }, (_, call) => {
  call.addHeader('set-cookie', 'c=3')
})
app.channel('/open', { authorize: OPEN, messages, plainText: { type: 'say', param: 'text' } })

const as = (login: string) => ({ headers: { 'x-badge': login } })

app.channel(
  '/realm',
  { authorize: OPEN, realm: 'inner', messages: { ask: {} } },
  { onMessage: { ask: (_, { realm }) => realm } },
)

test('call() is answered by a call of the realm of its channel, whatever carries it', async () => {
  await using opened = await openTestApp(app)
  for (const by of ['websocket', 'events'] as const) {
    const member = await opened.client.join('/realm', { by })
    assert.equal((await member.call('ask'))['data'], 'inner', by)
    await member.leave()
  }
})

for (const transport of ['memory', 'socket'] as const) {
  test(`join() lets members of a test hear each other, by ${transport}`, async () => {
    await using opened = await openTestApp(app, { transport })
    const calvin = await opened.client.join('/rooms/tea', as('calvin'))
    await calvin.expect({ type: 'joined', room: '/rooms/tea' })
    const susie = await opened.client.join('/rooms/tea', as('susie'))
    await calvin.expect({ type: 'presence', change: 'joined', from: 'susie' })
    await susie.send('say', { text: 'é€' })
    await calvin.expect({ type: 'say', from: 'susie', data: { text: 'é€' } })
    assert.deepEqual(await susie.call('ask'), { type: 'reply', id: 1, data: { you: 'susie' } })
    assert.equal((await susie.call('say', { text: 'too long' }))['status'], 400)
    await susie.leave()
    await calvin.expect({ change: 'left', from: 'susie' })
    await calvin.leave()
  })

  test(`join() sends all cookies of its client, by ${transport}`, async () => {
    await using opened = await openTestApp(app, { transport })
    const client = opened.client.withCookie('a', '1').withCookie('b', '2').withJar()
    await client.get('/baker')
    const member = await client.join('/cookies')
    assert.deepEqual((await member.call('ask'))['data'], ['1', '2', '3'])
    await member.leave()
  })

  test(`join() fails a test that is refused, refused() one that is not, by ${transport}`, async () => {
    await using opened = await openTestApp(app, { transport })
    await opened.client.refused('/rooms/tea', 401)
    await assert.rejects(opened.client.join('/rooms/tea'), /GET \/rooms\/tea: .*401/)
    await assert.rejects(opened.client.refused('/open', 403), /status 101, expected 403/)
  })

  test(`write() and expect() speak plain text, by ${transport}`, async () => {
    await using opened = await openTestApp(app, { transport })
    const guest = await opened.client.join('/open?name=moe')
    await guest.write('hello')
    await guest.expect('~moe: hello')
    await guest.write('too long')
    await guest.expect(/^! /)
    await guest.leave()
    await assert.rejects(guest.expect({ type: 'say' }), /Heard, as plain text .*guichet\.json/)
    const member = await opened.client.join('/open', { protocols: ['guichet.json'] })
    await member.expect({ type: 'joined' })
    await member.leave()
  })

  test(`expectEnd() sees how the server ends a connection, by ${transport}`, async () => {
    const opened = await openTestApp(app, { transport })
    const member = await opened.client.join('/rooms/tea', as('calvin'))
    await member.expect({ type: 'joined' })
    await opened.close()
    assert.equal((await member.expectEnd(1001)).reason, 'the server is closing')
  })
}

test('expect() shows all that was heard when it was something else', async () => {
  await using opened = await openTestApp(app)
  const member = await opened.client.join('/rooms/tea', as('calvin'))
  await member.expect({ type: 'joined' })
  const waiting = member.expect({ type: 'say' })
  await member.leave()
  await assert.rejects(waiting, (error: unknown) => {
    assert.ok(error instanceof AssertionError)
    assert.match(
      error.message,
      /^\/rooms\/tea: the connection ended before {"type":"say"}[^]*Heard:\n {2}{"type":"joined"/,
    )
    return true
  })
})
