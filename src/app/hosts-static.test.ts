import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { z } from 'zod'
import { AUTH, OPEN } from '../authz/rules.ts'
import { basic } from '../authn/basic.ts'
import { custom } from '../authn/custom.ts'
import { ConfigError } from '../core/config-error.ts'
import { minutes } from '../core/duration.ts'
import { refuse } from '../core/refusal.ts'
import { identityOf } from '../core/scheme.ts'
import { reply } from '../reply/reply.ts'
import { html } from '../wire/html.ts'
import { defineConsent } from '../sites/consent.ts'
import { errorPage } from '../sites/error-page.ts'
import { desk } from './desk.ts'
import { guichet } from './guichet.ts'
import { type RunningApp, serveApp } from './serve.ts'

const folder = mkdtempSync(join(tmpdir(), 'guichet-hosts-'))
after(() => rmSync(folder, { recursive: true }))
mkdirSync(join(folder, 'public'))
writeFileSync(join(folder, 'public/index.html'), '<h1>home</h1>')
writeFileSync(join(folder, 'public/a.txt'), 'text')

const environment = { PORT: '0', NODE_ENV: 'test', LOG_LEVEL: 'silent', GUICHET_AUDIT: 'off' }

async function serving<Value>(
  app: { readonly '~definition': Parameters<typeof serveApp>[0] },
  run: (app: RunningApp) => Promise<Value>,
): Promise<Value> {
  const running = await serveApp(app['~definition'], { environment })
  try {
    return await run(running)
  } finally {
    await running.stop()
  }
}

/** `fetch` cannot choose a Host. */
async function get(
  url: string,
  path: string,
  headers: Readonly<Record<string, string>>,
): Promise<{ status: number; text: string; type: string }> {
  const { request } = await import('node:http')
  return await new Promise((resolve, reject) => {
    const call = request(new URL(path, url), { headers, agent: false }, (response) => {
      const parts: Buffer[] = []
      response.on('data', (part: Buffer) => parts.push(part))
      response.on('end', () =>
        resolve({
          status: response.statusCode ?? 0,
          text: Buffer.concat(parts).toString(),
          type: response.headers['content-type'] ?? '',
        }),
      )
    })
    call.on('error', reject).end()
  })
}

test('app.static() serves a folder, with any query, beside routes that are more specific', async () => {
  const app = guichet({ name: 'files' })
  app.static('/', join(folder, 'public'), { authorize: OPEN })
  app.get('/api', { authorize: OPEN }, () => ({ api: true }))
  await serving(app, async ({ url }) => {
    assert.equal(await (await fetch(`${url}/a.txt?v=3&v=4`)).text(), 'text')
    assert.equal(await (await fetch(`${url}/`)).text(), '<h1>home</h1>')
    assert.deepEqual(await (await fetch(`${url}/api`)).json(), { api: true })
    assert.equal((await fetch(`${url}/nothing`)).status, 404)
    assert.equal((await fetch(`${url}/a.txt`, { method: 'POST' })).status, 405)
    const head = await fetch(`${url}/a.txt`, { method: 'HEAD' })
    assert.deepEqual([head.status, head.headers.get('content-length'), await head.text()], [200, '4', ''])
    assert.equal(head.headers.get('x-content-type-options'), 'nosniff')
  })
})

test('app.static() is closed like any route: it needs a rule, and its files are kept by no cache when it is not open', async () => {
  const app = guichet({ name: 'files', authn: [basic({ password: () => null })] })
  app.static('/private', join(folder, 'public'), { authorize: AUTH })
  await serving(app, async ({ url }) => {
    assert.equal((await fetch(`${url}/private/a.txt`)).status, 401)
    assert.equal((await fetch(`${url}/private/nothing`)).status, 401)
  })
  const old = { ...identityOf('ana'), authenticatedAtMs: 0 }
  const recent = guichet({ name: 'files', authn: [custom('old', () => old)] })
  recent.static('/', join(folder, 'public'), { authorize: AUTH, fresh: minutes(5) })
  await serving(recent, async ({ url }) => assert.equal((await fetch(`${url}/a.txt`)).status, 401))
  const ruleless = guichet({ name: 'files' })
  // @ts-expect-error: the compiler asks for the rule too
  ruleless.static('/', join(folder, 'public'), {})
  await assert.rejects(
    serving(ruleless, async () => undefined),
    ConfigError,
  )
})

test('app.static() is a mistake at boot when there is no such folder', async () => {
  const app = guichet({ name: 'files' })
  app.static('/', join(folder, 'nothing'), { authorize: OPEN })
  await assert.rejects(
    serving(app, async () => undefined),
    /its root is not a folder/,
  )
})

const { routes } = desk()

