import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { fillPath, openComics, routesOf, TRANSPORTS } from '../opened.test-support.ts'

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

for (const transport of TRANSPORTS) {
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
}
