import { describe, it } from 'node:test'
import { AUTH, guichet, OPEN, type App } from 'guichet'
import { custom, digest, param, password, session, ticket, token } from 'guichet/authn'
import { openTestApp, type TestApp, type TestClient } from 'guichet/testing'
import { checkApp } from '../../../src/app/boot.ts'
import { digestHa1, digestResponse } from '../../../src/authn/digest-response.ts'

const SECRETS = ['a first secret that is long enough for it', 'another secret that is long enough for it']
const user = { 'x-badge': 'ana' }

interface Pair {
  readonly accessToken: string
  readonly refreshToken: string
}

function declareApp(): App<never> {
  const tokens = token({ format: 'jwt' })
  const sessions = session()
  const tickets = ticket()
  const app = guichet({
    name: 'twice',
    authn: [
      custom('badge', (call) => call.header('x-badge') ?? null),
      tokens,
      sessions,
      tickets,
      digest({ ha1: (login) => digestHa1({ login, realm: 'twice', password: 'a long pass phrase' }) }),
      ...password({ password: () => null, verify: (_, given) => given === 'a long pass phrase', isOptIn: true }),
    ],
  })
  app.post('/pair', { authorize: AUTH }, (_, { user: login }) => tokens.createPair(login))
  app.post('/rotate', { authorize: AUTH, authn: [tokens.refresh] }, (_, call) => tokens.rotate(call))
  app.post('/revoke', { authorize: AUTH, authn: [tokens] }, (_, call) => tokens.revoke(call))
  app.post('/revoke-all', { authorize: AUTH }, (_, { user: login }) => tokens.revokeUser(login))
  app.post('/login', { authorize: AUTH, authn: [param()] }, async (_, call) => {
    await sessions.login(call, call.user)
    return (await sessions.list(call.user)).length
  })
  app.get('/me', { authorize: AUTH }, (_, call) => call.user)
  app.post('/me', { authorize: AUTH, authn: [sessions] }, (_, call) => call.user)
  app.get('/csrf', { authorize: AUTH, authn: [sessions] }, (_, call) => call.csrfToken)
  app.get('/open', { authorize: OPEN }, () => 'open')
  return app as App<never> // the suite treats all apps alike
}

/** Two boots of one app at once, each with its secret, its store and its memory. */
async function openTwice(transport: 'memory' | 'socket'): Promise<[TestApp, TestApp] & AsyncDisposable> {
  const app = declareApp()
  const open = (secret: string): Promise<TestApp> =>
    openTestApp(app, { transport, environment: { GUICHET_SECRET: secret, LOG_LEVEL: 'silent' } })
  const [first, second] = [await open(SECRETS[0] ?? ''), await open(SECRETS[1] ?? '')]
  checkApp(app['~definition'], { environment: { GUICHET_SECRET: 'a third secret that is long enough for it' } })
  const close = async (): Promise<void> => void (await Promise.all([first.close(), second.close()]))
  return Object.assign([first, second] as [TestApp, TestApp], { [Symbol.asyncDispose]: close })
}

const bearer = (text: string): Record<string, string> => ({ authorization: `Bearer ${text}` })
const pairOf = async (client: TestClient): Promise<Pair> => (await client.post('/pair', { headers: user })).json as Pair // the app gives pairs

for (const transport of ['memory', 'socket'] as const) {
  describe(`two boots of one app at once (${transport})`, () => {
    it('make and take tokens with their own secrets and stores', async () => {
      await using both = await openTwice(transport)
      const [first, second] = both.map(({ client }) => client) as [TestClient, TestClient] // there are two
      const [one, two] = [await pairOf(first), await pairOf(second)]
      await first.get('/me', { headers: bearer(one.accessToken), expect: { status: 200, json: 'ana' } })
      await second.get('/me', { headers: bearer(two.accessToken), expect: { status: 200, json: 'ana' } })
      await first.get('/me', { headers: bearer(two.accessToken), expect: 401 })
      await second.get('/me', { headers: bearer(one.accessToken), expect: 401 })
      await first.post('/rotate', { headers: bearer(one.refreshToken), expect: 200 })
      await second.post('/rotate', { headers: bearer(two.refreshToken), expect: 200 })
    })

    it('end tokens in their own store', async () => {
      await using both = await openTwice(transport)
      const [first, second] = both.map(({ client }) => client) as [TestClient, TestClient] // there are two
      const [one, two] = [await pairOf(first), await pairOf(second)]
      await first.post('/revoke', { headers: bearer(one.accessToken), expect: 204 })
      await first.get('/me', { headers: bearer(one.accessToken), expect: 401 })
      await second.get('/me', { headers: bearer(two.accessToken), expect: 200 })
      const three = await pairOf(first)
      await second.post('/revoke-all', { headers: user, expect: 204 })
      await first.get('/me', { headers: bearer(three.accessToken), expect: 200 })
    })

    it('keep their own sessions, with their own tokens for forms', async () => {
      await using both = await openTwice(transport)
      const [first, second] = both.map(({ client }) => client.withJar()) as [TestClient, TestClient] // there are two
      const form = { USER: 'ana', PASS: 'a long pass phrase' }
      await first.post('/login', { form, expect: { status: 200, json: 1 } })
      await second.get('/csrf', { expect: 401 })
      await second.post('/login', { form, expect: { status: 200, json: 1 } })
      const site = { 'sec-fetch-site': 'same-origin' }
      for (const client of [first, second]) {
        const csrf = String((await client.get('/csrf', { expect: 200 })).json)
        await client.post('/me', { headers: { ...site, 'x-csrf-token': csrf }, expect: { status: 200, json: 'ana' } })
        const other = client === first ? second : first
        await other.post('/me', { headers: { ...site, 'x-csrf-token': csrf }, expect: 403 })
      }
    })

    it('challenge with their own nonces', async () => {
      await using both = await openTwice(transport)
      const [first, second] = both.map(({ client }) => client) as [TestClient, TestClient] // there are two
      const challenge = (await first.get('/me', { expect: 401 })).header('www-authenticate') ?? ''
      const nonce = /nonce="([^"]+)"/.exec(challenge)?.[1] ?? ''
      const digestOf = (nc: string): string => {
        const ha1 = digestHa1({ login: 'ana', realm: 'twice', password: 'a long pass phrase' })
        const about = { algorithm: 'SHA-256', ha1, method: 'GET', uri: '/me', nonce, nc, cnonce: 'c' } as const
        const fields = `username="ana", realm="twice", uri="/me", nonce="${nonce}", nc=${nc}, cnonce="c", qop=auth`
        return `Digest ${fields}, algorithm=SHA-256, response="${digestResponse(about)}"`
      }
      await second.get('/me', { headers: { authorization: digestOf('00000001') }, expect: 401 })
      await first.get('/me', { headers: { authorization: digestOf('00000002') }, expect: { status: 200, json: 'ana' } })
    })

    it('go on as one when the other has ended', async () => {
      const app = declareApp()
      const open = (secret: string): Promise<TestApp> =>
        openTestApp(app, { transport, environment: { GUICHET_SECRET: secret, LOG_LEVEL: 'silent' } })
      const first = await open(SECRETS[0] ?? '')
      const one = await pairOf(first.client)
      const second = await open(SECRETS[1] ?? '')
      await second.close()
      await first.client.post('/rotate', { headers: bearer(one.refreshToken), expect: 200 })
      await first.client.get('/me', { headers: bearer((await pairOf(first.client)).accessToken), expect: 200 })
      await first.close()
    })
  })
}
