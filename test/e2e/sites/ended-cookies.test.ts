import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { AUTH, guichet, html, noContent, OPEN } from 'guichet'
import { basic, cookie, session, token } from 'guichet/authn'
import { errorPage } from 'guichet/sites'
import { openTestApp, type TestReply } from 'guichet/testing'

const PAGE = { accept: 'text/html' }
const ENDED = 'realm:ann:20200101000000:00000000000000000000000000000000'

/** A site with a login page and a page for members; `kind` says what a cookie holds. */
function siteWith(kind: 'session' | 'token') {
  const sessions = session()
  const carrier = cookie('auth')
  const cookies = kind === 'session' ? sessions : token({ carriers: [carrier] })
  const site = guichet({
    name: 'members',
    authn: [cookies, basic({ password: () => null })],
    errorPages: errorPage({ login: '/login' }),
  })
  site.get('/login', { authorize: OPEN }, () => html`<h1>Log in</h1>`)
  site.get('/members', { authorize: AUTH }, (_, { user }) => html`<h1>Hello ${user}</h1>`)
  site.post('/members', { authorize: AUTH }, () => noContent())
  site.post('/login', { authorize: OPEN }, async (_, call) => {
    if (kind === 'session') await sessions.login(call, 'ann')
    else call.addHeader('set-cookie', carrier.format(call, await call.createToken('ann')))
    return noContent()
  })
  return site
}

const NAMES = { session: 'session', token: 'auth' } as const

for (const transport of ['memory', 'socket'] as const) {
  for (const kind of ['session', 'token'] as const) {
    describe(`an ended ${kind} cookie (${transport})`, () => {
      const name = NAMES[kind]
      const stale = { cookie: `${name}=${ENDED}`, ...PAGE }
      const cleared = new RegExp(`^${name}=; Max-Age=0; Path=/; HttpOnly; SameSite=Lax$`)
      const assertCleared = (reply: TestReply): void => {
        const [line = ''] = reply.headerValues('set-cookie')
        assert.match(line, cleared)
      }

      it('opens what is open, and is cleared', async () => {
        await using opened = await openTestApp(siteWith(kind), { transport })
        assertCleared(await opened.client.get('/login', { headers: stale, expect: { status: 200, text: 'Log in' } }))
      })

      it('gives a page that leads to the login and back, and is cleared, where a user is needed', async () => {
        await using opened = await openTestApp(siteWith(kind), { transport })
        const refused = await opened.client.get('/members', { headers: stale, expect: 401 })
        assertCleared(refused)
        assert.match(refused.text, /<a href="\/login\?next=%2Fmembers">Log in<\/a>/)
        const sent = await opened.client.post('/members', { headers: stale, expect: 401 })
        assert.match(sent.text, /<a href="\/login">/)
        const json = await opened.client.get('/members', { headers: { cookie: stale.cookie }, expect: 401 })
        assert.equal(json.header('content-type'), 'application/problem+json')
      })

      it('does not stand in the way of a new login, nor of credentials that are sent on purpose', async () => {
        await using opened = await openTestApp(siteWith(kind), { transport })
        const login = await opened.client.post('/login', { headers: stale, expect: 204 })
        const fresh = login.headerValues('set-cookie').at(-1) ?? ''
        assert.match(fresh, new RegExp(`^${name}=[^;]+; Path=/; HttpOnly; SameSite=Lax$`))
        const headers = { cookie: fresh.split(';')[0] ?? '', ...PAGE }
        await opened.client.get('/members', { headers, expect: { status: 200, text: 'Hello ann' } })
        const wrong = { ...stale, authorization: `Basic ${Buffer.from('ann:wrong').toString('base64')}` }
        const refused = await opened.client.get('/members', { headers: wrong, expect: 401 })
        assertCleared(refused)
      })
    })
  }
}

describe('cookies of a login in production', () => {
  const secret = 'a secret of a production server that is long enough'

  it('are for TLS and this host alone, whatever the connection seems to be', async () => {
    const environment = { NODE_ENV: 'production', GUICHET_SECRET: secret }
    await using opened = await openTestApp(siteWith('session'), { environment })
    const login = await opened.client.post('/login', { expect: 204 })
    assert.match(
      login.header('set-cookie') ?? '',
      /^__Host-session=[\w-]{43}; Path=\/; Secure; HttpOnly; SameSite=Lax$/,
    )
    // A name that a sub-domain or plain HTTP could plant is not looked at.
    const planted = (login.header('set-cookie') ?? '').replace('__Host-', '').split(';')[0] ?? ''
    await opened.client.get('/members', { headers: { cookie: planted }, expect: 401 })
  })

  it('are bare where the configuration says that people reach it without TLS', async () => {
    const environment = { NODE_ENV: 'production', GUICHET_SECRET: secret, GUICHET_PLAIN_HTTP: 'yes' }
    await using opened = await openTestApp(siteWith('session'), { environment })
    const login = await opened.client.post('/login', { expect: 204 })
    assert.match(login.header('set-cookie') ?? '', /^session=[\w-]{43}; Path=\/; HttpOnly; SameSite=Lax$/)
  })
})
