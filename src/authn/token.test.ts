import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Refusal } from '../core/refusal.ts'
import { codeOf, identityIn, testBoot, testCall, type TestBoot } from './boot.test-support.ts'
import { bearer, bodyParam, cookie, header } from './carriers.ts'
import { NotFresh } from './fresh.ts'
import { token, type TokenSchemeOptions } from './token.ts'

function tokens(options: TokenSchemeOptions = {}, boot: TestBoot = testBoot()) {
  const scheme = token(options)
  assert.deepEqual(scheme.prepare(boot), [])
  const recognize = (text: string, realm = 'stuff') =>
    scheme.recognize(testCall({ realm, headers: { authorization: `Bearer ${text}` } }))
  return { scheme, boot, recognize }
}

async function make(scheme: ReturnType<typeof token>, user: string): Promise<string> {
  return scheme.createToken(user)
}

describe('token() in the format "guichet"', () => {
  it('createToken() writes realm, user, limit in UTC and 32 hexadecimal digits', async () => {
    const { scheme } = tokens()
    assert.match(await make(scheme, 'moe'), /^stuff:moe:20260102040405:[0-9a-f]{32}$/)
    assert.match(await make(scheme, 'mo:é %'), /^stuff:mo%3A%C3%A9%20%25:\d{14}:[0-9a-f]{32}$/)
  })

  it('recognize() gives back any user, at once', () => {
    const { scheme, recognize } = tokens()
    for (const user of ['moe', 'mo:é %', '👤', "o'hara (x)", '.']) {
      const text = scheme.createToken(user)
      assert.ok(typeof text === 'string')
      const found = recognize(text)
      assert.ok(!(found instanceof Promise))
      assert.equal(identityIn(found).user, user)
    }
  })

  it('recognize() refuses a token that was changed anywhere', async () => {
    const { scheme, recognize } = tokens()
    const text = await make(scheme, 'moe')
    for (let i = 0; i < text.length; i++) {
      const other = text[i] === '0' ? '1' : '0'
      const found = await recognize(text.slice(0, i) + other + text.slice(i + 1))
      assert.equal(codeOf(found), 'AUTHN_TOKEN_INVALID', `changed at ${i}`)
    }
    for (const wrong of [
      `${text}0`,
      ` ${text}0`,
      text.toUpperCase(),
      text.replace('moe', '%6Doe'),
      text.slice(0, -1),
    ]) {
      assert.equal(codeOf(await recognize(wrong)), 'AUTHN_TOKEN_INVALID', wrong)
    }
  })

  it('recognize() refuses a token of another secret, and takes one of an older secret', async () => {
    const old = tokens({}, testBoot({ secrets: ['the older secret of the two, long enough'] }))
    const text = await make(old.scheme, 'moe')
    assert.equal(codeOf(await tokens().recognize(text)), 'AUTHN_TOKEN_INVALID')
    const both = testBoot({
      secrets: ['the newer secret of the two, long enough', 'the older secret of the two, long enough'],
    })
    assert.equal(identityIn(await tokens({}, both).recognize(text)).user, 'moe')
  })

  it('recognize() refuses a token of another realm, also when it was seen before', async () => {
    const { scheme, recognize } = tokens()
    const text = await make(scheme, 'moe')
    assert.equal(identityIn(await recognize(text)).user, 'moe')
    assert.equal(codeOf(await recognize(text, 'mfa')), 'AUTHN_TOKEN_AUDIENCE')
    const other = await scheme.createToken('moe', { realm: 'mfa' })
    assert.equal(identityIn(await recognize(other, 'mfa')).user, 'moe')
    assert.equal(codeOf(await recognize(other)), 'AUTHN_TOKEN_AUDIENCE')
  })

  it('recognize() refuses a token after its limit and grace, also when it was seen before', async () => {
    const { scheme, boot, recognize } = tokens({ lifetimeMs: 60_000, graceMs: 5_000 })
    const text = await make(scheme, 'moe')
    boot.clock.nowMs += 64_999
    assert.equal(identityIn(await recognize(text)).user, 'moe')
    boot.clock.nowMs += 1
    assert.equal(codeOf(await recognize(text)), 'AUTHN_TOKEN_EXPIRED')
  })

  it('createToken() throws on what it cannot write', () => {
    const { scheme } = tokens()
    assert.throws(() => scheme.createToken(''), RangeError)
    assert.throws(() => scheme.createToken('moe', { lifetimeMs: 0 }), RangeError)
    assert.throws(() => scheme.createToken('moe', { scopes: ['a'] }), TypeError)
    assert.throws(() => token().createToken('moe'), /not one of an app/)
  })

  it('recognize() keeps the public sentence the same for every reason', async () => {
    const { scheme, boot, recognize } = tokens()
    const text = await make(scheme, 'moe')
    const wrong = await recognize(`${text.slice(0, -1)}x`)
    boot.clock.nowMs += 3_600_000
    const late = await recognize(text)
    assert.ok(wrong instanceof Refusal && late instanceof Refusal)
    assert.equal(wrong.message, late.message)
    assert.ok(!wrong.message.includes(text.slice(-8)))
  })
})

