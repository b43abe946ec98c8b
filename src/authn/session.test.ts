import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Refusal } from '../core/refusal.ts'
import { createMemoryStore } from '../store/memory-store.ts'
import { codeOf, identityIn, testBoot, testCall, type TestBoot } from './boot.test-support.ts'
import { session, type SessionOptions } from './session.ts'

const MINUTE_MS = 60_000
const COOKIE = '__Host-session'

function sessions(options: SessionOptions = {}, boot: TestBoot = testBoot()) {
  const store = createMemoryStore({ clock: boot.clock })
  const booted = { ...boot, services: { ...boot.services, store } }
  const scheme = session(options)
  assert.deepEqual(scheme.prepare(booted), [])
  const callOf = (secret: string) => testCall({ cookies: { [COOKIE]: secret }, clock: boot.clock })
  const login = async (user: string, call = testCall({ clock: boot.clock })) => {
    const info = await scheme.login(call, user, 'a laptop')
    const [, value = ''] = call.addedHeaders.find(([name]) => name === 'set-cookie') ?? []
    return { info, cookie: value, secret: /=([^;]*)/.exec(value)?.[1] ?? '' }
  }
  return { scheme, boot, store, callOf, login, recognize: (secret: string) => scheme.recognize(callOf(secret)) }
}

describe('session()', () => {
  it('login() sets a cookie of this host alone that holds 256 random bits', async () => {
    const { login } = sessions()
    const { cookie, secret } = await login('ana')
    assert.match(cookie, /^__Host-session=[A-Za-z0-9_-]{43}; Path=\/; Secure; HttpOnly; SameSite=Lax$/)
    assert.notEqual(secret, (await login('ana')).secret)
  })

  it('recognize() gives an ambient identity with the time of the login', async () => {
    const { login, recognize, boot } = sessions()
    const { secret, info } = await login('ana')
    const loginMs = boot.clock.nowMs
    boot.clock.nowMs += 10 * MINUTE_MS
    const identity = identityIn(await recognize(secret))
    assert.equal(identity.user, 'ana')
    assert.equal(identity.isAmbient, true)
    assert.equal(identity.authenticatedAtMs, loginMs)
    assert.equal(identity.credentialId, info.id)
    assert.ok(!identity.credentialId?.includes(secret))
  })

  it('recognize() gives null without a cookie, and for an unknown one a refusal that clears it', async () => {
    const { scheme, recognize } = sessions()
    assert.equal(scheme.recognize(testCall()), null)
    const found = await recognize('x'.repeat(43))
    assert.ok(found instanceof Refusal)
    assert.equal(found.code, 'AUTHN_SESSION_UNKNOWN')
    assert.equal(found.clearCookie, '__Host-session=; Max-Age=0; Path=/; Secure; HttpOnly; SameSite=Lax')
  })

  it('the store holds no secret: what it holds is no cookie', async () => {
    const { login, recognize, store } = sessions()
    const { secret, info } = await login('ana')
    assert.notEqual(await store.get(`authn:session:${info.id}`), null)
    assert.equal(await store.get(`authn:session:${secret}`), null)
    assert.equal(codeOf(await recognize(info.id)), 'AUTHN_SESSION_UNKNOWN')
  })

  it('login() ends the session that the call came with', async () => {
    const { login, recognize, callOf } = sessions()
    const first = await login('ana')
    const second = await login('ana', callOf(first.secret))
    assert.notEqual(second.secret, first.secret)
    assert.equal(codeOf(await recognize(first.secret)), 'AUTHN_SESSION_UNKNOWN')
    assert.equal(identityIn(await recognize(second.secret)).user, 'ana')
  })

  it('logout() ends the session on the next request and clears the cookie', async () => {
    const { scheme, login, recognize, callOf } = sessions()
    const { secret } = await login('ana')
    const call = callOf(secret)
    await scheme.logout(call)
    assert.equal(codeOf(await recognize(secret)), 'AUTHN_SESSION_UNKNOWN')
    assert.match(call.addedHeaders[0]?.[1] ?? '', /^__Host-session=; Max-Age=0/)
  })

  it('a session ends when it is idle, and after its whole life however busy it is', async () => {
    const { login, recognize, boot } = sessions({ idleTimeoutMs: 10 * MINUTE_MS, lifetimeMs: 30 * MINUTE_MS })
    const idle = await login('ana')
    boot.clock.nowMs += 10 * MINUTE_MS
    assert.equal(codeOf(await recognize(idle.secret)), 'AUTHN_SESSION_UNKNOWN')
    const busy = await login('ana')
    for (let i = 0; i < 5; i++) {
      boot.clock.nowMs += 5 * MINUTE_MS
      assert.equal(identityIn(await recognize(busy.secret)).user, 'ana', `after ${i + 1} times 5 minutes`)
    }
    boot.clock.nowMs += 5 * MINUTE_MS
    assert.equal(codeOf(await recognize(busy.secret)), 'AUTHN_SESSION_UNKNOWN')
  })

  it('list() shows the sessions of a user alone, end() and endAll() end them', async () => {
    const { scheme, login, recognize, boot } = sessions()
    const one = await login('ana')
    boot.clock.nowMs += 1000
    const two = await login('ana')
    const others = await login('rui')
    assert.deepEqual(
      (await scheme.list('ana')).map(({ id, label }) => [id, label]),
      [
        [two.info.id, 'a laptop'],
        [one.info.id, 'a laptop'],
      ],
    )
    assert.equal(await scheme.end('rui', one.info.id), false)
    assert.equal(await scheme.end('ana', one.info.id), true)
    assert.equal(await scheme.end('ana', one.info.id), false)
    assert.equal(codeOf(await recognize(one.secret)), 'AUTHN_SESSION_UNKNOWN')
    const three = await login('ana')
    await scheme.endAll('ana', three.info.id)
    assert.deepEqual(
      (await scheme.list('ana')).map(({ id }) => id),
      [three.info.id],
    )
    await scheme.endAll('ana')
    assert.deepEqual(await scheme.list('ana'), [])
    assert.equal(identityIn(await recognize(others.secret)).user, 'rui')
  })

  it('a logout is not undone by a call that came with it', async () => {
    const { scheme, login, recognize, callOf, boot } = sessions()
    const { secret } = await login('ana')
    boot.clock.nowMs += 30 * MINUTE_MS
    await Promise.all([recognize(secret), scheme.logout(callOf(secret)), recognize(secret)])
    assert.equal(codeOf(await recognize(secret)), 'AUTHN_SESSION_UNKNOWN')
  })

  it('isActive() ends the sessions of a blocked user', async () => {
    const { login, recognize } = sessions({ isActive: (user) => user !== 'ana' })
    assert.equal(codeOf(await recognize((await login('ana')).secret)), 'AUTHN_SESSION_UNKNOWN')
    assert.equal(identityIn(await recognize((await login('rui')).secret)).user, 'rui')
  })

  it('isActive() ends the sessions of a user about whom it says nothing', async () => {
    const { login, recognize } = sessions({ isActive: () => null as unknown as boolean }) // as a statement without types
    assert.equal(codeOf(await recognize((await login('ana')).secret)), 'AUTHN_SESSION_UNKNOWN')
  })

  it('login() refuses a page of another site', async () => {
    const { scheme } = sessions()
    const call = testCall({ headers: { 'sec-fetch-site': 'cross-site' } })
    await assert.rejects(scheme.login(call, 'ana'), (error) => codeOf(error) === 'GUARD_CSRF')
  })

  it('prepare() tells lifetimes that do not go together', () => {
    assert.equal(session({ idleTimeoutMs: 2, lifetimeMs: 1 }).prepare(testBoot()).length, 1)
  })
})

