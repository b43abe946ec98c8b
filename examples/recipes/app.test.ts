import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, before, describe, it } from 'node:test'
import { openTestApp, type TestApp, type TestClient } from 'guichet/testing'
import { app } from './app.ts'

const PAGE = `<!doctype html><html><head><title>Corn &amp; milk</title></head>
<body><h1>Bolo</h1><p>Mix <b>all</b>.</p><script>var p = '<p>no</p>'</script><p>Bake.</p></body></html>`

interface Pair {
  readonly access_token: string
  readonly refresh_token: string
}

const PASSWORD = 'correct horse battery'
const RECIPE = { title: 'Bolo', ingredients: 'milho, leite', time_minutes: 40 }

function openPageServer(): Server {
  return createServer((request, reply) => {
    const type = request.url === '/picture' ? 'image/png' : 'text/html; charset=utf-8'
    if (request.url === '/inside') reply.writeHead(302, { location: 'http://127.0.0.2/' }).end()
    else reply.writeHead(200, { 'content-type': type }).end(PAGE)
  })
}

for (const transport of ['memory', 'socket'] as const) {
  describe(`recipes (${transport})`, () => {
    const pages = openPageServer()
    let opened: TestApp
    let client: TestClient
    let pageHost: string

    const login = async (username: string): Promise<Pair> =>
      (await client.post('/login', { json: { username, password: PASSWORD }, expect: 200 })).json as Pair
    const enter = async (username: string): Promise<TestClient> => {
      await client.post('/register', { json: { username, password: PASSWORD }, expect: 201 })
      return client.withToken((await login(username)).access_token)
    }

    before(async () => {
      pages.listen(0, '127.0.0.1')
      await once(pages, 'listening')
      pageHost = `127.0.0.1:${(pages.address() as AddressInfo).port}`
      opened = await openTestApp(app, { transport, environment: { SCRAPE_ALLOW: pageHost } })
      client = opened.client
    })
    after(async () => {
      await opened.close()
      pages.close()
    })

    it('POST /register makes one account of a name, with a password that is not known to be weak', async () => {
      const json = { username: 'eva', password: PASSWORD }
      await client.post('/register', { json, expect: { status: 201, json: { msg: 'User created' } } })
      await client.post('/register', { json, expect: 409 })
      await client.post('/register', { json: { username: 'zoe' }, expect: { status: 400, text: /password/ } })
      await client.post('/register', {
        json: { username: 'zoe', password: 'short' },
        expect: { status: 400, text: /15/ },
      })
      await client.post('/register', { json: { ...json, username: '' }, expect: { status: 400, text: /username/ } })
    })

    it('POST /login gives tokens that no cache keeps, and the same words for unknown and wrong', async () => {
      await client.post('/register', { json: { username: 'ivo', password: PASSWORD }, expect: 201 })
      const good = { json: { username: 'ivo', password: PASSWORD } }
      await client.post('/login', { ...good, expect: { status: 200, headers: { 'cache-control': 'no-store' } } })
      const wrong = await client.post('/login', { json: { username: 'ivo', password: 'nope' }, expect: 401 })
      const unknown = await client.post('/login', { json: { username: 'nobody', password: 'nope' }, expect: 401 })
      const detailOf = ({ json }: typeof wrong): unknown => ({ ...(json as object), instance: '' })
      assert.deepEqual(detailOf(wrong), detailOf(unknown))
      await client.post('/login', { query: { username: 'ivo', password: PASSWORD }, expect: 401 })
    })

    it('GET /protected takes an access token, and no other', async () => {
      const { access_token: access, refresh_token: refresh } = await login('ivo')
      await client.get('/protected', { expect: { status: 401, headers: { 'www-authenticate': /^Bearer/ } } })
      await client.withToken(access).get('/protected', { expect: { status: 200, json: { username: 'ivo' } } })
      const invalid = { status: 401, headers: { 'www-authenticate': /error="invalid_token"/ } }
      await client.withToken(refresh).get('/protected', { expect: invalid })
      await client.withToken(`${access}x`).get('/protected', { expect: invalid })
    })

    it('POST /refresh takes a refresh token once; its second use ends the family', async () => {
      const first = await login('ivo')
      const again = client.withToken(first.refresh_token)
      const second = (await again.post('/refresh', { expect: 200 })).json as Pair
      await client.withToken(second.access_token).get('/protected', { expect: 200 })
      await again.post('/refresh', { expect: 401 })
      await client.withToken(second.refresh_token).post('/refresh', { expect: 401 })
      await client.withToken(second.access_token).get('/protected', { expect: 401 })
      await client.withToken(first.access_token).post('/refresh', { expect: 401 })
    })

    it('POST /logout ends the tokens of one login, and no others', async () => {
      const [one, other] = [await login('ivo'), await login('ivo')]
      await client.withToken(one.access_token).post('/logout', { expect: 204 })
      await client.withToken(one.access_token).get('/protected', { expect: 401 })
      await client.withToken(one.refresh_token).post('/refresh', { expect: 401 })
      await client.withToken(other.access_token).get('/protected', { expect: 200 })
    })

    it('recipes are read by all users, and changed by their author', async () => {
      const [ana, rui] = [await enter('ana'), await enter('rui')]
      const added = await ana.post('/recipes', { json: RECIPE, expect: 201 })
      const { id } = added.json as { id: number }
      assert.equal(added.header('location'), `/recipes/${id}`)
      await rui.get(`/recipes/${id}`, { expect: { status: 200, json: { id, ...RECIPE, author: 'ana' } } })
      await rui.put(`/recipes/${id}`, { json: { ...RECIPE, title: 'Mine' }, expect: 403 })
      await rui.delete(`/recipes/${id}`, { expect: 403 })
      await ana.put(`/recipes/${id}`, { json: { ...RECIPE, time_minutes: 45 }, expect: 204 })
      await rui.get(`/recipes/${id}`, { expect: { json: { id, ...RECIPE, time_minutes: 45, author: 'ana' } } })
      await ana.post('/recipes', { json: { ...RECIPE, author: 'rui' }, expect: { status: 400, text: /author/ } })
      await ana.post('/recipes', {
        json: { ...RECIPE, time_minutes: -1 },
        expect: { status: 400, text: /time_minutes/ },
      })
      await ana.delete(`/recipes/${id}`, { expect: 204 })
      await ana.delete(`/recipes/${id}`, { expect: 404 })
      await client.get('/recipes', { expect: 401 })
    })

    it('GET /recipes filters by ingredient and time, page by page', async () => {
      const eva = client.withToken((await login('eva')).access_token)
      for (const minutes of [10, 20, 90]) {
        await eva.post('/recipes', {
          json: { ...RECIPE, ingredients: 'Fubá, ovo', time_minutes: minutes },
          expect: 201,
        })
      }
      const page = async (
        query: Record<string, string | number>,
      ): Promise<readonly { id: number; time_minutes: number }[]> =>
        (await eva.get('/recipes', { query, expect: 200 })).json as { id: number; time_minutes: number }[]
      assert.deepEqual(
        (await page({ ingredient: 'ovo', max_time: 60 })).map((one) => one.time_minutes),
        [10, 20],
      )
      const [first] = await page({ ingredient: 'FUBÁ', size: 1 })
      assert.deepEqual(
        (await page({ ingredient: 'ovo', after: first?.id ?? 0 })).map((one) => one.time_minutes),
        [20, 90],
      )
      await eva.get('/recipes', { query: { size: 1000 }, expect: 400 })
    })

    it('GET /scrape reads a page, and refuses what is not public', async () => {
      const eva = client.withToken((await login('eva')).access_token)
      const scrape = (path: string, url: string, expect: object | number): Promise<unknown> =>
        eva.get(`/scrape/${path}`, { query: { url }, expect })
      await scrape('title', `http://${pageHost}/`, { status: 200, json: { title: 'Corn & milk' } })
      const content = { headers: ['Bolo'], paragraphs: ['Mix all.', 'Bake.'] }
      await scrape('content', `http://${pageHost}/`, { status: 200, json: content })
      await scrape('title', `http://${pageHost}/picture`, 502)
      await scrape('title', `http://${pageHost}/inside`, 400)
      for (const host of [
        '127.0.0.1:1',
        '0x7f.1',
        '2130706433',
        '[::ffff:127.0.0.1]',
        '169.254.169.254',
        '[::1]',
        '0',
      ]) {
        await scrape('title', `http://${host}/`, 400)
      }
      await scrape('content', 'file:///etc/passwd', 400)
      await client.get('/scrape/title', { query: { url: 'http://example.org/' }, expect: 401 })
    })

    it('GET /openapi.json and /apidocs are open', async () => {
      await client.get('/apidocs', { expect: { status: 200, text: '<html' } })
      await client.get('/openapi.json', { expect: { status: 200, text: '"/scrape/title"' } })
      await client.get('/openapi.json?as=nobody', { expect: { status: 200, text: '"/register"' } })
      const reply = await client.get('/openapi.json?as=nobody')
      assert.equal(reply.text.includes('/scrape'), false)
      await client.get('/openapi.json?as=ADMIN', { expect: 400 })
    })
  })
}
