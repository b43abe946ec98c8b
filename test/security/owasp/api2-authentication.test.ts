import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { openTestApp } from 'guichet/testing'
import { app as comicsApp } from '../../../examples/comics/app.ts'
import { enterRecipes, openComics, openRecipes, SECRET, TRANSPORTS } from '../opened.test-support.ts'
import { forgedGuichetTokens, forgedJwts } from '../token-battery.ts'

const OTHER_SECRET = 'Zq8Lm2Xv5Bn9Kc4Wd7Hs1Jr6Tf3Py0Ga'
const DAY_MS = 24 * 3_600_000

for (const transport of TRANSPORTS) {
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
      await using other = await openComics(transport, OTHER_SECRET)
      const ofOther = String((await other.client.as('susie').get('/login', { expect: 200 })).json)
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
}
