import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, it } from 'node:test'
import { type CookieJar, openTestApp, type TestApp } from 'guichet/testing'
import { app as comics } from '../../../examples/comics/app.ts'
import { app, letGo, LIFETIME_MS } from './app.ts'

const users = { calvin: 'hobbes', hobbes: 'susie' }

for (const transport of ['memory', 'socket'] as const) {
  describe(`openTestApp() (${transport})`, () => {
    it('takes time from the clock of the test: a token ends when the test says so', async () => {
      let nowMs = Date.UTC(2030, 0, 1)
      await using opened = await openTestApp(app, { transport, clock: { now: () => nowMs } })
      const { client } = opened
      await client.get('/now', { expect: { text: '2030-01-01T00:00:00.000Z' } })
      const token = String((await client.get('/token', { headers: { 'x-who': 'ana' }, expect: 200 })).json)
      await client.withToken(token).get('/me', { expect: { status: 200, json: 'ana' } })
      nowMs += LIFETIME_MS + 60_000
      await client.withToken(token).get('/me', { expect: 401 })
    })

    it('takes ids from the test', async () => {
      let count = 0
      await using opened = await openTestApp(app, { transport, ids: { next: () => `call-${++count}` } })
      await opened.client.get('/now', { expect: { text: '"id":"call-1"' } })
      await opened.client.get('/now', { expect: { text: '"id":"call-2"' } })
    })

    it('withJar() keeps cookies as a browser does, each jar its own', async () => {
      await using opened = await openTestApp(app, { transport })
      const [ana, rui] = [opened.client.withJar(), opened.client.withJar()]
      await ana.get('/visit', { expect: { json: 1 } })
      await ana.get('/visit', { expect: { json: 2 } })
      await rui.get('/visit', { expect: { json: 1 } })
      await opened.client.get('/visit', { expect: { json: 1 } })
      await ana.get('/area/enter', { expect: { json: null } })
      await ana.get('/area/enter', { expect: { json: 'yes' } })
      const jar = ana.jar as CookieJar // withJar() gives one
      assert.deepEqual(
        [jar.names, jar.headerFor('/area'), jar.headerFor('/areas')],
        [['visits', 'area'], 'area=yes; visits=2', 'visits=2'],
      )
      await ana.get('/leave', { expect: 200 })
      assert.deepEqual(jar.names, ['area'])
      await ana.get('/visit', { expect: { json: 1 } })
    })

    it('close() fails when a call still runs', async () => {
      const opened = await openTestApp(app, { transport })
      const stuck = opened.client.get('/stuck').catch(() => null)
      await opened.client.get('/now')
      const closed = assert.rejects(opened.close(), /still has open: the call GET \/stuck/)
      setTimeout(letGo, 400)
      await closed
      await stuck
    })
  })

  describe(`TestApp.reset() (${transport})`, () => {
    let opened: TestApp
    before(async () => {
      opened = await openTestApp(comics, { transport, users })
    })
    after(() => opened.close())
    beforeEach(() => opened.reset())

    for (const round of [1, 2]) {
      it(`gives the first rows and numbers again (${round})`, async () => {
        const { client } = opened
        const { length } = (await client.get('/stuff', { expect: 200 })).json as unknown[]
        await client.post('/stuff', { form: { stuff: 'Sofa' }, expect: { status: 201, json: { sid: length + 1 } } })
        await client.post('/register', { form: { login: 'moe', pword: 'secret' }, expect: 201 })
        await client.withPassword('moe', 'secret').get('/whoami', { expect: 200 })
        await client.as('calvin').post('/owners', { json: { oname: 'A', omail: 'a@b.example' }, expect: 201 })
        await client.as('hobbes').get('/object/2', { expect: 200 })
      })
    }

    it('drops what the app remembers of users', async () => {
      await opened.client.withPassword('moe', 'secret').get('/whoami', { expect: 401 })
    })
  })
}

describe('TestApp.sql', () => {
  it('runs the statements of the app, with their types', async () => {
    await using opened = await openTestApp(comics)
    const { sql, client } = opened
    const before = (await sql.getStuffAll()).length
    const sid: number = await sql.addStuff({ stuff: 'Sofa' })
    await client.get(`/stuff/${sid}`, { expect: { status: 200, json: { sid, stuff: 'Sofa' } } })
    await opened.reset()
    assert.equal((await sql.getStuffAll()).length, before)
  })
})

describe('TestApp.close()', () => {
  it('fails when a transaction was left open, and ends it', async () => {
    const opened = await openTestApp(comics)
    await opened.app?.database?.driver.begin()
    await assert.rejects(opened.close(), /still has open: a transaction/)
  })

  it('fails when a stream of rows was left open, and ends it', async () => {
    const opened = await openTestApp(comics)
    const rows = opened.app?.database?.driver.stream('SELECT n FROM generate_series(1, 5000) AS n', [], 10)
    await rows?.[Symbol.asyncIterator]().next()
    await assert.rejects(opened.close(), /still has open: .*a stream of SELECT n FROM/)
  })

  it('is quiet when all was ended, and a second call waits for the first', async () => {
    const opened = await openTestApp(comics)
    const transaction = await opened.app?.database?.driver.begin()
    await transaction?.rollback()
    await opened.client.get('/stuff', { expect: 200 })
    await Promise.all([opened.close(), opened.close()])
  })
})
