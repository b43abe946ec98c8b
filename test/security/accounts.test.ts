import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { AUTH, group, guichet, minutes, noContent, reply } from 'guichet'
import { basic, token } from 'guichet/authn'
import { openTestApp } from 'guichet/testing'
import { z } from 'zod'
import { SECRET, TRANSPORTS } from './opened.test-support.ts'

// What the guide to authentication shows: changing a password, and ending the logins of others.

const OLD = 'seven owls drink lemonade'
const NEW = 'nine bears paint a bridge'
const MINUTE_MS = 60_000

function accounts() {
  const hashes = new Map<string, string>()
  const tokens = token({ format: 'jwt' })
  const password = basic({ password: (login) => hashes.get(login) ?? null })
  const admin = group('ADMIN', (login) => login === 'root')
  const app = guichet({ name: 'accounts', authn: [tokens, password] })
  app.post('/login', { authorize: AUTH, authn: [password] }, async (_, { user }) =>
    reply(await tokens.createPair(user)),
  )
  app.post('/refresh', { authorize: AUTH, authn: [tokens.refresh] }, async (_, call) =>
    reply(await tokens.rotate(call)),
  )
  app.get('/me', { authorize: AUTH }, (_, { user }) => user)
  const change = { authorize: AUTH, fresh: minutes(5), params: { password: z.string() } }
  app.put('/me/password', change, async (args, call) => {
    hashes.set(call.user, await call.hashPassword(args.password))
    await tokens.revokeUser(call.user)
    return noContent()
  })
  app.delete('/logins/:login', { authorize: admin, params: { login: z.string() } }, async ({ login }) => {
    await tokens.revokeUser(login)
    return noContent()
  })
  return { app, hashes }
}

interface Tokens {
  readonly accessToken: string
  readonly refreshToken: string
}

for (const transport of TRANSPORTS) {
  describe(`accounts (${transport})`, () => {
    const open = async () => {
      const { app, hashes } = accounts()
      let now = Date.parse('2026-01-01T00:00:00Z')
      const clock = { now: () => now, monotonic: () => performance.now() }
      const opened = await openTestApp(app, { transport, clock, environment: { GUICHET_SECRET: SECRET } })
      const { passwords } = opened.app?.services ?? assert.fail('the app runs here')
      const hash = await passwords.hash(OLD)
      assert.ok(typeof hash === 'string')
      for (const login of ['ana', 'bea', 'root']) hashes.set(login, hash)
      const login = async (name: string, password = OLD): Promise<Tokens> =>
        (await opened.client.withPassword(name, password).post('/login', { expect: 200 })).json as Tokens
      return { opened, login, pass: (ms: number) => (now += ms) }
    }

    it('a password is changed after a recent proof of the old one only, a renewed token is none', async () => {
      const { opened, login, pass } = await open()
      await using _ = opened
      const first = await login('ana')
      pass(6 * MINUTE_MS)
      const json = { password: NEW }
      const late = await opened.client.withToken(first.accessToken).put('/me/password', { json, expect: 401 })
      assert.match(late.text, /AUTHN_NOT_FRESH/)
      const headers = { authorization: `Bearer ${first.refreshToken}` }
      const renewed = (await opened.client.post('/refresh', { headers, expect: 200 })).json as Tokens
      await opened.client.withToken(renewed.accessToken).get('/me', { expect: 200 })
      await opened.client.withToken(renewed.accessToken).put('/me/password', { json, expect: 401 })
      const again = await login('ana')
      await opened.client.withToken(again.accessToken).put('/me/password', { json: { password: 'short' }, expect: 400 })
      await opened.client.withToken(again.accessToken).put('/me/password', { json, expect: 204 })
    })

    it('a changed password ends all logins of its user at once, the old password and nobody else', async () => {
      const { opened, login, pass } = await open()
      await using _ = opened
      const [here, there, bea] = [await login('ana'), await login('ana'), await login('bea')]
      pass(1)
      await opened.client.withToken(here.accessToken).put('/me/password', { json: { password: NEW }, expect: 204 })
      for (const { accessToken, refreshToken } of [here, there]) {
        await opened.client.withToken(accessToken).get('/me', { expect: 401 })
        await opened.client.post('/refresh', { headers: { authorization: `Bearer ${refreshToken}` }, expect: 401 })
      }
      await opened.client.withPassword('ana', OLD).post('/login', { expect: 401 })
      await opened.client.withToken(bea.accessToken).get('/me', { expect: 200 })
    })

    it('an administrator ends the logins of a user, and nobody else does', async () => {
      const { opened, login, pass } = await open()
      await using _ = opened
      const [ana, bea, root] = [await login('ana'), await login('bea'), await login('root')]
      pass(1)
      await opened.client.withToken(bea.accessToken).delete('/logins/ana', { expect: 403 })
      await opened.client.withToken(ana.accessToken).get('/me', { expect: 200 })
      await opened.client.withToken(root.accessToken).delete('/logins/ana', { expect: 204 })
      await opened.client.withToken(ana.accessToken).get('/me', { expect: 401 })
      await opened.client.withToken(bea.accessToken).get('/me', { expect: 200 })
    })
  })
}
