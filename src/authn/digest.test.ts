import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { Refusal } from '../core/refusal.ts'
import { parseAuthParams } from './auth-params.ts'
import { codeOf, identityIn, testBoot, testCall } from './boot.test-support.ts'
import { digest } from './digest.ts'
import { digestHa1, digestResponse, type DigestAlgorithm } from './digest-response.ts'

const ALGORITHMS: Readonly<Record<string, DigestAlgorithm>> = {
  md5: 'MD5',
  sha256: 'SHA-256',
  'sha512-256': 'SHA-512-256',
}

describe('digestResponse()', () => {
  it('gives the response of RFC 7616 section 3.9.1', () => {
    const secret = { login: 'Mufasa', realm: 'http-auth@example.org', password: 'Circle of Life' }
    const response = digestResponse({
      algorithm: 'SHA-256',
      ha1: digestHa1(secret),
      method: 'GET',
      uri: '/dir/index.html',
      nonce: '7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v',
      nc: '00000001',
      cnonce: 'f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ',
    })
    assert.equal(response, '753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1')
  })

  it('gives the responses of the shared vectors', (t) => {
    const path = new URL('../../../shared/vectors/rfc/vectors.json', import.meta.url)
    if (!existsSync(path)) return t.skip('the folder of vectors is not here')
    const all: unknown = JSON.parse(readFileSync(path, 'utf8'))
    assert.ok(typeof all === 'object' && all !== null && 'digest' in all)
    const vectors = all.digest as readonly Readonly<Record<string, string>>[] // the folder's README says so
    for (const { alg = '', user = '', pass = '', realm = '', ...rest } of vectors) {
      const algorithm = ALGORITHMS[alg]
      assert.ok(algorithm !== undefined, alg)
      const ha1 = digestHa1({ login: user, realm, password: pass }, algorithm)
      const { method = '', uri = '', nonce = '', nc = '', cnonce = '', response } = rest
      assert.equal(digestResponse({ algorithm, ha1, method, uri, nonce, nc, cnonce }), response, rest['src'])
    }
  })
})

describe('parseAuthParams()', () => {
  it('reads tokens and quoted texts, names in lower case', () => {
    assert.deepEqual(
      [...(parseAuthParams('a=1, B = "x, \\"y\\\\" ,c=auth') ?? [])],
      [
        ['a', '1'],
        ['b', 'x, "y\\'],
        ['c', 'auth'],
      ],
    )
  })

  it('gives null on anything else', () => {
    for (const wrong of ['', 'a', 'a=', 'a="x', 'a=1 b=2', 'a=1, a=2', 'a=1; b=2', '=1', 'a=1, A=1']) {
      assert.equal(parseAuthParams(wrong), null, wrong)
    }
  })
})

