import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { AUTH, desk, guichet, OPEN, perHour, perMinute, type App } from 'guichet'
import { custom } from 'guichet/authn'
import { openTestApp, type TestReply } from 'guichet/testing'

/** A clock that a test moves. */
function createClock(): { nowMs: number; now(): number } {
  return {
    nowMs: Date.UTC(2026, 0, 2),
    now() {
      return this.nowMs
    },
  }
}

const { routes } = desk()
const inner = routes((r) => {
  r.get('/a', { authorize: OPEN }, () => 'a')
  r.get('/b', { authorize: OPEN }, () => 'b')
})

function declareApp(): App<never> {
  const app = guichet({ name: 'limited', authn: [custom('badge', (call) => call.header('x-badge') ?? null)] })
  app.get('/user', { authorize: AUTH, limit: perMinute(3) }, () => 'user')
  app.get('/visitor', { authorize: OPEN, limit: perMinute(3) }, () => 'visitor')
  app.get('/address', { authorize: AUTH, limit: perMinute(3, { by: 'address' }) }, () => 'address')
  app.get('/twice', { authorize: OPEN, limit: [perMinute(2), perMinute(3)] }, () => 'twice')
  app.get('/both', { authorize: OPEN, limit: [perMinute(2), perHour(3)] }, () => 'both')
  app.mount('/shared', inner, { limit: perMinute(2) })
  return app as App<never> // the suite treats all apps alike
}

const left = (reply: TestReply): string => /r=(\d+)/.exec(reply.header('ratelimit') ?? '')?.[1] ?? ''
const summary = (replies: readonly TestReply[]): readonly string[] =>
  replies.map((reply) => `${reply.status} ${left(reply)}`)

for (const transport of ['memory', 'socket'] as const) {
  describe(`rate limits (${transport})`, () => {
    const clock = createClock()
    const open = async () => {
      const environment = { LOG_LEVEL: 'silent', GUICHET_TRUSTED_PROXIES: '127.0.0.1' }
      const opened = await openTestApp(declareApp(), { transport, clock, environment })
      const many = async (path: string, count: number, headers: Readonly<Record<string, string>> = {}) => {
        const replies: TestReply[] = []
        for (let i = 0; i < count; i++) replies.push(await opened.client.get(path, { headers }))
        return replies
      }
      return { many, [Symbol.asyncDispose]: () => opened.close() }
    }

    it('have a name each in one reply, so that a client can tell which one it is near to', async () => {
      await using app = await open()
      const [reply] = await app.many('/twice', 1)
      assert.equal(reply?.header('ratelimit-policy'), '"user-2-in-60s";q=2;w=60, "user-3-in-60s";q=3;w=60')
      assert.equal(reply?.header('ratelimit'), '"user-2-in-60s";r=1;t=60, "user-3-in-60s";r=2;t=60')
    })

    it('let so many calls of each user pass, tell what is left, and refuse the next with Retry-After', async () => {
      await using app = await open()
      const replies = await app.many('/user', 4, { 'x-badge': 'ana' })
      assert.deepEqual(summary(replies.slice(0, 3)), ['200 2', '200 1', '200 0'])
      assert.equal(replies[0]?.header('ratelimit-policy'), '"user-3-in-60s";q=3;w=60')
      assert.equal(replies[0]?.header('ratelimit'), '"user-3-in-60s";r=2;t=60')
      const last = replies.at(-1)
      assert.ok(last !== undefined)
      assert.deepEqual([last.status, last.header('retry-after')], [429, '60'])
      assert.equal((last.json as { code: string }).code, 'GUARD_RATE')
      assert.deepEqual(summary(await app.many('/user', 1, { 'x-badge': 'bia' })), ['200 2'])
    })

    it('begin anew after the window, and not before its end', async () => {
      await using app = await open()
      await app.many('/user', 3, { 'x-badge': 'ana' })
      clock.nowMs += 59_999
      const [late] = await app.many('/user', 1, { 'x-badge': 'ana' })
      assert.deepEqual([late?.status, late?.header('retry-after')], [429, '1'])
      clock.nowMs += 1
      assert.deepEqual(summary(await app.many('/user', 1, { 'x-badge': 'ana' })), ['200 2'])
    })

    it('count visitors by address, and by the address that a listed proxy names', async () => {
      await using app = await open()
      const from = (address: string) => ({ 'x-forwarded-for': address })
      assert.deepEqual(
        (await app.many('/visitor', 4, from('203.0.113.1'))).map(({ status }) => status),
        [200, 200, 200, 429],
      )
      assert.equal((await app.many('/visitor', 1, from('203.0.113.2')))[0]?.status, 200)
      // One customer has the 64 bits behind a prefix.
      await app.many('/visitor', 3, from('2001:db8::1'))
      assert.equal((await app.many('/visitor', 1, from('2001:db8::ffff')))[0]?.status, 429)
      assert.equal((await app.many('/visitor', 1, from('2001:db8:0:1::1')))[0]?.status, 200)
    })

    it('by address count before anybody is known, so that they hold off guesses', async () => {
      await using app = await open()
      const statuses = (await app.many('/address', 4)).map(({ status }) => status)
      assert.deepEqual(statuses, [401, 401, 401, 429])
      assert.equal((await app.many('/address', 1, { 'x-badge': 'ana' }))[0]?.status, 429)
    })

    it('add up: the first that is used up refuses', async () => {
      await using app = await open()
      assert.deepEqual(
        (await app.many('/both', 3)).map(({ status }) => status),
        [200, 200, 429],
      )
      clock.nowMs += 60_000
      const again = await app.many('/both', 2)
      assert.deepEqual(
        again.map(({ status }) => status),
        [200, 429],
      )
      assert.equal(again[1]?.header('retry-after'), '3540')
    })

    it('of a module count its routes together', async () => {
      await using app = await open()
      const statuses = [await app.many('/shared/a', 1), await app.many('/shared/b', 2)].flat()
      assert.deepEqual(
        statuses.map(({ status }) => status),
        [200, 200, 429],
      )
    })

    it('let exactly so many of those at once pass', async () => {
      await using app = await open()
      const replies = await Promise.all(Array.from({ length: 20 }, () => app.many('/user', 1, { 'x-badge': 'ana' })))
      assert.equal(replies.flat().filter(({ status }) => status === 200).length, 3)
    })
  })
}
