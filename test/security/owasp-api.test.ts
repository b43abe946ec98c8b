import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { gzipSync } from 'node:zlib'
import { AUTH, ConfigError, guichet, OPEN, perMinute } from 'guichet'
import { custom, fake } from 'guichet/authn'
import { openTestApp } from 'guichet/testing'
import { z } from 'zod'
import { app as comicsApp } from '../../examples/comics/app.ts'
import {
  addRecipe,
  enterRecipes,
  fillPath,
  nameOf,
  openComics,
  openRecipes,
  routesOf,
  SECRET,
  talk,
  TRANSPORTS,
} from './opened.test-support.ts'
import { forgedGuichetTokens, forgedJwts } from './token-battery.ts'

// One describe() for each of the OWASP API Security Top 10 (2023), on the examples, in memory and over a socket.

const OTHER_SECRET = 'Zq8Lm2Xv5Bn9Kc4Wd7Hs1Jr6Tf3Py0Ga'
const DAY_MS = 24 * 3_600_000
const METHODS: readonly string[] = ['get', 'put', 'post', 'delete', 'options', 'head', 'patch', 'trace']

/** Spellings of `/admin`. */
const PATHS = [
  '/admin/',
  '//admin',
  '/%61dmin',
  '/admin;x',
  '/admin;/',
  '/./admin',
  '/x/../admin',
  '/%2e/admin',
  '/..;/admin',
  '/admin%00',
  '/admin%2f',
  '/%2fadmin',
  '/admin%20',
  '/admin.',
  '/admin.json',
  '/ADMIN',
  '/admin?',
  '/admin%3f',
  '/admin%23',
  '/%5cadmin',
  '/%252e/admin',
  '/%u0061dmin',
  '/%C0%AFadmin',
  '/admin%',
]

/** What other programs have left open. */
const FORGOTTEN = [
  '/.git/config',
  '/.env',
  '/admin',
  '/api',
  '/v1/recipes',
  '/actuator/env',
  '/debug',
  '/metrics',
  '/status',
  '/console',
  '/graphql',
  '/swagger.json',
  '/api-docs',
  '/server-status',
  '/package.json',
  '/app.ts',
  '/queries.sql',
  '/.guichet/secret',
  '/apidocs/..%2fpackage.json',
  '/apidocs/package.json',
]

const HEADERS = {
  'x-content-type-options': /^nosniff$/,
  'referrer-policy': /^no-referrer$/,
  'content-security-policy': /default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'/,
  'cross-origin-resource-policy': /^same-origin$/,
  'cross-origin-opener-policy': /^same-origin$/,
  'strict-transport-security': /^max-age=\d{8}; includeSubDomains$/,
  'content-type': /^(application\/(problem\+)?json|text\/plain; charset=utf-8)$/,
}