test('app.host() serves each host its own routes, and no other host', async () => {
  const app = guichet({ name: 'hosts' })
  const saying = (word: string) => routes((r) => r.get('/', { authorize: OPEN }, () => word))
  app.host('a.test', saying('a'))
  app.host('*.b.test', saying('b'))
  app.get('/health', { authorize: OPEN }, () => 'ok')
  await serving(app, async ({ url }) => {
    const ask = async (host: string, path = '/'): Promise<string> => {
      const { status, text } = await get(url, path, { host })
      return status === 200 ? text : String(status)
    }
    assert.equal(await ask('a.test'), '"a"')
    assert.equal(await ask('A.TEST.:8080'), '"a"')
    assert.equal(await ask('x.b.test'), '"b"')
    assert.equal(await ask('b.test'), '421')
    assert.equal(await ask('evil.test'), '421')
    assert.equal(await ask('evil.test', '/health'), '421')
    assert.equal(await ask('x.b.test', '/health'), '"ok"')
  })
})

test('a page gets a policy with its own nonce, data gets one that allows nothing, and what a reply says itself wins', async () => {
  const app = guichet({ name: 'pages', pages: { image: ['https://img.test'] } })
  app.static('/files', join(folder, 'public'), { authorize: OPEN })
  app.get('/page', { authorize: OPEN }, (_, { nonce }) => html`<style nonce="${nonce}"></style>`)
  app.get('/data', { authorize: OPEN }, () => ({}))
  app.get('/own', { authorize: OPEN }, () => reply({}, { headers: { 'content-security-policy': 'sandbox' } }))
  await serving(app, async ({ url }) => {
    const page = await fetch(`${url}/page`)
    const nonce = /nonce="([^"]+)"/.exec(await page.text())?.[1] ?? 'none'
    const policy = page.headers.get('content-security-policy') ?? ''
    assert.ok(policy.includes(`style-src 'self' 'nonce-${nonce}'`), policy)
    assert.ok(policy.includes('https://img.test'))
    const again = /nonce="([^"]+)"/.exec(await (await fetch(`${url}/page`)).text())?.[1]
    assert.notEqual(again, nonce)
    assert.match((await fetch(`${url}/data`)).headers.get('content-security-policy') ?? '', /^default-src 'none'/)
    assert.equal((await fetch(`${url}/own`)).headers.get('content-security-policy'), 'sandbox')
    assert.match((await fetch(`${url}/files/`)).headers.get('content-security-policy') ?? '', /^default-src 'self'/)
  })
})

test('a route with etag answers 304 to those who have its reply, and a handler may say its own version', async () => {
  const app = guichet({ name: 'tags' })
  app.get('/data', { authorize: OPEN, etag: true }, () => ({ a: 1 }))
  app.get('/own', { authorize: OPEN }, () => reply({}, { headers: { etag: '"7"' } }))
  await serving(app, async ({ url }) => {
    const etag = (await fetch(`${url}/data`)).headers.get('etag') ?? ''
    const again = await fetch(`${url}/data`, { headers: { 'if-none-match': etag } })
    assert.deepEqual([again.status, again.headers.get('etag'), await again.text()], [304, etag, ''])
    assert.equal((await fetch(`${url}/own`, { headers: { 'if-none-match': '"7"' } })).status, 304)
    assert.equal((await fetch(`${url}/own`, { headers: { 'if-match': '"6"' } })).status, 412)
  })
})

test('a reply says its headers in any case, each once', async () => {
  const app = guichet({ name: 'cases' })
  const headers = { ETag: '"7"', 'Cache-Control': 'public, max-age=60', 'Content-Type': 'text/csv' }
  app.get('/own', { authorize: OPEN }, () => reply(new Uint8Array(1), { headers }))
  app.get('/data', { authorize: OPEN }, () => reply({ a: 1 }, { headers }))
  await serving(app, async ({ url }) => {
    for (const path of ['/own', '/data']) {
      const answer = await fetch(url + path)
      assert.equal(answer.headers.get('cache-control'), 'public, max-age=60')
      assert.equal(answer.headers.get('content-type'), 'text/csv')
      assert.equal((await fetch(url + path, { headers: { 'if-none-match': '"7"' } })).status, 304)
    }
  })
})

test('a refusal takes no header that would start another one, and its names in any case', async () => {
  const app = guichet({ name: 'refusals' })
  app.get('/split', { authorize: OPEN, params: { to: z.string() } }, ({ to }) => {
    throw refuse(410, 'gone', ['Link', to])
  })
  await serving(app, async ({ url }) => {
    const split = await fetch(`${url}/split?to=%0D%0Aset-cookie:%20a=1`)
    assert.deepEqual([split.status, split.headers.get('set-cookie')], [500, null])
    assert.equal((await fetch(`${url}/split?to=x`)).headers.get('link'), 'x')
  })
  assert.deepEqual(refuse(410, 'gone', ['Cache-Control', 'public']).headers, ['cache-control', 'public'])
})

