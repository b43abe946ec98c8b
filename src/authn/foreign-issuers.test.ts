import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { describe, it } from 'node:test'
import { SignJWT, type JWTPayload } from 'jose'
import { codeOf, identityIn, testBoot, testCall } from './boot.test-support.ts'
import type { ForeignIssuer } from './foreign-issuers.ts'
import { token } from './token.ts'

const ISSUER = 'https://id.example'
const pairs = {
  one: generateKeyPairSync('ec', { namedCurve: 'P-256' }),
  two: generateKeyPairSync('ec', { namedCurve: 'P-256' }),
}
const jwkOf = (kid: keyof typeof pairs) => ({
  ...pairs[kid].publicKey.export({ format: 'jwk' }),
  kid,
  alg: 'ES256',
  use: 'sig',
})

function app(change: Partial<ForeignIssuer> = {}) {
  const served = { keys: [jwkOf('one')], fetches: 0, status: 200, extra: '' }
  const issuer: ForeignIssuer = {
    issuer: ISSUER,
    jwksUrl: 'https://id.example/jwks.json',
    audience: 'https://api',
    algorithms: ['ES256'],
    user: (claims) => (typeof claims['email'] === 'string' ? claims['email'] : null),
    fetch: async () => {
      served.fetches++
      return new Response(JSON.stringify({ keys: served.keys, extra: served.extra }), { status: served.status })
    },
    ...change,
  }
  const scheme = token({ format: 'jwt', jwt: { issuers: [issuer] } })
  const boot = testBoot()
  assert.deepEqual(scheme.prepare(boot), [])
  const callOf = (text: string) => testCall({ headers: { authorization: `Bearer ${text}` } })
  return { scheme, boot, served, callOf, recognize: (text: string) => scheme.recognize(callOf(text)) }
}

async function foreign(
  claims: JWTPayload = {},
  kid: keyof typeof pairs = 'one',
  key = pairs[kid].privateKey,
): Promise<string> {
  const nowS = Math.floor(testBoot().clock.nowMs / 1000)
  const payload = { iss: ISSUER, sub: '8271', aud: 'https://api', exp: nowS + 60, email: 'ana@example.org', ...claims }
  return new SignJWT(payload).setProtectedHeader({ alg: 'ES256', kid, typ: 'JWT' }).sign(key)
}

describe('tokens of other issuers', () => {
  it('recognize() takes one, with the user that it stands for here, and fetches the keys once', async () => {
    const { recognize, served } = app()
    const identity = identityIn(await recognize(await foreign({ scope: 'read' })))
    assert.deepEqual([identity.user, identity.scopes], ['ana@example.org', ['read']])
    await recognize(await foreign({ jti: 'b' }))
    assert.equal(served.fetches, 1)
  })

  it('recognize() refuses another audience, time, signature, kid or user', async () => {
    const { recognize } = app()
    assert.equal(codeOf(await recognize(await foreign({ aud: 'https://other' }))), 'AUTHN_TOKEN_AUDIENCE')
    assert.equal(codeOf(await recognize(await foreign({ exp: 1 }))), 'AUTHN_TOKEN_EXPIRED')
    assert.equal(codeOf(await recognize(await foreign({}, 'one', pairs.two.privateKey))), 'AUTHN_TOKEN_INVALID')
    assert.equal(codeOf(await recognize(await foreign({}, 'two'))), 'AUTHN_TOKEN_INVALID')
    assert.equal(codeOf(await recognize(await foreign({ email: 7 }))), 'AUTHN_TOKEN_INVALID')
    assert.equal(codeOf(await recognize(await foreign({ iss: 'https://id.example.evil' }))), 'AUTHN_TOKEN_INVALID')
  })

  it('recognize() does not fetch again for each unknown kid', async () => {
    const { recognize, served } = app()
    await recognize(await foreign())
    for (let i = 0; i < 10; i++) await recognize(await foreign({ jti: `${i}` }, 'two'))
    assert.equal(served.fetches, 1)
  })

  it('recognize() answers 503 when the keys cannot be had, or are too large', async () => {
    for (const change of [{ status: 500 }, { extra: 'x'.repeat(300_000) }]) {
      const { recognize, served } = app()
      Object.assign(served, change)
      assert.equal(codeOf(await recognize(await foreign())), 'AUTHN_UNAVAILABLE')
    }
  })

  it('recognize() does not let another issuer speak for this app', async () => {
    const { recognize } = app()
    assert.equal(codeOf(await recognize(await foreign({ iss: 'stuff', aud: 'stuff' }))), 'AUTHN_TOKEN_INVALID')
  })

  it('recognize() verifies a token again after ten minutes: its key or its user may be gone', async () => {
    let isThere = true
    const { recognize, boot } = app({ user: () => (isThere ? 'ana' : null) })
    const text = await foreign({ exp: Math.floor(boot.clock.nowMs / 1000) + 3600 })
    assert.equal(identityIn(await recognize(text)).user, 'ana')
    isThere = false
    boot.clock.nowMs += 599_000
    assert.equal(identityIn(await recognize(text)).user, 'ana')
    boot.clock.nowMs += 1000
    assert.equal(codeOf(await recognize(text)), 'AUTHN_TOKEN_INVALID')
  })

  it('recognize() takes none on a route with a realm of its own', async () => {
    const { scheme } = app()
    const headers = { authorization: `Bearer ${await foreign()}` }
    assert.equal(codeOf(await scheme.recognize(testCall({ headers, realm: 'second-step' }))), 'AUTHN_TOKEN_AUDIENCE')
    assert.equal(identityIn(await scheme.recognize(testCall({ headers }))).user, 'ana@example.org')
  })

  it('revoke() ends such a token here', async () => {
    const { scheme, recognize, callOf } = app()
    for (const claims of [{ jti: 'a' }, { email: 'rui@example.org' }]) {
      const text = await foreign(claims)
      await scheme.revoke(callOf(text))
      assert.equal(codeOf(await recognize(text)), 'AUTHN_TOKEN_REVOKED')
    }
    assert.equal(identityIn(await recognize(await foreign())).user, 'ana@example.org')
  })

  it('prepare() wants TLS, algorithms and names of their own', () => {
    const issuer: ForeignIssuer = {
      issuer: 'stuff',
      jwksUrl: 'http://id.example/jwks.json',
      audience: 'x',
      algorithms: [],
      user: () => null,
    }
    const mistakes = token({ format: 'jwt', jwt: { issuers: [issuer] } }).prepare(testBoot())
    assert.equal(mistakes.length, 3)
    const local = { ...issuer, issuer: 'a', jwksUrl: 'http://127.0.0.1:1/x', algorithms: ['RS256' as const] }
    const prepare = (isProduction: boolean) =>
      token({ format: 'jwt', jwt: { issuers: [local] } }).prepare(testBoot({ isProduction })).length
    assert.deepEqual([prepare(false), prepare(true)], [0, 1])
  })
})
