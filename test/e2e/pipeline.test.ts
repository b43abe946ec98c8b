import assert from 'node:assert/strict'
import { gunzipSync } from 'node:zlib'
import { after, before, beforeEach, describe, it } from 'node:test'
import { openTestApp, type RequestOptions, type TestApp, type TestReply } from 'guichet/testing'
import { app, events } from './desk/app.ts'

for (const transport of ['memory', 'socket'] as const) {
  describe(`the pipeline (${transport})`, () => {
    let opened: TestApp
    const send = (who: string | null, call: string, options: RequestOptions = {}): Promise<TestReply> => {
      const [method = 'GET', path = '/'] = call.split(' ')
      const headers = { ...options.headers, ...(who === null ? {} : { 'x-who': who }) }
      return opened.client.request(method, path, { ...options, headers })
    }
    const bodies = async (): Promise<readonly string[]> =>
      ((await send(null, 'GET /notes')).json as { body: string }[]).map(({ body }) => body)

    before(async () => {
      opened = await openTestApp(app, { transport, environment: { LOG_LEVEL: 'silent' } })
    })
    after(() => opened.close())
    beforeEach(() => {
      events.length = 0
    })

    it('commits a writing call, then runs its tasks', async () => {
      await send('ana', 'POST /notes', { json: { body: 'kept' }, expect: 201 })
      assert.ok((await bodies()).includes('kept'))
      assert.deepEqual(events, ['committed kept'])
    })

    for (const [path, status] of [
      ['refused', 409],
      ['replied', 422],
      ['fault', 500],
    ] as const) {
      it(`rolls back and runs no task when a call ends with ${status}`, async () => {
        await send('ana', `POST /notes/${path}`, { json: { body: path }, expect: status })
        assert.ok(!(await bodies()).includes(path))
        assert.deepEqual(events, [])
      })
    }

    it('tells the peer of a fault an id and nothing else', async () => {
      const reply = await send('ana', 'POST /notes/fault', { json: { body: 'x' }, expect: 500 })
      assert.ok(!reply.text.includes('secret detail'))
      assert.equal((reply.json as { instance: string }).instance, reply.header('x-request-id'))
    })

    it('answers 503 at the deadline, and nothing that comes later becomes real', async () => {
      await send('ana', 'POST /notes/late', { json: { body: 'late' }, expect: 503 })
      await send('ana', 'POST /notes/later', { json: { body: 'later' }, expect: 503 })
      await new Promise((resolve) => setTimeout(resolve, 700))
      assert.deepEqual(events, ['aborted true'])
      assert.ok(!(await bodies()).some((body) => body.startsWith('late')))
    })

    it('repeats a call after a serialization failure as often as its route says, and no more', async () => {
      const first = { json: { key: `twice ${transport}`, failures: 2 }, expect: { status: 200, json: { attempt: 3 } } }
      const reply = await send('ana', 'POST /retried', first)
      assert.equal(reply.header('x-attempt'), '3', 'an attempt that was undone leaves no header')
      await send('ana', 'POST /retried', { json: { key: `thrice ${transport}`, failures: 3 }, expect: 503 })
      assert.equal((await bodies()).filter((body) => body === `twice ${transport}`).length, 1)
    })

    it('forgets a decision as soon as the app changes what it stands on', async () => {
      await send('bia', 'GET /member', { expect: 403 })
      await send(null, 'POST /members', { json: { login: 'bia' }, expect: 200 })
      await send('bia', 'GET /member', { expect: 200 })
      await send(null, 'DELETE /members/bia', { expect: 200 })
      await send('bia', 'GET /member', { expect: 403 })
    })

    it('ends an object permission with the call that gives the object away', async () => {
      await send('rui', 'GET /mine/2', { expect: 200 })
      await send('rui', 'POST /mine/2/give', { json: { to: 'bia' }, expect: 200 })
      await send('rui', 'GET /mine/2', { expect: 403 })
      await send('bia', 'POST /mine/2/give', { json: { to: 'rui' }, expect: 200 })
    })

    it('anyOf() passes with one part, and answers 403 before 404', async () => {
      await send('ana', 'GET /either/2', { expect: 200 })
      await send('rui', 'GET /either/2', { expect: 200 })
      await send('rui', 'GET /either/1', { expect: 403 })
      await send('rui', 'GET /either/99', { expect: 404 })
      await send(null, 'GET /either/1', { expect: 401 })
    })

    it('runs hooks after authorization only, and lets them refuse', async () => {
      await send('ana', 'GET /hooked', { expect: 200 })
      await send('stopped', 'GET /hooked', { expect: 423 })
      await send(null, 'GET /hooked', { expect: 401 })
      await send('rui', 'GET /hooked/members', { expect: 403 })
      assert.deepEqual(events, [
        'before ana',
        'after ana 200 null',
        'before stopped',
        'after stopped 423 HANDLE_REFUSED',
        'after null 401 AUTHN_MISSING',
        'after rui 403 AUTHZ_GROUP',
      ])
    })

    it('maps errors of the database: 409 for a duplicate, 400 for a bad value', async () => {
      await send('ana', 'POST /notes', { json: { body: 'first' }, expect: 409 })
      await send(null, 'GET /number', { query: { text: 'x1' }, expect: 400 })
      await send(null, 'GET /number', { query: { text: '12' }, expect: { status: 200, json: 12 } })
    })

    it('answers HEAD by GET without a body, OPTIONS by itself, 405 with Allow', async () => {
      const head = await send(null, 'HEAD /notes', { expect: 200 })
      assert.equal(head.bytes.length, 0)
      await send(null, 'OPTIONS /notes', { expect: { status: 204, headers: { allow: 'GET, POST, HEAD, OPTIONS' } } })
      await send(null, 'OPTIONS *', { expect: 204 })
      await send(null, 'DELETE /notes', { expect: { status: 405, headers: { allow: 'GET, POST, HEAD, OPTIONS' } } })
      await send(null, 'GET /nowhere', { expect: 404 })
    })

    it('sends no content with 205', async () => {
      const reset = await send(null, 'GET /reset', { expect: { status: 205, headers: { 'content-length': '0' } } })
      assert.equal(reset.bytes.length, 0)
    })

    it('sends values by their kind', async () => {
      await send(null, 'GET /', { expect: { json: 'hello', headers: { 'content-type': /^application\/json$/ } } })
      await send(null, 'GET /text', {
        expect: { text: /^plain$/, headers: { 'content-type': 'text/plain; charset=utf-8' } },
      })
      const json = { big: '1180591620717411303424', at: '1970-01-01T00:00:00.000Z' }
      await send(null, 'GET /big', { expect: { json } })
      await send(null, 'GET /nothing', { expect: 404 })
      await send(null, 'GET /headers', { expect: { headers: { 'x-own': 'own', 'x-extra': 'yes' } } })
    })

    it('never lets a header value make a header of its own', async () => {
      const reply = await send(null, 'GET /injection', { expect: 500 })
      assert.equal(reply.header('set-cookie'), undefined)
    })

    it('limits the calls of each user on their own, and says what is left', async () => {
      for (const user of ['lim1', 'lim2']) {
        await send(user, 'GET /limited', { expect: { status: 200, headers: { ratelimit: /r=1;/ } } })
        await send(user, 'GET /limited', { expect: 200 })
        const reply = await send(user, 'GET /limited', { expect: { status: 429, headers: { 'retry-after': /^\d+$/ } } })
        assert.equal((reply.json as { code: string }).code, 'GUARD_RATE')
      }
    })

    it('limits an address before it looks at credentials', async () => {
      await send(null, 'GET /limited/address', { expect: 401 })
      await send(null, 'GET /limited/address', { expect: 401 })
      await send('ana', 'GET /limited/address', { expect: 429 })
    })

    it('shares the limit of a module among its routes', async () => {
      await send('sha', 'GET /shared/a', { expect: 200 })
      await send('sha', 'GET /shared/b', { expect: 200 })
      await send('sha', 'GET /shared/a', { expect: 200 })
      await send('sha', 'GET /shared/b', { expect: 429 })
    })

    it('does the work once for one idempotency key, and gives the same answer again', async () => {
      const key = { 'idempotency-key': `key-of-${transport}-1` }
      const body = `once ${transport}`
      const first = await send('ana', 'POST /orders', { headers: key, json: { body }, expect: 201 })
      const again = await send('ana', 'POST /orders', { headers: key, json: { body }, expect: 201 })
      assert.deepEqual(again.json, first.json)
      assert.equal(again.header('idempotent-replayed'), 'true')
      assert.equal((await bodies()).filter((one) => one === body).length, 1)
      await send('ana', 'POST /orders', { headers: key, json: { body: 'other' }, expect: 422 })
      // Another user's key is another key; there the body is a duplicate.
      await send('rui', 'POST /orders', { headers: key, json: { body }, expect: 409 })
    })

    it('lets only declared origins read, and answers their preflight', async () => {
      const preflight = { 'access-control-request-method': 'GET' }
      const ours = { origin: 'https://shop.example' }
      const headers = {
        'access-control-allow-origin': 'https://shop.example',
        'access-control-allow-credentials': 'true',
      }
      await send(null, 'OPTIONS /crossed', { headers: { ...ours, ...preflight }, expect: { status: 204, headers } })
      await send(null, 'OPTIONS /crossed', { headers: { origin: 'https://evil.example', ...preflight }, expect: 403 })
      await send(null, 'GET /crossed', { headers: ours, expect: { status: 200, headers } })
      const other = await send(null, 'GET /crossed', { headers: { origin: 'https://evil.example' }, expect: 200 })
      assert.equal(other.header('access-control-allow-origin'), undefined)
      assert.equal(other.header('vary'), 'origin')
    })

    it('keeps data of the app for a while', async () => {
      await send(null, 'GET /cached', { query: { key: transport }, expect: { status: 200, json: { times: 1 } } })
      await send(null, 'GET /cached', { query: { key: transport }, expect: { status: 200, json: { times: 2 } } })
    })

    it('may answer with the stream of a file that was sent', async () => {
      const upload = new Blob(['x'.repeat(300_000)], { type: 'text/plain' })
      const reply = await send(null, 'POST /echo-file', { files: { upload }, expect: 200 })
      assert.equal(reply.bytes.length, 300_000)
    })

    it('codes a long reply as the peer likes it, and a short one not at all', async () => {
      const headers = { 'accept-encoding': 'gzip' }
      const long = await send(null, 'GET /long', {
        headers,
        expect: { headers: { 'content-encoding': 'gzip', vary: 'accept-encoding' } },
      })
      assert.deepEqual(JSON.parse(gunzipSync(long.bytes).toString()), { text: 'long '.repeat(1000) })
      const plain = await send(null, 'GET /long', { expect: { json: { text: 'long '.repeat(1000) } } })
      assert.equal(plain.header('content-encoding'), undefined)
      assert.equal((await send(null, 'GET /', { headers })).header('content-encoding'), undefined)
    })

    it('answers refusals as problem details', async () => {
      const reply = await send(null, 'POST /notes', {
        expect: { status: 401, headers: { 'content-type': 'application/problem+json' } },
      })
      const problem = reply.json as Record<string, unknown>
      assert.equal(problem['type'], 'urn:guichet:refusal:authn-missing')
      assert.equal(problem['status'], 401)
    })
  })
}
