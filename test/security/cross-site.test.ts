import { describe, it } from 'node:test'
import { AUTH, guichet } from 'guichet'
import { basic } from 'guichet/authn'
import { openTestApp } from 'guichet/testing'
import { openComics, TRANSPORTS } from './opened.test-support.ts'

const FORM = { 'content-type': 'application/x-www-form-urlencoded' }

for (const transport of TRANSPORTS) {
  describe(`a password that a browser remembers (${transport})`, () => {
    it('does not let a page of another site write with it', async () => {
      await using opened = await openComics(transport)
      const susie = opened.client.as('susie')
      const { host } = new URL(opened.client.url)
      const own = transport === 'memory' ? 'http://memory' : `http://${host}`
      const post = (headers: Record<string, string>, stuff: string, expect: number): Promise<unknown> =>
        susie.post('/stuff', { body: `stuff=${stuff}`, headers: { ...FORM, ...headers }, expect })
      await post({ origin: 'https://evil.example' }, 'a', 403)
      await post({ origin: 'null' }, 'a', 403)
      await post({ origin: `${own}.evil.example` }, 'a', 403)
      await post({ origin: own, 'sec-fetch-site': 'cross-site' }, 'a', 403)
      await post({ 'sec-fetch-site': 'same-site' }, 'a', 403)
      await post({ origin: own }, 'b', 201)
      await post({ origin: own, 'sec-fetch-site': 'same-origin' }, 'c', 201)
      await post({ 'sec-fetch-site': 'none' }, 'd', 201)
      // A program says nothing of pages.
      await post({}, 'e', 201)
      await susie.get('/whoami', {
        headers: { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' },
        expect: 200,
      })
      await susie.delete('/stuff/1', { headers: { origin: 'https://evil.example' }, expect: 403 })
    })

    it('lets pages write that a CORS declaration names', async () => {
      const app = guichet({ name: 'shared', authn: [basic({ verify: (_login, password) => password === 'hobbes' })] })
      app.post('/', { authorize: AUTH, cors: { origins: ['https://app.example'] } }, () => 'done')
      await using opened = await openTestApp(app, { transport })
      const calvin = opened.client.withPassword('calvin', 'hobbes')
      await calvin.post('/', {
        headers: { origin: 'https://app.example', 'sec-fetch-site': 'cross-site' },
        expect: 200,
      })
      await calvin.post('/', {
        headers: { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' },
        expect: 403,
      })
    })
  })
}