describe('checkCsrf()', () => {
  const ambient = async () => {
    const { scheme, login, recognize } = sessions({ origins: ['https://app.example'] })
    const identity = identityIn(await recognize((await login('ana')).secret))
    const other = identityIn(await recognize((await login('ana')).secret))
    const check = (headers: Record<string, string>, body: Record<string, unknown> = {}, peer = {}) =>
      scheme.checkCsrf?.(testCall({ method: 'POST', headers, body, host: 'example.org', peer }), identity) ?? null
    return { check, token: scheme.csrfToken(identity), otherToken: scheme.csrfToken(other) }
  }

  it('passes when the origin agrees and the token is that of the session', async () => {
    const { check, token } = await ambient()
    const own = { 'sec-fetch-site': 'same-origin' }
    assert.equal(check({ ...own, 'x-csrf-token': token }), null)
    assert.equal(check(own, { _csrf: token }), null)
    assert.equal(check({ origin: 'https://example.org', 'x-csrf-token': token }), null)
    assert.equal(check({ origin: 'https://app.example', 'sec-fetch-site': 'cross-site', 'x-csrf-token': token }), null)
    assert.equal(check({ origin: 'null', ...own, 'x-csrf-token': token }), null)
  })

  it('gives another token each time, and all of them are good', async () => {
    const { scheme, login, recognize } = sessions()
    const identity = identityIn(await recognize((await login('ana')).secret))
    const [one, two] = [scheme.csrfToken(identity), scheme.csrfToken(identity)]
    assert.notEqual(one, two)
    for (const token of [one, two]) {
      const headers = { 'sec-fetch-site': 'same-origin', 'x-csrf-token': token }
      assert.equal(scheme.checkCsrf?.(testCall({ method: 'POST', headers }), identity), null)
    }
  })

  it('refuses a call from elsewhere, or that does not say from where, even with the token', async () => {
    const { check, token } = await ambient()
    const calls = [
      {},
      { 'sec-fetch-site': 'cross-site' },
      { 'sec-fetch-site': 'same-site' },
      { 'sec-fetch-site': 'cross-site', origin: 'https://example.org' },
      { origin: 'null' },
      { origin: 'https://example.org.evil.example' },
      { origin: 'https://evil.example' },
      { origin: 'https://example.org:8443' },
    ]
    for (const headers of calls) {
      assert.equal(codeOf(check({ ...headers, 'x-csrf-token': token })), 'GUARD_CSRF', JSON.stringify(headers))
    }
  })

  it('refuses a page without TLS where the server is reached by TLS', async () => {
    const { check, token } = await ambient()
    const headers = { origin: 'http://example.org', 'x-csrf-token': token }
    assert.equal(check(headers), null)
    assert.equal(codeOf(check(headers, {}, { isSecure: true })), 'GUARD_CSRF')
  })

  it('refuses a token that is missing, wrong, of another session or no text', async () => {
    const { check, token, otherToken } = await ambient()
    const own = { 'sec-fetch-site': 'same-origin' }
    const wrong = [undefined, '', token.slice(1), `${token}x`, otherToken, [token], 1, 'é'.repeat(43)]
    for (const _csrf of wrong) assert.equal(codeOf(check(own, { _csrf })), 'GUARD_CSRF', JSON.stringify(_csrf))
  })
})
