import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Refusal } from '../core/refusal.ts'
import { identityOf } from '../core/scheme.ts'
import { apiKey, createApiKey, hashApiKey } from './api-key.ts'
import { codeOf, identityIn, testBoot, testCall } from './boot.test-support.ts'
import { custom } from './custom.ts'
import { fake } from './fake.ts'

describe('fake()', () => {
  const prepared = () => {
    const scheme = fake()
    assert.deepEqual(scheme.prepare(testBoot()), [])
    return scheme
  }
  const headers = { 'x-fake-user': 'calvin' }

  it('recognize() believes a direct loopback peer that asks for a loopback host', async () => {
    const scheme = prepared()
    for (const host of ['localhost:3000', '127.0.0.1', '[::1]:8080', '']) {
      assert.equal(identityIn(await scheme.recognize(testCall({ headers, host }))).user, 'calvin', host)
    }
    assert.equal(scheme.recognize(testCall()), null)
  })

  it('recognize() refuses everybody else', async () => {
    const scheme = prepared()
    const elsewhere = [
      testCall({ headers, peer: { isDirectLoopback: false } }),
      testCall({ headers, host: 'example.org' }),
      testCall({ headers, host: '127.0.0.1.evil.example' }),
    ]
    for (const call of elsewhere) assert.equal(codeOf(await scheme.recognize(call)), 'AUTHN_BAD_CREDENTIALS')
    assert.equal(codeOf(await scheme.recognize(testCall({ headers: { 'x-fake-user': '' } }))), 'AUTHN_MALFORMED')
  })

  it('prepare() does not let an app start with it in production, where it answers nobody', async () => {
    const scheme = fake()
    assert.equal(scheme.prepare(testBoot({ isProduction: true })).length, 1)
    assert.equal(codeOf(await scheme.recognize(testCall({ headers }))), 'AUTHN_BAD_CREDENTIALS')
    assert.equal(codeOf(await fake().recognize(testCall({ headers }))), 'AUTHN_BAD_CREDENTIALS')
  })
})

describe('custom()', () => {
  it('recognize() turns a name into an identity and lets the rest through, at once or later', async () => {
    const answers = ['ana', null, new Refusal('AUTHN_MALFORMED'), { ...identityOf('rui'), scopes: ['read'] }]
    for (const answer of answers) {
      for (const later of [false, true]) {
        const scheme = custom('mine', () => (later ? Promise.resolve(answer) : answer))
        scheme.prepare(testBoot())
        const found = scheme.recognize(testCall())
        assert.equal(found instanceof Promise, later)
        assert.deepEqual(await found, typeof answer === 'string' ? identityOf(answer) : answer)
      }
    }
  })

  it('recognize() throws on an answer that is neither', () => {
    for (const answer of ['', true, 1, undefined]) {
      const scheme = custom('mine', () => answer as string) // what an app in JavaScript could give
      scheme.prepare(testBoot())
      assert.throws(() => scheme.recognize(testCall()), TypeError, String(answer))
    }
  })

  it('recognize() gives the statements as they are when it is called', async () => {
    const late: { sql?: unknown } = {}
    const boot = testBoot()
    const scheme = custom<{ who(): string }>('mine', (_call, context) => context.sql.who())
    scheme.prepare({
      ...boot,
      get sql() {
        return late.sql
      },
    })
    late.sql = { who: () => 'ana' }
    assert.equal(identityIn(await scheme.recognize(testCall())).user, 'ana')
  })

  it('has a CSRF check where it is ambient', async () => {
    const scheme = custom('mine', () => 'ana', { isAmbient: true })
    scheme.prepare(testBoot())
    const identity = identityIn(await scheme.recognize(testCall()))
    assert.equal(identity.isAmbient, true)
    assert.deepEqual(scheme.bodyFields, ['_csrf'])
    assert.equal(scheme.checkCsrf?.(testCall({ method: 'POST' }), identity)?.code, 'GUARD_CSRF')
  })
})

describe('apiKey()', () => {
  it('recognize() looks a key up by its hash', async () => {
    const { key, hash } = createApiKey()
    assert.match(key, /^gk_[A-Za-z0-9_-]{43}$/)
    assert.equal(hashApiKey(key), hash)
    const scheme = apiKey({ owner: async (one) => (one === hash ? { user: 'robot', scopes: ['read'] } : null) })
    assert.deepEqual(scheme.prepare(testBoot()), [])
    const identity = identityIn(await scheme.recognize(testCall({ headers: { 'x-api-key': key } })))
    assert.deepEqual([identity.user, identity.scopes], ['robot', ['read']])
    assert.equal(scheme.recognize(testCall()), null)
    assert.equal(
      codeOf(await scheme.recognize(testCall({ headers: { 'x-api-key': createApiKey().key } }))),
      'AUTHN_BAD_CREDENTIALS',
    )
    assert.equal(codeOf(await scheme.recognize(testCall({ headers: { 'x-api-key': hash } }))), 'AUTHN_MALFORMED')
  })

  it('prepare() tells when no key can be known', () => {
    assert.equal(apiKey().prepare(testBoot()).length, 1)
  })
})
