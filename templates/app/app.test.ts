import { after, before, describe, it } from 'node:test'
import { openTestApp, type TestApp } from 'guichet/testing'
import { app } from './app.ts'

const users = { ana: 'correct horse battery', rui: 'staple on a battery' }

describe('my-app', () => {
  let opened: TestApp

  before(async () => {
    opened = await openTestApp(app, { users })
    for (const [login, password] of Object.entries(users)) {
      await opened.client.post('/register', { form: { login, password }, expect: 201 })
    }
  })

  after(() => opened.close())

  it('gives a note to its owner only', async () => {
    const ana = opened.client.as('ana')
    await ana.post('/notes', { json: { body: 'hello' }, expect: { status: 201, json: { nid: 1 } } })
    await ana.get('/notes/1', { expect: { status: 200, json: { nid: 1, body: 'hello' } } })
    await opened.client.as('rui').get('/notes/1', { expect: 403 })
    await opened.client.get('/notes/1', { expect: 401 })
    await ana.get('/notes/99', { expect: 404 })
  })

  it('refuses a short password', async () => {
    await opened.client.post('/register', { form: { login: 'eve', password: 'short' }, expect: 400 })
  })

  it('refuses a login that is taken', async () => {
    await opened.client.post('/register', { form: { login: 'ana', password: 'another good one' }, expect: 409 })
  })
})