describe('carriers', () => {
  it('recognize() finds the token in each of them, the first in order, a cookie last', async () => {
    const { scheme } = tokens({ carriers: [cookie('auth'), bearer(), header('Auth'), bodyParam('AUTH')] })
    const text = await make(scheme, 'moe')
    const places = [
      { headers: { authorization: `bEaReR   ${text}` } },
      { headers: { auth: text } },
      { cookies: { '__Host-auth': text } },
      { body: { AUTH: text } },
      { headers: { authorization: `Bearer ${text}` }, cookies: { '__Host-auth': 'old' } },
    ]
    for (const place of places) assert.equal(identityIn(await scheme.recognize(testCall(place))).user, 'moe')
    assert.equal(scheme.reads, 'body')
    assert.deepEqual(scheme.bodyFields, ['AUTH', '_csrf'])
  })

  it('recognize() gives null where no carrier holds anything', () => {
    const { scheme } = tokens({ carriers: [bearer(), cookie('auth'), header('Auth')] })
    for (const call of [
      testCall(),
      testCall({ headers: { authorization: 'Basic eA==' } }),
      testCall({ cookies: { '__Host-auth': '' } }),
    ]) {
      assert.equal(scheme.recognize(call), null)
    }
  })

  it('recognize() refuses an empty bearer and a field that is no text', async () => {
    const { scheme } = tokens({ carriers: [bearer(), bodyParam()] })
    assert.equal(
      codeOf(await scheme.recognize(testCall({ headers: { authorization: 'Bearer' } }))),
      'AUTHN_TOKEN_INVALID',
    )
    assert.equal(codeOf(await scheme.recognize(testCall({ body: { AUTH: 12 } }))), 'AUTHN_TOKEN_INVALID')
  })

  it('recognize() marks the identity of a cookie as ambient, and the refusal with what clears it', async () => {
    const { scheme } = tokens({ carriers: [bearer(), cookie('auth')] })
    const text = await make(scheme, 'moe')
    assert.equal(identityIn(await scheme.recognize(testCall({ cookies: { '__Host-auth': text } }))).isAmbient, true)
    assert.equal(
      identityIn(await scheme.recognize(testCall({ headers: { authorization: `Bearer ${text}` } }))).isAmbient,
      false,
    )
    const wrong = await scheme.recognize(testCall({ cookies: { '__Host-auth': 'wrong' } }))
    assert.ok(wrong instanceof Refusal)
    assert.equal(wrong.clearCookie, '__Host-auth=; Max-Age=0; Path=/; Secure; HttpOnly; SameSite=Lax')
    const bearerWrong = await scheme.recognize(testCall({ headers: { authorization: 'Bearer wrong' } }))
    assert.ok(bearerWrong instanceof Refusal)
    assert.equal(bearerWrong.clearCookie, null)
  })

  it('cookie() refuses names and values that would change the header', () => {
    assert.throws(() => cookie('a b'), TypeError)
    assert.throws(() => cookie('__Host-a'), TypeError)
    assert.throws(() => cookie('a').format(testCall(), 'x; Domain=evil'), TypeError)
  })

  it('cookie() is for this host and TLS alone, but bare where a browser is served over plain HTTP in development', () => {
    const carrier = cookie('a', { sameSite: 'Strict' })
    const plain = testCall({ hasSecureCookies: false, cookies: { a: 'bare', '__Host-a': 'prefixed' } })
    const secure = testCall({ cookies: { a: 'planted', '__Host-a': 'prefixed' } })
    assert.equal(
      carrier.format(secure, 'x', 90_000),
      '__Host-a=x; Max-Age=90; Path=/; Secure; HttpOnly; SameSite=Strict',
    )
    assert.equal(carrier.format(plain, 'x'), 'a=x; Path=/; HttpOnly; SameSite=Strict')
    assert.equal(carrier.clear(plain), 'a=; Max-Age=0; Path=/; HttpOnly; SameSite=Strict')
    assert.deepEqual([carrier.read(secure), carrier.read(plain)], ['prefixed', 'bare'])
  })
})

