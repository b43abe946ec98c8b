import assert from 'node:assert/strict'
import { test } from 'node:test'
import { z } from 'zod'
import { guichet } from '../app/guichet.ts'
import { token } from '../authn/token.ts'
import { AUTH, OPEN } from '../authz/rules.ts'
import { openTestApp, type TestAppOptions } from './open-test-app.ts'

const tokens = token({ lifetimeMs: 900_000 })
const app = guichet({ name: 'transports', authn: [tokens] })
const messages = { say: { params: { text: z.string().max(5) } }, ask: {} }
const room = app.channel(
  '/rooms/:room',
  { authorize: AUTH, messages, history: 10, presence: true },
  {
    onMessage: { ask: (_, { user }) => ({ you: user }) },
  },
)
const plain = app.channel('/plain', { authorize: OPEN, messages, plainText: { type: 'say', param: 'text' } })
app.tcp(0, { channel: plain })
app.tcp(0, { channel: room, args: { room: 'other' } })
app.tcp(0, { channel: room })
app.udp(0, { channel: room })

const WAYS = ['websocket', 'events', 'tcp', 'udp'] as const
const open = (transport: 'memory' | 'socket', options: TestAppOptions = {}) =>
  openTestApp(app, { transport, by: 'token', ...options })

for (const transport of ['memory', 'socket'] as const) {
  for (const by of WAYS) {
    test(`join() by ${by} hears and speaks like any other, app by ${transport}`, async () => {
      await using opened = await open(transport)
      const susie = await opened.client.as('susie').join('/rooms/tea')
      const calvin = await opened.client.as('calvin').join('/rooms/tea', { by })
      await calvin.expect({ type: 'joined', room: '/rooms/tea', user: 'calvin' })
      await susie.expect({ type: 'presence', change: 'joined', from: 'calvin' })
      await susie.send('say', { text: 'é€' })
      await calvin.expect({ type: 'say', from: 'susie', data: { text: 'é€' } })
      await calvin.send('say', { text: 'hello' })
      await susie.expect({ type: 'say', user: 'calvin', data: { text: 'hello' } })
      assert.deepEqual(await calvin.call('ask'), { type: 'reply', id: 1, data: { you: 'calvin' } })
      assert.equal((await calvin.call('say', { text: 'too long' }))['status'], 400)
      await calvin.leave()
      await susie.expect({ change: 'left', from: 'calvin' })
      await susie.leave()
    })

    test(`join() by ${by} is refused, and comes back where it was, app by ${transport}`, async () => {
      await using opened = await open(transport)
      if (by === 'udp') await assert.rejects(opened.client.join('/rooms/tea', { by }), /Cannot join by UDP as nobody/)
      else await opened.client.refused('/rooms/tea', 401, { by })
      const susie = await opened.client.as('susie').join('/rooms/tea')
      const joined = await susie.expect({ type: 'joined' })
      await susie.call('say', { text: 'one' })
      const since = typeof joined === 'string' ? '' : String(joined['position'])
      const calvin = await opened.client.as('calvin').join(`/rooms/tea?since=${since}`, { by })
      await calvin.expect({ type: 'joined', recovered: true })
      await calvin.expect({ type: 'say', data: { text: 'one' } })
      await calvin.leave()
      await susie.leave()
    })
  }

  test(`join() by any way ends with the token, in the time of the test, app by ${transport}`, async () => {
    const clock = { nowMs: Date.now(), now: () => clock.nowMs }
    await using opened = await open(transport, { clock })
    for (const by of ['websocket', 'events', 'tcp'] as const) {
      const calvin = await opened.client.as('calvin').join('/rooms/tea', { by })
      await calvin.expect({ type: 'joined' })
      clock.nowMs += 3_600_000
      await calvin.expectEnd(4401)
    }
  })

  test(`join() by tcp speaks lines where the socket does, app by ${transport}`, async () => {
    await using opened = await open(transport)
    const moe = await opened.client.join('/plain?name=moe', { by: 'tcp' })
    await moe.write('hello')
    await moe.expect('~moe: hello')
    await assert.rejects(moe.send('say', { text: 'x' }), /use write\(\)/)
    await moe.leave()
    await assert.rejects(opened.client.join('/nothing', { by: 'tcp' }), /declares no such socket/)
    const urls = await opened.socketUrls()
    assert.deepEqual(
      urls.map((url) => url.slice(0, 16)),
      ['tcp://127.0.0.1:', 'tcp://127.0.0.1:', 'tcp://127.0.0.1:', 'udp://127.0.0.1:'],
    )
  })
}