test('no cache keeps a refusal, unless the app says that it may', async () => {
  const app = guichet({ name: 'refusals', errorPages: errorPage() })
  app.get('/none', { authorize: OPEN }, () => {
    throw refuse(404, 'no such thing')
  })
  app.get('/gone', { authorize: OPEN }, (_, call) => {
    call.addHeader('cache-control', 'public, max-age=60')
    throw refuse(410, 'gone for good')
  })
  await serving(app, async ({ url }) => {
    for (const accept of ['text/html', 'application/json']) {
      const keeping = async (path: string): Promise<string | null> =>
        (await fetch(`${url}${path}`, { headers: { accept } })).headers.get('cache-control')
      assert.equal(await keeping('/none'), 'no-store')
      assert.equal(await keeping('/nothing'), 'no-store')
      if (accept === 'application/json') assert.equal(await keeping('/gone'), 'public, max-age=60')
    }
  })
})

test('a site with declared cookies sends no other ones, and none that needs an agreement which is not there', async () => {
  const about = { en: 'x', fr: 'x', pt: 'x' }
  const cookies = defineConsent({
    version: '1',
    purposes: { statistics: { name: about, about } },
    cookies: {
      basket: { purpose: 'necessary', about, maxAgeMs: null },
      visits: { purpose: 'statistics', about, maxAgeMs: null },
    },
  })
  const app = guichet({ name: 'cookies', cookies })
  app.get('/', { authorize: OPEN }, (_, call) => {
    for (const name of ['basket', 'visits', 'tracker', '__Host-visitor'])
      call.addHeader('set-cookie', `${name}=1; Path=/`)
    call.addHeader('set-cookie', 'old=; Max-Age=0')
    return reply({}, { headers: { 'set-cookie': ['other=1', '__Secure-basket=2'] } })
  })
  app.get('/no', { authorize: OPEN }, (_, call) => {
    call.addHeader('set-cookie', 'tracker=1')
    throw refuse(409, 'no')
  })
  await serving(app, async ({ url }) => {
    const names = (await fetch(url)).headers.getSetCookie().map((line) => line.split('=')[0])
    assert.deepEqual(
      names.toSorted((a = '', b = '') => (a < b ? -1 : 1)),
      ['__Host-visitor', '__Secure-basket', 'basket', 'old'],
    )
    assert.deepEqual((await fetch(`${url}/no`)).headers.getSetCookie(), [])
  })
})

test('app.host() is a mistake at boot when its pattern is wrong or there twice', async () => {
  const app = guichet({ name: 'hosts' })
  const empty = routes(() => undefined)
  app.host('a.test:80', empty)
  app.host('b.test', empty)
  app.host('B.test', empty)
  await assert.rejects(
    serving(app, async () => undefined),
    /declared without a port[\s\S]*declared twice/,
  )
})

test('app.host() says that routes of the app are served there too when two meet', async () => {
  const app = guichet({ name: 'hosts' })
  const module = routes((r) => r.get('/', { authorize: OPEN }, () => 'the host'))
  app.host('a.test', module)
  app.get('/', { authorize: OPEN }, () => 'the app')
  await assert.rejects(
    serving(app, async () => undefined),
    /first at .*hosts-static\.test\.ts:\d+, for the host a\.test\n.*wanted: +one of them: .*served on every host/,
  )
})

test('app.host() gives each host its own error pages, and problem details to those who ask for JSON', async () => {
  const app = guichet({ name: 'hosts', errorPages: errorPage() })
  const failing = routes((r) => {
    r.get('/taken/:name', { authorize: OPEN, params: { name: z.string() } }, ({ name }) => {
      throw refuse(409, `${name} is taken`)
    })
    r.get('/broken', { authorize: OPEN }, () => {
      throw new Error('secret')
    })
  })
  app.host('a.test', failing)
  app.host('b.test', failing, { errorPages: errorPage({ layout: ({ main }) => html`<title>B</title>${main}` }) })
  await serving(app, async ({ url }) => {
    const page = await get(url, '/nothing', { host: 'a.test', accept: 'text/html' })
    assert.deepEqual([page.status, page.type], [404, 'text/html; charset=utf-8'])
    assert.match(page.text, /does not exist/)
    assert.match(
      (await get(url, '/taken/%3Cb%3E', { host: 'b.test', accept: 'text/html' })).text,
      /^<title>B<\/title>[\s\S]*&lt;b&gt; is taken/,
    )
    const unknown = await get(url, '/', { host: 'c.test', accept: 'text/html' })
    assert.deepEqual([unknown.status, unknown.type], [421, 'text/html; charset=utf-8'])
    assert.match(unknown.text, /<h1>/)
    const fault = await get(url, '/broken', { host: 'b.test', accept: 'text/html' })
    assert.equal(fault.status, 500)
    assert.doesNotMatch(fault.text, /secret/)
    assert.equal(
      (await get(url, '/nothing', { host: 'a.test', accept: 'application/json' })).type,
      'application/problem+json',
    )
  })
})
