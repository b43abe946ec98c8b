import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { desk, guichet, html, OPEN, reply, text, type App } from 'guichet'
import { openTestApp, type TestReply } from 'guichet/testing'
import { z } from 'zod'

const SHOP = 'https://shop.example'
const { routes } = desk()
const inner = routes((r) => {
  r.get('/', { authorize: OPEN }, () => 'of the module')
  r.get('/own', { authorize: OPEN, cors: { origins: ['https://own.example'] } }, () => 'its own')
})

function declareApp(): App<never> {
  const app = guichet({ name: 'origins' })
  const cors = { origins: [SHOP, 'https://*.parts.example'], credentials: true, exposedHeaders: ['X-Total'] }
  app.get('/things/:id', { authorize: OPEN, params: { id: z.int() }, cors }, ({ id }) => id)
  app.put('/things/:id', { authorize: OPEN, params: { id: z.int() }, cors }, ({ id }) => id)
  app.get('/public', { authorize: OPEN, cors: { origins: ['*'] } }, () => 'public')
  app.get('/closed', { authorize: OPEN }, () => 'closed')
  app.mount('/module', inner, { cors: { origins: [SHOP] } })
  app.get('/page', { authorize: OPEN }, (_, { nonce }) => html`<style nonce="${nonce}"></style><p>page</p>`)
  app.get('/text', { authorize: OPEN }, () => text('plain'))
  app.get('/own-policy', { authorize: OPEN }, () =>
    reply(html`<p>own</p>`, { headers: { 'content-security-policy': "default-src 'self'" } }),
  )
  return app as App<never> // the suite treats all apps alike
}

const headersOf = (one: TestReply, ...names: readonly string[]): readonly (string | null)[] =>
  names.map((name) => one.header(name) ?? null)

for (const transport of ['memory', 'socket'] as const) {
  describe(`pages of other origins (${transport})`, () => {
    const open = () => openTestApp(declareApp(), { transport, environment: { LOG_LEVEL: 'silent' } })
    const ask = async (path: string, origin: string): Promise<readonly (string | null)[]> => {
      await using opened = await open()
      const one = await opened.client.get(path, { headers: { origin }, expect: 200 })
      return headersOf(one, 'access-control-allow-origin', 'access-control-allow-credentials', 'vary')
    }

    it('may read what a route declares for their origin, and nothing else', async () => {
      assert.deepEqual(await ask('/things/1', SHOP), [SHOP, 'true', 'origin'])
      assert.deepEqual(await ask('/things/1', 'https://a.parts.example'), ['https://a.parts.example', 'true', 'origin'])
      const strangers = ['https://shop.example.evil.example', 'http://shop.example', 'https://parts.example', 'null']
      for (const origin of strangers) assert.deepEqual(await ask('/things/1', origin), [null, null, 'origin'], origin)
      assert.deepEqual(await ask('/closed', SHOP), [null, null, null])
      assert.deepEqual(await ask('/public', 'https://any.example'), ['*', null, null])
    })

    it('may read what a module declares, unless a route says otherwise', async () => {
      assert.equal((await ask('/module', SHOP))[0], SHOP)
      assert.equal((await ask('/module/own', SHOP))[0], null)
      assert.equal((await ask('/module/own', 'https://own.example'))[0], 'https://own.example')
    })

    it('are told by a preflight which methods and headers the route takes, without running it', async () => {
      await using opened = await open()
      const preflight = { 'access-control-request-method': 'PUT', origin: SHOP }
      const allowed = await opened.client.request('OPTIONS', '/things/1', { headers: preflight, expect: 204 })
      const names = ['access-control-allow-origin', 'access-control-allow-methods', 'access-control-max-age']
      assert.deepEqual(headersOf(allowed, ...names), [SHOP, 'PUT', '600'])
      assert.match(allowed.header('access-control-allow-headers') ?? '', /content-type/)
      const stranger = { ...preflight, origin: 'https://evil.example' }
      const refused = await opened.client.request('OPTIONS', '/things/1', { headers: stranger, expect: 403 })
      assert.equal((refused.json as { code: string }).code, 'GUARD_CORS')
    })
  })

  describe(`headers for safety (${transport})`, () => {
    it('of an API let nothing be loaded, framed, guessed or told', async () => {
      await using opened = await openTestApp(declareApp(), { transport, environment: { LOG_LEVEL: 'silent' } })
      for (const path of ['/closed', '/text', '/nothing']) {
        const one = await opened.client.get(path)
        assert.match(one.header('content-security-policy') ?? '', /default-src 'none'.*frame-ancestors 'none'/)
        const names = ['x-content-type-options', 'cross-origin-resource-policy', 'strict-transport-security', 'server']
        assert.deepEqual(headersOf(one, ...names), ['nosniff', 'same-origin', null, null], path)
      }
    })

    it('of a page have a nonce of that reply alone, and those of the handler win', async () => {
      await using opened = await openTestApp(declareApp(), { transport, environment: { LOG_LEVEL: 'silent' } })
      const nonces = new Set<string>()
      for (let i = 0; i < 5; i++) {
        const page = await opened.client.get('/page', { expect: 200 })
        const policy = page.header('content-security-policy') ?? ''
        const nonce = /'nonce-([A-Za-z0-9+/]{24})'/.exec(policy)?.[1] ?? ''
        assert.ok(page.text.includes(`<style nonce="${nonce}">`), policy)
        assert.ok(!policy.includes('unsafe-inline') && policy.includes("object-src 'none'"), policy)
        nonces.add(nonce)
      }
      assert.equal(nonces.size, 5)
      const own = await opened.client.get('/own-policy', { expect: 200 })
      assert.equal(own.header('content-security-policy'), "default-src 'self'")
    })
  })
}
