import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { openTestApp, type TestApp } from 'guichet/testing'
import { app } from './app.ts'

describe('an audit in a table', () => {
  let opened: TestApp
  const rows = async (text: string) => (await opened.app?.database?.driver.run(text, []))?.rows ?? []
  /** The audit is written behind the answer of a refused call. */
  const until = async (count: number): Promise<void> => {
    while (Number((await rows('SELECT count(*) FROM guichet_audit'))[0]?.[0]) < count)
      await new Promise((resolve) => setTimeout(resolve, 5))
  }
  before(async () => {
    opened = await openTestApp(app, { environment: { GUICHET_AUDIT: '', LOG_LEVEL: 'silent' } })
  })
  after(() => opened.close())

  it('has the record of a change from the transaction of the change', async () => {
    await opened.client.post('/notes', { json: { body: 'kept' }, headers: { 'x-who': 'ana' }, expect: 201 })
    const text =
      "SELECT a.xmin = n.xmin, a.login, a.scheme, a.route, a.status FROM guichet_audit a, note n WHERE n.body = 'kept'"
    assert.deepEqual(await rows(text), [['t', 'ana', 'who', '/notes', '201']])
  })

  it('keeps refusals and faults, whose changes were rolled back, in the order of the calls', async () => {
    const calls = [
      opened.client.post('/refused', { json: { body: 'no' }, expect: 409 }),
      opened.client.post('/fault', { json: { body: 'no' }, expect: 500 }),
      opened.client.post('/notes', { json: { text: 'no' }, expect: 400 }),
      opened.client.get('/nowhere/at%C3%A1ll', { expect: 404 }),
      opened.client.get('/notes/7', { headers: { 'x-who': 'a\u00e9' }, expect: 200 }),
    ]
    await Promise.all(calls)
    await until(6)
    assert.deepEqual(await rows("SELECT body FROM note WHERE body = 'no'"), [])
    const records = await rows('SELECT route, path, status, code, object FROM guichet_audit ORDER BY at, id OFFSET 1')
    assert.deepEqual(
      records.map(([route, path, status]) => `${route ?? path} ${status}`).toSorted(),
      ['/fault 500', '/notes 400', '/notes/:id 200', '/nowhere/at%C3%A1ll 404', '/refused 409'].toSorted(),
    )
    assert.deepEqual(records.find(([route]) => route === '/notes/:id')?.[4], 'id=7')
    assert.deepEqual(records.find(([route]) => route === '/fault')?.[3], 'HANDLE_FAULT')
  })
})
