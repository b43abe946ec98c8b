import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { openTestApp, type TestApp, type TestClient } from 'guichet/testing'
import { app } from './app.ts'

const users = { calvin: 'hobbes', hobbes: 'susie', susie: 'derkins' }

/** Who asks: nobody, somebody with a wrong password, a user, the owner of what is asked for, an admin who does not own it. */
type Asker = 'nobody' | 'wrong' | 'user' | 'owner' | 'admin'

interface Row {
  readonly call: readonly [method: string, path: string]
  readonly json?: unknown
  readonly form?: Record<string, string>
  readonly expect: Readonly<Record<Asker, number>>
}

const open = (status: number): Row['expect'] => ({
  nobody: status,
  wrong: 401,
  user: status,
  owner: status,
  admin: status,
})
const known = (status: number): Row['expect'] => ({ ...open(status), nobody: 401 })
const forAdmin = (status: number): Row['expect'] => ({ nobody: 401, wrong: 401, user: 403, owner: 403, admin: status })
const forOwner = (status: number): Row['expect'] => ({ nobody: 401, wrong: 401, user: 403, owner: status, admin: 403 })

// Hobbes owns object 2; susie is the other user, calvin the admin.
const MATRIX: readonly Row[] = [
  { call: ['GET', '/version'], expect: open(200) },
  { call: ['GET', '/stuff'], expect: open(200) },
  { call: ['GET', '/stuff/1'], expect: open(200) },
  { call: ['GET', '/stuff/99'], expect: open(404) },
  { call: ['POST', '/stuff'], expect: open(400) },
  { call: ['PUT', '/stuff/99'], form: { stuff: 'Bed' }, expect: open(404) },
  { call: ['PATCH', '/stuff/1'], form: { stuff: 'Chair' }, expect: open(204) },
  { call: ['DELETE', '/stuff/99'], expect: open(404) },
  { call: ['GET', '/users-mgt'], expect: forAdmin(200) },
  { call: ['POST', '/users-mgt'], expect: forAdmin(400) },
  { call: ['POST', '/register'], form: { login: 'susie', pword: 'something' }, expect: open(409) },
  { call: ['GET', '/login'], expect: known(200) },
  { call: ['GET', '/hello'], expect: known(200) },
  { call: ['GET', '/admin'], expect: forAdmin(200) },
  { call: ['GET', '/closed'], expect: { nobody: 403, wrong: 401, user: 403, owner: 403, admin: 403 } },
  { call: ['GET', '/whoami'], expect: known(200) },
  { call: ['POST', '/whoami'], expect: known(200) },
  { call: ['GET', '/qui-suis-je'], expect: { nobody: 401, wrong: 401, user: 401, owner: 401, admin: 401 } },
  { call: ['GET', '/owned'], expect: forAdmin(200) },
  { call: ['HEAD', '/owned'], expect: forAdmin(200) },
  { call: ['GET', '/owned/2'], expect: forOwner(200) },
  { call: ['GET', '/owned/99'], expect: known(404) },
  { call: ['GET', '/object'], expect: forAdmin(200) },
  { call: ['GET', '/object/2'], expect: forOwner(200) },
  { call: ['GET', '/object/99'], expect: known(404) },
  { call: ['GET', '/cmp/add?i=1&j=2'], expect: known(200) },
  { call: ['GET', '/cmp/hash?apass=wonderful'], expect: known(200) },
  { call: ['GET', '/owners'], expect: open(200) },
  { call: ['GET', '/owners/99'], expect: open(404) },
  { call: ['GET', '/owners/99/things'], expect: open(404) },
  { call: ['POST', '/owners'], expect: forAdmin(400) },
  { call: ['PUT', '/owners/99'], json: { oname: 'Moe', omail: 'moe@example.org' }, expect: forAdmin(404) },
  { call: ['PATCH', '/owners/99'], json: { oname: 'Moe' }, expect: forAdmin(404) },
  { call: ['DELETE', '/owners/99'], expect: forAdmin(404) },
  { call: ['GET', '/things'], expect: open(200) },
  { call: ['GET', '/things/99'], expect: open(404) },
  { call: ['POST', '/things'], json: { tname: 'Lamp', oid: 99, tprice: '1.00' }, expect: forAdmin(409) },
  { call: ['PUT', '/things/99'], json: { tname: 'Lamp', oid: 1, tprice: '1.00' }, expect: forAdmin(404) },
  { call: ['PATCH', '/things/99'], json: { tprice: '2.00' }, expect: forAdmin(404) },
  { call: ['DELETE', '/things/99'], expect: forAdmin(404) },
  { call: ['GET', '/'], expect: open(303) },
  { call: ['GET', '/apidocs'], expect: open(200) },
  { call: ['GET', '/openapi.json'], expect: open(200) },
  { call: ['GET', '/nowhere'], expect: { nobody: 404, wrong: 404, user: 404, owner: 404, admin: 404 } },
  { call: ['PUT', '/version'], expect: { nobody: 405, wrong: 405, user: 405, owner: 405, admin: 405 } },
]