describe('challenge()', () => {
  it('names the realm, and the error once a token was refused', () => {
    const { scheme } = tokens()
    assert.equal(scheme.challenge('stuff'), 'Bearer realm="stuff"')
    assert.equal(
      scheme.challenge('stuff', new Refusal('AUTHN_TOKEN_EXPIRED')),
      'Bearer realm="stuff", error="invalid_token"',
    )
    assert.equal(scheme.challenge('stuff', new Refusal('AUTHN_UNAVAILABLE')), 'Bearer realm="stuff"')
    assert.equal(
      scheme.challenge('stuff', new NotFresh(300_000)),
      'Bearer realm="stuff", error="insufficient_user_authentication", max_age="300"',
    )
  })

  it('is null where no carrier is a bearer', () => {
    assert.equal(token({ carriers: [cookie('auth')] }).challenge('stuff'), null)
  })
})

describe('token()', () => {
  it('describe() gives one OpenAPI scheme for each carrier that has one', () => {
    assert.deepEqual(token({ carriers: [bearer(), cookie('auth'), header('Auth'), bodyParam()] }).describe('stuff'), {
      token: { type: 'http', scheme: 'bearer', bearerFormat: 'guichet' },
      'token-cookie': { type: 'apiKey', in: 'cookie', name: '__Host-auth' },
      'token-header': { type: 'apiKey', in: 'header', name: 'Auth' },
    })
  })

  it('prepare() tells wrong lifetimes and missing carriers', () => {
    const mistakes = token({ lifetimeMs: -1, graceMs: Number.NaN, carriers: [] }).prepare(testBoot())
    assert.equal(mistakes.length, 3)
  })

  it('isActive() ends the tokens of a user at once', async () => {
    const blocked = new Set<string>()
    const { scheme, recognize } = tokens({ isActive: async (user) => !blocked.has(user) })
    const text = await make(scheme, 'moe')
    assert.equal(identityIn(await recognize(text)).user, 'moe')
    blocked.add('moe')
    assert.equal(codeOf(await recognize(text)), 'AUTHN_TOKEN_REVOKED')
  })

  it('revoke() ends a token of the format "guichet" too, where it is revocable', async () => {
    const { scheme, recognize } = tokens({ isRevocable: true })
    const [first, second] = [await make(scheme, 'moe'), await scheme.createToken('moe', { lifetimeMs: 60_000 })]
    await scheme.revoke(testCall({ headers: { authorization: `Bearer ${first}` } }))
    assert.equal(codeOf(await recognize(first)), 'AUTHN_TOKEN_REVOKED')
    assert.equal(identityIn(await recognize(second)).user, 'moe')
  })

  it('recognize() remembers no more tokens than the limit', async () => {
    const { scheme, recognize } = tokens({}, testBoot({ limits: { credentialCacheMax: 1 } }))
    const texts = await Promise.all(['a', 'b', 'c'].map((user) => make(scheme, user)))
    for (const text of [...texts, ...texts]) assert.ok(!((await recognize(text)) instanceof Refusal))
  })
})
