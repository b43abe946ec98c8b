import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { AUTH, guichet, OPEN, perMinute } from 'guichet'
import { custom } from 'guichet/authn'
import { openTestApp } from 'guichet/testing'
import { z } from 'zod'

const badge = custom('badge', (call) => call.header('x-badge') ?? null)

for (const transport of ['memory', 'socket'] as const) {
  describe(`limits that an app sets (${transport})`, () => {
    it('storeEntriesMax bounds each kind of entries of the store in memory', async () => {
      const app = guichet({ name: 'small', limits: { storeEntriesMax: 2 } })
      app.get('/keep/:key', { authorize: OPEN, params: { key: z.string() } }, async ({ key }, call) => {
        await call.cache.set(key, key, 1_000)
      })
      app.post('/pay', { authorize: OPEN, idempotent: true }, () => 'paid')
      const environment = { LOG_LEVEL: 'silent' }
      await using opened = await openTestApp(app, { transport, environment })
      const statuses: number[] = []
      for (const key of ['a', 'b', 'c']) statuses.push((await opened.client.get(`/keep/${key}`)).status)
      assert.deepEqual(statuses.slice(0, 2), [204, 204])
      assert.ok((statuses[2] ?? 0) >= 500, `${statuses[2]}`)
      // The cache being full is nothing to others.
      await opened.client.post('/pay', { headers: { 'idempotency-key': 'the-first-of-all' }, expect: 200 })
    })

    it('idempotencyTtlMs says how long an answer is kept', async () => {
      let nowMs = Date.UTC(2026, 0, 1)
      let runs = 0
      const app = guichet({ name: 'kept', limits: { idempotencyTtlMs: 5_000 } })
      app.post('/pay', { authorize: OPEN, idempotent: true }, () => ++runs)
      await using opened = await openTestApp(app, { transport, clock: { now: () => nowMs } })
      const pay = async (): Promise<string> =>
        (await opened.client.post('/pay', { headers: { 'idempotency-key': 'the-first-of-all' }, expect: 200 })).text
      assert.deepEqual([await pay(), await pay()], ['1', '1'])
      nowMs += 5_001
      assert.equal(await pay(), '2')
    })

    it('rateSubjectsMax says how many callers a limit in memory remembers', async () => {
      const app = guichet({ name: 'few', authn: [badge], limits: { rateSubjectsMax: 1 } })
      app.get('/', { authorize: AUTH, limit: perMinute(1) }, () => 'here')
      await using opened = await openTestApp(app, { transport })
      const call = async (user: string, expect: number): Promise<void> => {
        await opened.client.get('/', { headers: { 'x-badge': user }, expect })
      }
      await call('ana', 200)
      await call('ana', 429)
      await call('bea', 200)
      await call('ana', 200)
    })
  })
}

it('a limit of one fetch is no limit of an app', async () => {
  const app = guichet({ name: 'wrong', limits: { dialTimeoutMs: 1 } })
  await assert.rejects(openTestApp(app), /limits\.dialTimeoutMs: it bounds one fetch, not the app/)
})