function clientOf(client: TestClient, asker: Asker): TestClient {
  if (asker === 'nobody') return client
  if (asker === 'wrong') return client.withPassword('calvin', 'pas-le-bon')
  return client.as({ user: 'susie', owner: 'hobbes', admin: 'calvin' }[asker])
}

for (const transport of ['memory', 'socket'] as const) {
  describe(`comics (${transport})`, () => {
    let opened: TestApp
    let client: TestClient
    before(async () => {
      opened = await openTestApp(app, { transport, users })
      client = opened.client
    })
    after(() => opened.close())

    for (const { call, expect, ...body } of MATRIX) {
      it(`${call.join(' ')} answers ${Object.values(expect).join(' ')} to nobody, wrong, user, owner, admin`, async () => {
        for (const asker of ['nobody', 'wrong', 'user', 'owner', 'admin'] as const) {
          await clientOf(client, asker).request(...call, { ...body, expect: expect[asker] })
        }
      })
    }

    it('a new user can log in at once, by password and by token', async () => {
      await client.withPassword('moe', 'secret').get('/whoami', { expect: 401 })
      await client.post('/register', { form: { login: 'moe', pword: 'secret' }, expect: 201 })
      const reply = await client.withPassword('moe', 'secret').get('/login', { expect: 200 })
      await client.withToken(String(reply.json)).get('/qui-suis-je', { expect: { status: 200, json: 'moe' } })
      await client.post('/whoami', { json: { USER: 'moe', PASS: 'secret' }, expect: { status: 200, json: 'moe' } })
      await client.post('/whoami', { query: { USER: 'moe', PASS: 'secret' }, expect: 401 })
    })

    it('a refused write leaves nothing behind', async () => {
      const before = await client.get('/stuff')
      await client.post('/stuff', { form: { stuff: 'Chair' }, expect: 409 })
      assert.equal((await client.get('/stuff')).text, before.text)
    })

    it('owners and things are created, changed, joined and deleted', async () => {
      const admin = client.as('calvin')
      const created = await admin.post('/owners', { json: { oname: 'Rosalyn', omail: 'r@example.org' }, expect: 201 })
      const { oid } = created.json as { oid: number }
      const price = '1234567890123.45'
      const thing = await admin.post('/things', { json: { tname: 'Telescope', oid, tprice: price }, expect: 201 })
      const { tid } = thing.json as { tid: number }
      const json = [{ tid, tname: 'Telescope', oid, tprice: price }]
      await client.get(`/owners/${oid}/things`, { expect: { status: 200, json } })
      await admin.delete(`/owners/${oid}`, { expect: 409 })
      await admin.patch(`/things/${tid}`, { json: { tname: 'Lens' }, expect: 204 })
      await client.get(`/things/${tid}`, { expect: { json: { tid, tname: 'Lens', oid, tprice: price } } })
      await admin.delete(`/things/${tid}`, { expect: 204 })
      await admin.delete(`/owners/${oid}`, { expect: 204 })
    })

    it('a thousand garbage requests give no 5xx', async () => {
      for (let i = 0; i < 1000; i++) {
        const [method, path] = MATRIX[i % MATRIX.length]?.call ?? ['GET', '/']
        const bytes = crypto.getRandomValues(new Uint8Array(i % 50))
        const query = Buffer.from(crypto.getRandomValues(new Uint8Array(i % 7))).toString('latin1')
        const target = `${path}${path.includes('?') ? '&' : '?'}${encodeURIComponent(query)}=${encodeURIComponent(query)}`
        const type = i % 3 === 0 ? 'application/json' : i % 3 === 1 ? 'application/x-www-form-urlencoded' : 'text/plain'
        const body = i % 2 === 0 ? bytes : JSON.stringify({ [query]: [query, i, null, { a: query }] })
        const reply = await client.as('calvin').request(method, target, { headers: { 'content-type': type }, body })
        assert.ok(reply.status < 500, `${method} ${target}: ${reply.status} ${reply.text}`)
      }
    })
  })
}
