import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { describe, it } from 'node:test'
import { guichet } from '../app/guichet.ts'
import { serveApp } from '../app/serve.ts'
import { AUTH, OPEN } from '../authz/rules.ts'
import { custom } from '../authn/custom.ts'
import type { Store } from '../core/store.ts'
import { createMemoryStore } from '../store/memory-store.ts'
import { openTestApp } from '../testing/open-test-app.ts'
import { health } from './health.ts'

const environment = { PORT: '0', LOG_LEVEL: 'silent', NODE_ENV: 'test' }

describe('health()', () => {
  for (const transport of ['memory', 'socket'] as const) {
    it(`answers under its rule, ${transport}`, async () => {
      const app = guichet({ name: 'well', authn: [custom('nobody', () => null)] })
      app.mount('/', health({ authorize: OPEN }))
      app.mount('/closed', health({ authorize: AUTH }))
      await using test = await openTestApp(app, { transport })
      assert.deepEqual((await test.client.get('/livez', { expect: 200 })).json, { status: 'ok' })
      assert.deepEqual((await test.client.get('/readyz', { expect: 200 })).json, {
        status: 'ok',
        checks: { server: 'ok' },
      })
      await test.client.get('/closed/readyz', { expect: 401 })
    })
  }

  it('is not ready while a shared store does not answer', async () => {
    let isAway = false
    const memory = createMemoryStore({})
    const store: Store = Object.assign(Object.create(memory) as Store, {
      isShared: true,
      get: () => (isAway ? new Promise(() => undefined) : Promise.resolve(null)),
      subscribe: () => Promise.resolve(() => Promise.resolve()),
      close: () => memory.close(),
    })
    const app = guichet({ name: 'store' })
    app.mount('/', health({ authorize: OPEN, timeoutMs: 20 }))
    const running = await serveApp(app['~definition'], { environment, store })
    const read = async (): Promise<unknown> => (await fetch(`${running.url}/readyz`)).json()
    try {
      assert.deepEqual(await read(), { status: 'ok', checks: { server: 'ok', store: 'ok' } })
      isAway = true
      assert.deepEqual(await read(), { status: 'not ready', checks: { server: 'ok', store: 'away' } })
      assert.equal((await fetch(`${running.url}/livez`)).status, 200)
    } finally {
      await running.stop()
    }
  })

  it('is not ready first of all when the server is told to stop, and then closes', async () => {
    const app = guichet({ name: 'ending', limits: { unreadyMs: 300 } })
    app.mount('/', health({ authorize: OPEN }))
    const running = await serveApp(app['~definition'], { environment })
    const before = await fetch(`${running.url}/readyz`)
    assert.equal(before.status, 200)
    const stopped = running.stop()
    const during = await fetch(`${running.url}/readyz`)
    assert.equal(during.status, 503)
    assert.deepEqual(await during.json(), { status: 'not ready', checks: { server: 'stopping' } })
    assert.equal((await fetch(`${running.url}/livez`)).status, 200)
    await stopped
    // The port is free again.
    const next = createServer().listen(Number(new URL(running.url).port), '127.0.0.1')
    await once(next, 'listening')
    next.close()
  })
})