for (const transport of TRANSPORTS) {
  describe(`API1 broken object level authorization (${transport})`, () => {
    it('each route with an object permission lets the owner pass and refuses every other user, on objects of two owners', async () => {
      await using opened = await openComics(transport)
      // Object or account → its owner; calvin is an admin and still owns nothing of the others.
      const objects = {
        'GET /owned/:uid': { 2: 'hobbes', 3: 'susie' },
        'GET /object/:oid': { 2: 'hobbes', 3: 'susie' },
      }
      const guarded = routesOf(opened).filter(({ rule }) => rule.permissions.length > 0)
      assert.deepEqual(guarded.map(nameOf).toSorted(), Object.keys(objects).toSorted())
      for (const [name, owners] of Object.entries(objects)) {
        const [method = '', path = ''] = name.split(' ')
        for (const [id, owner] of Object.entries(owners)) {
          const target = path.replace(/:\w+/, id)
          for (const user of ['calvin', 'hobbes', 'susie']) {
            for (const verb of [method, 'HEAD']) {
              await opened.client.as(user).request(verb, target, { expect: user === owner ? 200 : 403 })
            }
          }
          await opened.client.request(method, target, { expect: 401 })
        }
        await opened.client.as('hobbes').request(method, path.replace(/:\w+/, '999'), { expect: 404 })
      }
    })

    it('an object is changed and removed by its owner only, whatever else names it', async () => {
      await using opened = await openRecipes(transport)
      const guarded = routesOf(opened).filter(({ rule }) => rule.permissions.length > 0)
      assert.deepEqual(guarded.map(nameOf).toSorted(), ['DELETE /recipes/:id', 'PUT /recipes/:id'])
      const pairs = await Promise.all(['ana', 'bea'].map((name) => enterRecipes(opened.client, name)))
      const users = pairs.map((pair) => opened.client.withToken(pair.access_token))
      const recipe = { title: 'Bolo', ingredients: 'milho', time_minutes: 40 }
      const ids = await Promise.all(users.map((user) => addRecipe(user, recipe)))
      for (const [who, user] of users.entries()) {
        const others = ids[1 - who] ?? 0
        await user.put(`/recipes/${others}`, { json: recipe, expect: 403 })
        await user.delete(`/recipes/${others}`, { expect: 403 })
        // The id of one's own beside that of another.
        await user.put(`/recipes/${others}?id=${ids[who]}`, { json: recipe, expect: 400 })
        await user.put(`/recipes/${others}`, { json: { ...recipe, id: ids[who] }, expect: 400 })
        await user.put(`/recipes/${ids[who]}`, { json: recipe, expect: 204 })
      }
      for (const id of ids) await users[0]?.get(`/recipes/${id}`, { expect: 200 })
    })
  })

  describe(`API2 broken authentication (${transport})`, () => {
    it('no forged or stolen JWT is accepted', async () => {
      await using opened = await openRecipes(transport)
      const { client } = opened
      const pair = await enterRecipes(client, 'ana')
      await client.withToken(pair.access_token).get('/protected', { expect: 200 })
      const guesses = [SECRET, OTHER_SECRET, 'recipes']
      const battery = [...forgedJwts(pair.access_token, guesses), ...forgedJwts(pair.refresh_token, guesses)]
      assert.ok(battery.length > 150, String(battery.length))
      for (const [what, token] of [...battery, ['a refresh token', pair.refresh_token] as const]) {
        const reply = await client.withToken(token).get('/protected')
        assert.equal(reply.status, 401, what)
        assert.match(reply.header('www-authenticate') ?? '', /error="invalid_token"/, what)
        assert.equal(reply.text.includes('kid') || reply.text.includes('signature'), false, what)
      }
      await client.post('/logout', { headers: { authorization: `Bearer ${pair.access_token}` }, expect: 204 })
      await client.withToken(pair.access_token).get('/protected', { expect: 401 })
      await client.post('/refresh', { headers: { authorization: `Bearer ${pair.refresh_token}` }, expect: 401 })
    })

    it('no forged token of the format guichet is accepted', async () => {
      await using opened = await openComics(transport)
      const { client } = opened
      const good = String((await client.as('susie').get('/login', { expect: 200 })).json)
      await client.withToken(good).get('/qui-suis-je', { expect: { status: 200, json: 'susie' } })
      for (const [what, token] of forgedGuichetTokens(good, [SECRET, OTHER_SECRET, 'stuff'])) {
        const reply = await client.withToken(token).get('/qui-suis-je')
        assert.equal(reply.status, 401, `${what}: ${token}`)
      }
    })

    it('a token of another app, another secret, or after its end is not accepted', async () => {
      // One after the other: an app that is opened twice at once would sign with the keys of the second.
      const other = await openComics(transport, OTHER_SECRET)
      const ofOther = String((await other.client.as('susie').get('/login', { expect: 200 })).json)
      await other.close()
      await using recipes = await openRecipes(transport)
      const ofRecipes = (await enterRecipes(recipes.client, 'susie')).access_token
      let now = Date.parse('2026-01-01T00:00:00Z')
      const clock = { now: () => now, monotonic: () => performance.now() }
      const environment = { GUICHET_SECRET: SECRET }
      await using comics = await openTestApp(comicsApp, { transport, clock, environment, users: { susie: 'derkins' } })
      for (const stolen of [ofRecipes, ofOther])
        await comics.client.withToken(stolen).get('/qui-suis-je', { expect: 401 })
      await recipes.client.withToken(ofOther).get('/protected', { expect: 401 })
      const own = String((await comics.client.as('susie').get('/login', { expect: 200 })).json)
      await comics.client.withToken(own).get('/qui-suis-je', { expect: 200 })
      now += DAY_MS
      await comics.client.withToken(own).get('/qui-suis-je', { expect: 401 })
    })

    it('credentials are taken from their place only', async () => {
      await using opened = await openComics(transport)
      const good = String((await opened.client.as('calvin').get('/login', { expect: 200 })).json)
      for (const query of [
        { AUTH: good },
        { access_token: good },
        { USER: 'calvin', PASS: 'hobbes' },
        { token: good },
      ]) {
        await opened.client.get('/admin', { query, expect: 401 })
      }
      for (const [name, value] of Object.entries({
        'x-user': 'calvin',
        login: 'calvin',
        auth: good,
        'remote-user': 'calvin',
        'x-forwarded-user': 'calvin',
      })) {
        await opened.client.get('/admin', { headers: { [name]: value }, expect: 401 })
      }
      await opened.client.withCookie('auth', good).get('/admin', { expect: 401 })
    })
  })

  describe(`API3 broken object property level authorization (${transport})`, () => {
    it('a name that a route does not declare is refused everywhere and changes nothing', async () => {
      await using opened = await openComics(transport)
      const admin = opened.client.as('calvin')
      const stuff = (await admin.get('/users-mgt')).text
      for (const route of routesOf(opened)) {
        const methods = route.declaration.methods.filter((method) => method !== 'HEAD')
        // Those with schemes of their own refuse the credentials of this test first.
        if (route.rule.text === 'CLOSED' || route.declaration.spec.authn !== undefined) continue
        for (const method of methods) {
          const path = fillPath(route.declaration.path, { uid: 1 })
          for (const name of ['isAdmin', 'is_admin', 'uid', '__proto__', 'constructor', 'surely_unknown']) {
            if (name === 'uid' && path.startsWith('/owned/')) continue
            const reply = await admin.request(method, path, { query: { [name]: '1' } })
            assert.equal(reply.status, 400, `${method} ${path}?${name}=1: ${reply.status}`)
            const inBody = await admin.request(method, path, {
              body: `{"${name}":1}`,
              headers: { 'content-type': 'application/json' },
            })
            assert.equal(inBody.status, 400, `${method} ${path} {${name}}: ${inBody.status}`)
          }
        }
      }
      assert.equal((await admin.get('/users-mgt')).text, stuff)
    })

    it('nobody makes an admin of themselves, or an author of another', async () => {
      await using comics = await openComics(transport)
      const json = { login: 'moe', pword: 'secret' }
      for (const more of [{ isAdmin: true }, { is_admin: true }, { admin: 1 }, { uid: 1 }, { pass: 'x' }]) {
        await comics.client.post('/register', { json: { ...json, ...more }, expect: 400 })
      }
      await comics.client.withPassword('moe', 'secret').get('/whoami', { expect: 401 })
      await using recipes = await openRecipes(transport)
      const ana = recipes.client.withToken((await enterRecipes(recipes.client, 'ana')).access_token)
      const recipe = { title: 'Bolo', ingredients: 'milho', time_minutes: 40 }
      const id = await addRecipe(ana, recipe)
      for (const more of [{ author: 'bea' }, { id: 7 }, { recipe_id: 1 }]) {
        await ana.post('/recipes', { json: { ...recipe, ...more }, expect: 400 })
        await ana.put(`/recipes/${id}`, { json: { ...recipe, ...more }, expect: 400 })
      }
      await ana.get(`/recipes/${id}`, { expect: { json: { id, ...recipe, author: 'ana' } } })
    })

    it('no reply has a password or its hash', async () => {
      await using opened = await openComics(transport)
      const admin = opened.client.as('calvin')
      for (const route of routesOf(opened)) {
        const path = fillPath(route.declaration.path, {})
        if (!route.declaration.methods.includes('GET') || path.startsWith('/cmp')) continue
        const { text } = await admin.get(path)
        assert.doesNotMatch(text, /argon2|pass|hobbes"?:|derkins/, path)
      }
    })
  })

  describe(`API4 unrestricted resource consumption (${transport})`, () => {
    it('bodies, depths, fields, addresses and pages have limits', async () => {
      await using opened = await openComics(transport)
      const admin = opened.client.as('calvin')
      const json = { 'content-type': 'application/json' }
      const form = { 'content-type': 'application/x-www-form-urlencoded' }
      await admin.post('/stuff', { body: `{"stuff":"${'a'.repeat(1024 * 1024)}"}`, headers: json, expect: 413 })
      await admin.post('/users-mgt', { body: `${'{"u":'.repeat(65)}1${'}'.repeat(65)}`, headers: json, expect: 400 })
      await admin.post('/stuff', { body: `${'['.repeat(500_000)}`, headers: json, expect: 400 })
      await admin.post('/stuff', { body: 'a=1&'.repeat(1001), headers: form, expect: 413 })
      await admin.get(`/stuff?${'a=1&'.repeat(1001)}`, { expect: 400 })
      await admin.post('/stuff', {
        body: gzipSync('{"stuff":"a"}'),
        headers: { ...json, 'content-encoding': 'gzip' },
        expect: 415,
      })
      if (transport === 'socket') {
        await admin.get(`/${'a'.repeat(8 * 1024)}`, { expect: 414 })
        await admin.get('/stuff', { headers: { 'x-long': 'a'.repeat(8 * 1024) }, expect: 431 })
        const many = Object.fromEntries(Array.from({ length: 101 }, (_, i) => [`x-${i}`, 'a']))
        await admin.get('/stuff', { headers: many, expect: 431 })
      }
      await using recipes = await openRecipes(transport)
      const ana = recipes.client.withToken((await enterRecipes(recipes.client, 'ana')).access_token)
      for (const size of [0, 101, -1, 1e9, 'all']) await ana.get('/recipes', { query: { size }, expect: 400 })
    })

    it('a value that the database cannot keep is the mistake of who sent it', async () => {
      await using opened = await openComics(transport)
      const long = Array.from({ length: 40_000 }, (_, i) => (i * 7919).toString(36)).join('')
      await opened.client.post('/stuff', { json: { stuff: long }, expect: 400 })
    })

    it('a peer that sends slowly, or nothing, is let go', async () => {
      if (transport === 'memory') return
      const limits = {
        firstByteTimeoutMs: 100,
        headTimeoutMs: 100,
        bodyRateGraceMs: 100,
        bodyRateBytesMin: 1000,
        idleTimeoutMs: 100,
      }
      const slow = guichet({ name: 'slow', limits })
      slow.post('/', { authorize: OPEN, params: { a: z.string().optional() } }, () => 'done')
      await using opened = await openTestApp(slow, { transport })
      const post = 'POST / HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n'
      assert.match(await talk(opened.client, ''), /^$/)
      assert.match(await talk(opened.client, 'GET / HTTP/1.1\r\nHo'), /^HTTP\/1.1 408 |^$/)
      assert.match(await talk(opened.client, `${post}{`), /^HTTP\/1.1 408 /)
    })
  })

  describe(`API5 broken function level authorization (${transport})`, () => {
    it('each route for a group refuses nobody, users and owners with every method, and answers its members', async () => {
      await using opened = await openComics(transport)
      const closed = routesOf(opened).filter(({ rule }) => rule.text === 'ADMIN')
      assert.ok(closed.length >= 11, String(closed.length))
      for (const { declaration } of closed) {
        const path = fillPath(declaration.path, {})
        for (const method of declaration.methods) {
          for (const verb of method === 'GET' ? ['GET', 'HEAD'] : [method]) {
            await opened.client.request(verb, path, { expect: 401 })
            await opened.client.as('susie').request(verb, path, { expect: 403 })
            const { status } = await opened.client.as('calvin').request(verb, path)
            assert.ok(status !== 401 && status !== 403 && status < 500, `${verb} ${path}: ${status}`)
          }
        }
      }
    })

    it('no method, header or spelling of the path goes round a rule', async () => {
      await using opened = await openComics(transport)
      const susie = opened.client.as('susie')
      for (const verb of ['TRACE', 'PROPFIND', 'QUERY', 'MOVE', 'LINK'])
        await susie.request(verb, '/admin', { expect: 405 })
      for (const verb of ['X-HTTP-Method-Override', 'X-HTTP-Method', 'X-Method-Override']) {
        await opened.client.post('/stuff/1', { headers: { [verb]: 'DELETE' }, expect: 405 })
      }
      for (const header of ['x-original-url', 'x-rewrite-url', 'x-forwarded-prefix', 'x-forwarded-path']) {
        await susie.get('/version', { headers: { [header]: '/admin' }, expect: { status: 200, text: 'stuff' } })
      }
      for (const path of PATHS) {
        const { status } = await susie.get(path)
        assert.ok(status === 403 || status === 404 || status === 400, `${path}: ${status}`)
      }
      const preflight = await susie.request('OPTIONS', '/admin', { expect: 204 })
      assert.equal(preflight.text, '')
      await opened.client.as('calvin').get('/closed', { expect: 403 })
    })
  })

  describe(`API6 unrestricted access to sensitive business flows (${transport})`, () => {
    it('a flow is limited for each user, however many calls run at once and whatever they say of their address', async () => {
      const user = custom('name', (call) => call.header('x-name') ?? null)
      const shop = guichet({ name: 'shop', authn: [user] })
      let sold = 0
      shop.post('/buy', { authorize: AUTH, limit: perMinute(5) }, () => ++sold)
      await using opened = await openTestApp(shop, { transport })
      const statuses = await Promise.all(
        Array.from({ length: 50 }, async (_, i) => {
          const headers = {
            'x-name': 'ana',
            'x-forwarded-for': `203.0.113.${i}`,
            'x-real-ip': `203.0.113.${i}`,
            forwarded: `for=203.0.113.${i}`,
          }
          return (await opened.client.post('/buy', { headers })).status
        }),
      )
      assert.equal(statuses.filter((status) => status === 200).length, 5)
      assert.equal(statuses.filter((status) => status === 429).length, 45)
      assert.equal(sold, 5)
      await opened.client.post('/buy', { headers: { 'x-name': 'bea' }, expect: 200 })
      const refused = await opened.client.post('/buy', { headers: { 'x-name': 'ana' }, expect: 429 })
      assert.match(refused.header('retry-after') ?? '', /^\d+$/)
    })

    it('guesses of a password are limited', async () => {
      await using opened = await openRecipes(transport)
      await enterRecipes(opened.client, 'ana')
      const statuses = new Set<number>()
      for (let i = 0; i < 22; i++) {
        statuses.add(
          (await opened.client.post('/login', { json: { username: 'ana', password: `guess number ${i}` } })).status,
        )
      }
      assert.deepEqual([...statuses], [401, 429])
    })
  })

  describe(`API8 security misconfiguration (${transport})`, () => {
    it('every answer has the security headers, and none names a program, a version or a trace', async () => {
      const faulty = guichet({ name: 'faulty' })
      faulty.get('/', { authorize: OPEN }, () => 'fine')
      faulty.get('/fault', { authorize: OPEN }, () => {
        throw new Error('the secret of the database')
      })
      const environment = { NODE_ENV: 'production', GUICHET_SECRET: SECRET, LOG_LEVEL: 'silent' }
      await using opened = await openTestApp(faulty, { transport, environment })
      const replies = [
        await opened.client.get('/', { expect: 200 }),
        await opened.client.get('/nowhere', { expect: 404 }),
        await opened.client.post('/', { expect: 405 }),
        await opened.client.get('/?a=1', { expect: 400 }),
        await opened.client.get('/fault', { expect: 500 }),
      ]
      for (const reply of replies) {
        for (const [name, value] of Object.entries(HEADERS)) assert.match(reply.header(name) ?? '', value, name)
        for (const name of ['server', 'x-powered-by', 'via', 'x-runtime']) assert.equal(reply.header(name), undefined)
        const all = (reply.headers.join('\n') + reply.text).replaceAll('urn:guichet:refusal:', '')
        assert.doesNotMatch(all, /guichet|node|v?\d+\.\d+\.\d+|\.ts|at \S+ \(|secret/i)
      }
      if (transport === 'socket') {
        const refused = await talk(opened.client, 'GET / HTTP/1.1\r\n\r\n')
        assert.match(refused, /^HTTP\/1.1 400 /)
        for (const [name, value] of Object.entries(HEADERS)) {
          const sent = new RegExp(`^${name}: (.*)$`, 'm').exec(refused)?.[1] ?? ''
          assert.match(sent.trim(), value, `${name} in ${refused}`)
        }
      }
    })

    it('production does not start without a secret, with a weak one, or with a scheme for tests', async () => {
      const mistakes = async (environment: Record<string, string>): Promise<string> => {
        const app = guichet({ name: 'open', authn: [fake()] })
        app.get('/', { authorize: AUTH }, () => 'a')
        const error = await openTestApp(app, { environment: { NODE_ENV: 'production', ...environment } }).catch(
          (problem: unknown) => problem,
        )
        assert.ok(error instanceof ConfigError)
        return error.message
      }
      assert.match(await mistakes({}), /GUICHET_SECRET/)
      assert.match(await mistakes({ GUICHET_SECRET: 'a'.repeat(32) }), /guessed/)
      assert.match(await mistakes({ GUICHET_SECRET: 'short' }), /GUICHET_SECRET/)
      assert.match(await mistakes({ GUICHET_SECRET: SECRET }), /fake/)
    })
  })

  describe(`API9 improper inventory management (${transport})`, () => {
    it('no route answers that the document lacks, and the document has none that does not', async () => {
      await using opened = await openRecipes(transport)
      const document = (await opened.client.get('/openapi.json', { expect: 200 })).json as {
        paths: Record<string, object>
      }
      const written = Object.entries(document.paths).flatMap(([path, item]) =>
        Object.keys(item)
          .filter((key) => METHODS.includes(key))
          .map((method) => `${method.toUpperCase()} ${path}`),
      )
      const declared = routesOf(opened).flatMap(({ declaration }) =>
        declaration.methods.map((method) => `${method} ${declaration.path.replace(/[:*](\w+)/g, '{$1}')}`),
      )
      const ofDocs = ['GET /openapi.json', 'GET /apidocs', 'GET /apidocs/{file}']
      assert.deepEqual(declared.toSorted(), [...new Set([...written, ...ofDocs])].toSorted())
      for (const path of FORGOTTEN) {
        const { status } = await opened.client.get(path)
        assert.equal(status, 404, path)
      }
    })
  })
}