describe('digest()', () => {
  const ha1 = digestHa1({ login: 'hobbes', realm: 'stuff', password: 'susie' })

  function server(boot = testBoot()) {
    const scheme = digest({ ha1: (login) => (login === 'hobbes' ? ha1 : null), lockout: { freeMax: 3 } })
    assert.deepEqual(scheme.prepare(boot), [])
    const challenge = parseAuthParams((scheme.challenge('stuff') ?? '').slice('Digest '.length))
    assert.ok(challenge !== null)
    return { boot, scheme, nonce: challenge.get('nonce') ?? '', challenge }
  }

  function answer(nonce: string, change: Readonly<Record<string, string>> = {}) {
    const parts = { uri: '/hello', nonce, nc: '00000001', cnonce: 'abc', ...change }
    const response = digestResponse({ algorithm: 'SHA-256', ha1: change['ha1'] ?? ha1, method: 'GET', ...parts })
    const fields = {
      username: 'hobbes',
      realm: 'stuff',
      qop: 'auth',
      algorithm: 'SHA-256',
      ...parts,
      response,
      ...change,
    }
    const text = Object.entries(fields)
      .filter(([name]) => name !== 'ha1')
      .map(([name, value]) => `${name}="${value}"`)
    return testCall({ path: '/hello', headers: { authorization: `Digest ${text.join(', ')}` } })
  }

  it('challenge() asks for SHA-256 with qop=auth', () => {
    const { challenge } = server()
    assert.deepEqual(
      ['realm', 'qop', 'algorithm', 'charset', 'stale'].map((name) => challenge.get(name)),
      ['stuff', 'auth', 'SHA-256', 'UTF-8', undefined],
    )
  })

  it('recognize() takes a right response, once', async () => {
    const { scheme, nonce } = server()
    assert.equal(identityIn(await scheme.recognize(answer(nonce))).user, 'hobbes')
    assert.equal(codeOf(await scheme.recognize(answer(nonce))), 'AUTHN_BAD_CREDENTIALS')
    assert.equal(identityIn(await scheme.recognize(answer(nonce, { nc: '00000002' }))).user, 'hobbes')
  })

  it('recognize() gives null without digest credentials', () => {
    const { scheme } = server()
    for (const authorization of [undefined, 'Basic eA==', 'Digester x=1']) {
      assert.equal(scheme.recognize(testCall(authorization === undefined ? {} : { headers: { authorization } })), null)
    }
  })

  it('recognize() refuses a wrong response and an unknown login alike', async () => {
    const { scheme, nonce } = server()
    const wrong = await scheme.recognize(answer(nonce, { response: '0'.repeat(64) }))
    const unknown = await scheme.recognize(answer(nonce, { username: 'moe' }))
    assert.ok(wrong instanceof Refusal && unknown instanceof Refusal)
    assert.deepEqual([wrong.code, wrong.message], [unknown.code, unknown.message])
  })

  it('recognize() refuses a nonce that is not ours, and asks again when ours is old', async () => {
    const { scheme, nonce, boot } = server()
    const forged = nonce.replace(/^[0-9a-z]+/, (time) => (Number.parseInt(time, 36) + 1000).toString(36))
    for (const other of [forged, 'x', ''])
      assert.equal(codeOf(await scheme.recognize(answer(other))), 'AUTHN_BAD_CREDENTIALS')
    boot.clock.nowMs += 300_000
    const stale = await scheme.recognize(answer(nonce))
    assert.ok(stale instanceof Refusal)
    assert.match(scheme.challenge('stuff', stale) ?? '', /stale=true$/)
  })

  it('recognize() refuses credentials for another realm, address, quality or algorithm', async () => {
    const { scheme, nonce } = server()
    const changes = [
      { realm: 'other' },
      { uri: '/other' },
      { qop: 'auth-int' },
      { algorithm: 'MD5' },
      { nc: '1' },
      { cnonce: '' },
      { username: '' },
    ]
    for (const change of changes) {
      assert.equal(codeOf(await scheme.recognize(answer(nonce, change))), 'AUTHN_MALFORMED', JSON.stringify(change))
    }
    const twice = testCall({ path: '/hello', headers: { authorization: 'Digest a=1, a=2' } })
    assert.equal(codeOf(await scheme.recognize(twice)), 'AUTHN_MALFORMED')
  })

  it('recognize() makes guessing wait', async () => {
    const { scheme, nonce } = server()
    const guess = async () => codeOf(await scheme.recognize(answer(nonce, { response: 'x' })))
    for (let i = 0; i < 4; i++) assert.equal(await guess(), 'AUTHN_BAD_CREDENTIALS')
    assert.equal(await guess(), 'AUTHN_LOCKED')
  })

  it('recognize() ends the failures in a row when a response is right', async () => {
    const { scheme, nonce } = server()
    for (let round = 1; round < 4; round++) {
      for (let i = 0; i < 3; i++) {
        assert.equal(codeOf(await scheme.recognize(answer(nonce, { response: 'x' }))), 'AUTHN_BAD_CREDENTIALS')
      }
      assert.equal(identityIn(await scheme.recognize(answer(nonce, { nc: `0000000${round}` }))).user, 'hobbes')
    }
  })

  it('reads a login in UTF-8', async () => {
    const boot = testBoot()
    const name = 'Jäsøn'
    const scheme = digest({ ha1: (login) => (login === name ? ha1 : null) })
    scheme.prepare(boot)
    const nonce = parseAuthParams((scheme.challenge('stuff') ?? '').slice(7))?.get('nonce') ?? ''
    const call = answer(nonce)
    const authorization =
      call.header('authorization')?.replace('username="hobbes"', "username*=UTF-8''J%C3%A4s%C3%B8n") ?? ''
    assert.equal(
      identityIn(await scheme.recognize(testCall({ path: '/hello', headers: { authorization } }))).user,
      name,
    )
  })
})
