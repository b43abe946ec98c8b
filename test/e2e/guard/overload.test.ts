import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { AUTH, guichet, OPEN, type App } from 'guichet'
import { custom } from 'guichet/authn'
import { health } from 'guichet/health'
import { openTestApp, type TestClient } from 'guichet/testing'

const KEY = { 'idempotency-key': '"a-key-of-its-own-1"' }

function declareApp(callsMax?: number): { app: App<never>; release: () => void; waiting: () => number } {
  const gate = Promise.withResolvers<void>()
  let waiting = 0
  const wait = async (): Promise<string> => {
    waiting += 1
    await gate.promise
    waiting -= 1
    return 'served'
  }
  const app = guichet({
    name: 'busy',
    authn: [custom('badge', (call) => call.header('x-badge') ?? null)],
    ...(callsMax === undefined ? {} : { limits: { callsMax } }),
  })
  app.mount('/', health({ authorize: OPEN }))
  app.get('/', { authorize: OPEN, cors: { origins: ['https://shop.example'] } }, () => 'read')
  app.get('/wait', { authorize: OPEN }, wait)
  app.put('/', { authorize: OPEN }, () => 'put')
  app.post('/', { authorize: OPEN }, () => 'written')
  app.post('/once', { authorize: AUTH, idempotent: true }, () => 'once')
  app.get('/essential', { authorize: OPEN, essential: true }, () => 'essential')
  return { app: app as App<never>, release: gate.resolve, waiting: () => waiting } // the suite treats all apps alike
}

/** Asks until the answer has this status; the test's own timeout is the bound. */
async function until(client: TestClient, path: string, status: number): Promise<void> {
  while ((await client.get(path)).status !== status) await new Promise((resolve) => setTimeout(resolve, 20))
}

const statuses = async (client: TestClient): Promise<Record<string, number>> => ({
  read: (await client.get('/')).status,
  put: (await client.put('/')).status,
  written: (await client.post('/')).status,
  once: (await client.post('/once', { headers: { 'x-badge': 'ana' } })).status,
  onceWithKey: (await client.post('/once', { headers: { 'x-badge': 'ana', ...KEY } })).status,
  essential: (await client.get('/essential')).status,
  livez: (await client.get('/livez')).status,
  readyz: (await client.get('/readyz')).status,
  nothing: (await client.get('/nothing')).status,
})

const SERVED = { read: 200, put: 200, written: 200, once: 200, onceWithKey: 200 }
const EXEMPT = { essential: 200, livez: 200, readyz: 200, nothing: 404 }

for (const transport of ['memory', 'socket'] as const) {
  describe(`a server that cannot keep up (${transport})`, () => {
    it('refuses what can be repeated first, then all, and serves again, by the delay of the event loop', async () => {
      let delayMs = 0
      const { app } = declareApp()
      const options = { transport, readLoopDelayMs: () => delayMs, environment: { LOG_LEVEL: 'silent' } }
      await using opened = await openTestApp(app, options)
      const { client } = opened
      assert.deepEqual(await statuses(client), { ...SERVED, ...EXEMPT })

      delayMs = 501
      await until(client, '/', 503)
      const shed = { read: 503, put: 503, written: 200, once: 200, onceWithKey: 503 }
      assert.deepEqual(await statuses(client), { ...shed, ...EXEMPT })

      delayMs = 1001
      while ((await client.post('/')).status !== 503) await new Promise((resolve) => setTimeout(resolve, 20))
      const all = { read: 503, put: 503, written: 503, once: 503, onceWithKey: 503 }
      assert.deepEqual(await statuses(client), { ...all, ...EXEMPT })

      delayMs = 0
      await until(client, '/', 200)
      assert.deepEqual(await statuses(client), { ...SERVED, ...EXEMPT })
    })

    it('says when to come again, also to a page of another origin', async () => {
      const { app } = declareApp()
      const options = { transport, readLoopDelayMs: () => 1000, environment: { LOG_LEVEL: 'silent' } }
      await using opened = await openTestApp(app, options)
      await until(opened.client, '/', 503)
      const reply = await opened.client.get('/', {
        headers: { origin: 'https://shop.example' },
        expect: { status: 503, headers: { 'retry-after': '1', 'access-control-allow-origin': 'https://shop.example' } },
      })
      assert.equal((reply.json as { code: string }).code, 'GUARD_OVERLOAD')
    })

    it('refuses at three quarters of callsMax what can be repeated, and at callsMax all', async () => {
      const { app, release, waiting } = declareApp(4)
      await using opened = await openTestApp(app, { transport, environment: { LOG_LEVEL: 'silent' } })
      const { client } = opened
      const running = [client.get('/wait'), client.get('/wait')]
      while (waiting() < 2) await new Promise((resolve) => setTimeout(resolve, 5))
      await client.get('/', { expect: 200 })
      running.push(client.get('/wait'))
      while (waiting() < 3) await new Promise((resolve) => setTimeout(resolve, 5))
      await client.get('/', { expect: 503 })
      await client.get('/wait', { expect: 503 })
      await client.post('/', { expect: 200 })
      release()
      assert.deepEqual(
        (await Promise.all(running)).map(({ text }) => text),
        ['"served"', '"served"', '"served"'],
      )
      await client.get('/', { expect: 200 })
    })
  })
}
