import assert from 'node:assert/strict'
import { createHmac, createSign, generateKeyPairSync, sign as signBytes, type JsonWebKey } from 'node:crypto'
import { describe, it } from 'node:test'
import { createLocalJWKSet, decodeJwt, decodeProtectedHeader, jwtVerify } from 'jose'
import { codeOf, identityIn, testBoot, testCall, type TestBoot } from './boot.test-support.ts'
import type { JwsKeyOptions } from './jws-key.ts'
import { token, type TokenSchemeOptions } from './token.ts'

const SECRET = 'this secret of the tests has forty bytes!'
const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 })
const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const ed = generateKeyPairSync('ed25519')
const pem = (key: typeof rsa.privateKey): string => key.export({ type: 'pkcs8', format: 'pem' }).toString()
const publicPem = (key: typeof rsa.publicKey): string => key.export({ type: 'spki', format: 'pem' }).toString()

const hs256: JwsKeyOptions = { algorithm: 'HS256', kid: 'h1', secret: SECRET }
const asymmetric: readonly JwsKeyOptions[] = [
  { algorithm: 'RS256', kid: 'r1', privateKey: pem(rsa.privateKey) },
  { algorithm: 'PS256', kid: 'p1', privateKey: pem(rsa.privateKey) },
  { algorithm: 'ES256', kid: 'e1', privateKey: pem(ec.privateKey) },
  { algorithm: 'EdDSA', kid: 'd1', privateKey: pem(ed.privateKey) },
]

function tokens(options: TokenSchemeOptions = {}, boot: TestBoot = testBoot()) {
  const scheme = token({ format: 'jwt', jwt: { keys: [hs256] }, ...options })
  assert.deepEqual(scheme.prepare(boot), [])
  const callOf = (text: string) => testCall({ headers: { authorization: `Bearer ${text}` } })
  return { scheme, boot, callOf, recognize: (text: string) => scheme.recognize(callOf(text)) }
}

const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url')
const hmac = (text: string, secret = SECRET): string => createHmac('sha256', secret).update(text).digest('base64url')

const NOW_S = Math.floor(testBoot().clock.nowMs / 1000)
const HEADER = { alg: 'HS256', typ: 'at+jwt', kid: 'h1' }
const CLAIMS = { iss: 'stuff', sub: 'ana', aud: 'stuff', jti: 'x1', iat: NOW_S, nbf: NOW_S, exp: NOW_S + 900 }

/** A token whose signature is good, whatever it says. */
function forge(header: object, claims: object, secret = SECRET): string {
  const signed = `${encode(header)}.${encode(claims)}`
  return `${signed}.${hmac(signed, secret)}`
}

describe('token() in the format "jwt"', () => {
  it('createToken() writes what RFC 9068 asks for, and recognize() takes it', async () => {
    const { scheme, recognize, boot } = tokens()
    const text = await scheme.createToken('ana', { scopes: ['recipes:write', 'read'], claims: { team: 'red' } })
    assert.deepEqual(decodeProtectedHeader(text), HEADER)
    const claims = decodeJwt(text)
    assert.match(claims.jti ?? '', /^[0-9a-z]{8}-[A-Za-z0-9_-]{22}$/)
    assert.deepEqual({ ...claims, jti: 'x1' }, { ...CLAIMS, scope: 'recipes:write read', team: 'red' })
    const identity = identityIn(await recognize(text))
    assert.equal(identity.user, 'ana')
    assert.deepEqual(identity.scopes, ['recipes:write', 'read'])
    assert.equal(identity.claims['team'], 'red')
    assert.equal(identity.credentialId, claims.jti)
    assert.ok(Object.isFrozen(identity.claims))
    assert.equal(boot.services.clock.now(), NOW_S * 1000)
  })

  it('createToken() never lets the app set a registered claim', () => {
    const { scheme } = tokens()
    for (const name of ['sub', 'exp', 'aud', 'iss', 'jti', 'scope', 'auth_time', 'family']) {
      assert.throws(() => scheme.createToken('ana', { claims: { [name]: 'x' } }), TypeError, name)
    }
  })

  it('recognize() takes its own test forgery, so that the refusals below have one reason each', async () => {
    assert.equal(identityIn(await tokens().recognize(forge(HEADER, CLAIMS))).user, 'ana')
  })

  it('works with keys derived from the secrets of the app, the older ones too', async () => {
    const old = tokens({ jwt: {} }, testBoot({ secrets: ['the older secret of the two, long enough'] }))
    const text = await old.scheme.createToken('ana')
    const secrets = ['the newer secret of the two, long enough', 'the older secret of the two, long enough']
    const both = tokens({ jwt: {} }, testBoot({ secrets }))
    assert.equal(identityIn(await both.recognize(text)).user, 'ana')
    assert.notEqual(decodeProtectedHeader(await both.scheme.createToken('ana')).kid, decodeProtectedHeader(text).kid)
    const only = tokens({ jwt: {} }, testBoot({ secrets: secrets.slice(0, 1) }))
    assert.equal(codeOf(await only.recognize(text)), 'AUTHN_TOKEN_INVALID')
  })

  it('signs and verifies by RS256, PS256, ES256 and EdDSA, and jose agrees', async () => {
    for (const key of asymmetric) {
      const { scheme, recognize } = tokens({ jwt: { keys: [key] } })
      const text = await scheme.createToken('ana')
      assert.equal(identityIn(await recognize(text)).user, 'ana', key.algorithm)
      const jwks = scheme.jwks()
      assert.equal(jwks.keys[0]?.['alg'], key.algorithm)
      assert.ok(!('d' in (jwks.keys[0] ?? {})), 'the private half stays here')
      const set = createLocalJWKSet({ keys: jwks.keys.map((jwk) => ({ kty: '', ...jwk })) })
      const options = { audience: 'stuff', issuer: 'stuff', currentDate: new Date(NOW_S * 1000) }
      assert.equal((await jwtVerify(text, set, options)).payload.sub, 'ana')
      const [head = '', payload = '', signature = ''] = text.split('.')
      const flipped = signature.startsWith('A') ? `B${signature.slice(1)}` : `A${signature.slice(1)}`
      assert.equal(codeOf(await recognize(`${head}.${payload}.${flipped}`)), 'AUTHN_TOKEN_INVALID')
    }
  })

  it('takes keys as JWK, and verifies with a public key alone', async () => {
    const jwk: JsonWebKey = ec.privateKey.export({ format: 'jwk' })
    const signer = tokens({ jwt: { keys: [{ algorithm: 'ES256', kid: 'e1', privateKey: jwk }] } })
    const verifier = tokens({ jwt: { keys: [{ algorithm: 'ES256', kid: 'e1', publicKey: publicPem(ec.publicKey) }] } })
    assert.equal(identityIn(await verifier.recognize(await signer.scheme.createToken('ana'))).user, 'ana')
    assert.throws(() => verifier.scheme.createToken('ana'), /no key of the app can sign/)
  })

  it('rotates keys: several are valid at once, the first signs', async () => {
    const before = tokens({ jwt: { keys: [asymmetric[2] ?? hs256] } })
    const text = await before.scheme.createToken('ana')
    const after = tokens({ jwt: { keys: [asymmetric[3] ?? hs256, asymmetric[2] ?? hs256, hs256] } })
    assert.equal(decodeProtectedHeader(await after.scheme.createToken('ana')).kid, 'd1')
    assert.equal(identityIn(await after.recognize(text)).user, 'ana')
    assert.equal(after.scheme.jwks().keys.length, 2)
  })

  it('checks issuer and audience as configured', async () => {
    const { scheme, recognize } = tokens({
      jwt: { keys: [hs256], issuer: 'https://id.example', audience: 'https://api' },
    })
    assert.equal(identityIn(await recognize(await scheme.createToken('ana'))).user, 'ana')
    assert.equal(codeOf(await recognize(forge(HEADER, CLAIMS))), 'AUTHN_TOKEN_INVALID')
    const right = { ...CLAIMS, iss: 'https://id.example', aud: ['https://other', 'https://api'] }
    assert.equal(identityIn(await recognize(forge(HEADER, right))).user, 'ana')
    assert.equal(codeOf(await recognize(forge(HEADER, { ...right, aud: 'https://other' }))), 'AUTHN_TOKEN_AUDIENCE')
    assert.equal(
      codeOf(await recognize(forge(HEADER, { ...right, iss: 'https://id.example/' }))),
      'AUTHN_TOKEN_INVALID',
    )
  })

  it('prepare() refuses weak and wrong keys, all at once', () => {
    const weakRsa = generateKeyPairSync('rsa', { modulusLength: 1024 })
    const p384 = generateKeyPairSync('ec', { namedCurve: 'P-384' })
    const keys: readonly JwsKeyOptions[] = [
      { algorithm: 'HS256', kid: 'short', secret: 'only 31 bytes, one is missing!!' },
      { algorithm: 'HS256', kid: 'placeholder', secret: 'changeme'.repeat(4) },
      { algorithm: 'RS256', kid: 'weak', privateKey: pem(weakRsa.privateKey) },
      { algorithm: 'ES256', kid: 'curve', privateKey: pem(p384.privateKey) },
      { algorithm: 'EdDSA', kid: 'kind', privateKey: pem(rsa.privateKey) },
      { algorithm: 'RS256', kid: 'text', privateKey: 'not a key' },
      { algorithm: 'RS256', kid: 'none' },
      { ...hs256, kid: '' },
      hs256,
      hs256,
    ]
    const problems = token({ format: 'jwt', jwt: { keys } })
      .prepare(testBoot())
      .map(({ problem }) => problem)
    assert.equal(problems.length, 9)
    assert.match(
      problems.join('\n'),
      /"short" is too short[^]*"placeholder" can be guessed[^]*"weak"[^]*"curve"[^]*"kind"[^]*"text"[^]*"none"[^]*empty[^]*two keys/,
    )
    assert.equal(token({ format: 'jwt', jwt: { keys: [] } }).prepare(testBoot()).length, 1)
  })
})

describe('forged tokens', () => {
  const rs = tokens({ jwt: { keys: [{ algorithm: 'RS256', kid: 'r1', privateKey: pem(rsa.privateKey) }] } })
  const both = tokens({ jwt: { keys: [hs256, ...asymmetric] } })
  const invalid = async (text: string, what: string, { recognize } = tokens()) =>
    assert.equal(codeOf(await recognize(text)), 'AUTHN_TOKEN_INVALID', what)

  it('recognize() refuses the algorithm "none", in any spelling, signed or not', async () => {
    for (const alg of ['none', 'None', 'NONE', 'nOnE', '']) {
      const signed = `${encode({ ...HEADER, alg })}.${encode(CLAIMS)}`
      await invalid(`${signed}.`, alg)
      await invalid(signed, alg)
      await invalid(`${signed}.${hmac(signed)}`, alg)
      await invalid(`${encode({ alg, typ: 'JWT' })}.${encode(CLAIMS)}.`, alg)
    }
  })

  it('recognize() refuses a public key used as the secret of an HMAC', async () => {
    for (const secret of [
      publicPem(rsa.publicKey),
      publicPem(rsa.publicKey).trim(),
      JSON.stringify(rs.scheme.jwks().keys[0]),
    ]) {
      for (const kid of ['r1', 'h1', undefined]) {
        await invalid(forge({ alg: 'HS256', typ: 'at+jwt', kid }, CLAIMS, secret), `${kid}`, rs)
        await invalid(forge({ alg: 'HS256', typ: 'at+jwt', kid }, CLAIMS, secret), `${kid}`, both)
      }
    }
  })

  it('recognize() refuses a good signature by another algorithm than the key has', async () => {
    const signed = `${encode({ alg: 'RS256', typ: 'at+jwt', kid: 'p1' })}.${encode(CLAIMS)}`
    const signature = createSign('sha256').update(signed).sign(rsa.privateKey, 'base64url')
    await invalid(`${signed}.${signature}`, 'RS256 for the key of PS256', both)
    const weak = `${encode({ alg: 'HS512', typ: 'at+jwt', kid: 'h1' })}.${encode(CLAIMS)}`
    await invalid(`${weak}.${createHmac('sha512', SECRET).update(weak).digest('base64url')}`, 'HS512')
    const der = `${encode({ alg: 'ES256', typ: 'at+jwt', kid: 'e1' })}.${encode(CLAIMS)}`
    await invalid(`${der}.${signBytes('sha256', Buffer.from(der), ec.privateKey).toString('base64url')}`, 'DER', both)
  })

  it('recognize() never takes a key or a file that the token names', async () => {
    const evil = generateKeyPairSync('rsa', { modulusLength: 2048 })
    const jwk = { ...evil.publicKey.export({ format: 'jwk' }), kid: 'r1' }
    for (const extra of [
      { jwk },
      { jku: 'https://evil.example/jwks.json' },
      { x5u: 'https://evil.example/x' },
      { kid: 'evil', jwk },
    ]) {
      const signed = `${encode({ alg: 'RS256', typ: 'at+jwt', kid: 'r1', ...extra })}.${encode(CLAIMS)}`
      const signature = createSign('sha256').update(signed).sign(evil.privateKey, 'base64url')
      await invalid(`${signed}.${signature}`, JSON.stringify(extra).slice(0, 40), rs)
    }
    for (const kid of [
      '',
      '../../../../dev/null',
      "' OR 1=1 --",
      '__proto__',
      'constructor',
      'h1\u0000',
      ['h1'],
      { h1: 1 },
      1,
      null,
      undefined,
    ]) {
      for (const secret of ['', SECRET])
        await invalid(forge({ ...HEADER, kid }, CLAIMS, secret), JSON.stringify(kid) ?? 'none')
    }
  })

  it('recognize() refuses another type of token and unknown critical extensions', async () => {
    for (const typ of ['JWT', 'jwt', 'guichet-refresh+jwt', '', undefined, 1, ['at+jwt'], 'dpop+jwt']) {
      await invalid(forge({ ...HEADER, typ }, CLAIMS), JSON.stringify(typ) ?? 'none')
    }
    await invalid(forge({ ...HEADER, crit: ['exp'] }, CLAIMS), 'crit')
    await invalid(forge({ ...HEADER, b64: false, crit: ['b64'] }, CLAIMS), 'b64')
    assert.equal(
      identityIn(await tokens().recognize(forge({ ...HEADER, typ: 'application/AT+JWT' }, CLAIMS))).user,
      'ana',
    )
  })

  it('recognize() refuses a text that is not the one canonical spelling', async () => {
    const good = forge(HEADER, CLAIMS)
    const [head = '', payload = '', signature = ''] = good.split('.')
    const stray = signature.slice(0, -1) + nextDigit(signature.at(-1) ?? '')
    assert.deepEqual(
      Buffer.from(stray, 'base64url'),
      Buffer.from(signature, 'base64url'),
      'the same bytes to a lax decoder',
    )
    const spaced = Buffer.from(JSON.stringify(HEADER)).toString('base64')
    const wrong = {
      'stray bits': `${head}.${payload}.${stray}`,
      padding: `${head}.${payload}.${signature}=`,
      'padded header': `${spaced.includes('=') ? spaced : `${spaced}=`}.${payload}.${signature}`,
      'standard alphabet': good.replaceAll('-', '+').replaceAll('_', '/'),
      space: `${head}.${payload}.${signature.slice(0, 5)} ${signature.slice(5)}`,
      'four parts': `${good}.x`,
      'five parts': `${good}.x.y`,
      'two parts': `${head}.${payload}`,
      empty: '..',
      'no header': `.${payload}.${signature}`,
    }
    const isDifferent = (text: string): boolean => text !== good
    for (const [what, text] of Object.entries(wrong)) if (isDifferent(text)) await invalid(text, what)
  })

  it('recognize() refuses parts that are not JSON objects in UTF-8', async () => {
    const parts = [
      Buffer.from('[]'),
      Buffer.from('"x"'),
      Buffer.from('null'),
      Buffer.from('{"a":'),
      Buffer.from([0x7b, 0xff, 0x7d]),
    ]
    for (const part of parts) {
      for (const signed of [
        `${encode(HEADER)}.${part.toString('base64url')}`,
        `${part.toString('base64url')}.${encode(CLAIMS)}`,
      ]) {
        await invalid(`${signed}.${hmac(signed)}`, part.toString())
      }
    }
  })

  it('recognize() refuses claims that are missing or of the wrong type', async () => {
    const wrong: Record<string, readonly unknown[]> = {
      sub: [undefined, null, '', 1, ['ana'], { a: 1 }, true],
      iss: [undefined, null, 'other', ['stuff'], 1],
      aud: [undefined, null, 1, [], [1], ['stuff', 1], { stuff: 1 }],
      exp: [undefined, null, `${NOW_S + 900}`, [NOW_S + 900], true, 1e300, -1],
      iat: [undefined, null, `${NOW_S}`, {}],
      nbf: [null, `${NOW_S}`, []],
      jti: [undefined, null, '', 1],
      scope: [null, 1, ['a'], { a: 1 }],
      auth_time: [null, `${NOW_S}`, true],
      family: [null, '', 1],
    }
    for (const [name, values] of Object.entries(wrong)) {
      for (const value of values)
        await invalid(forge(HEADER, { ...CLAIMS, [name]: value }), `${name} = ${JSON.stringify(value)}`)
    }
    assert.equal(codeOf(await tokens().recognize(forge(HEADER, { ...CLAIMS, aud: 'other' }))), 'AUTHN_TOKEN_AUDIENCE')
    assert.equal(codeOf(await tokens().recognize(forge(HEADER, { ...CLAIMS, aud: ['other'] }))), 'AUTHN_TOKEN_AUDIENCE')
  })

  it('recognize() refuses what is expired or not yet valid, at the millisecond', async () => {
    const { recognize, boot } = tokens()
    const text = forge(HEADER, { ...CLAIMS, nbf: NOW_S + 10 })
    assert.equal(codeOf(await recognize(text)), 'AUTHN_TOKEN_NOT_YET')
    assert.equal(codeOf(await recognize(forge(HEADER, { ...CLAIMS, iat: NOW_S + 10 }))), 'AUTHN_TOKEN_NOT_YET')
    boot.clock.nowMs += 10_000
    assert.equal(identityIn(await recognize(text)).user, 'ana')
    boot.clock.nowMs += 889_999
    assert.equal(identityIn(await recognize(text)).user, 'ana')
    boot.clock.nowMs += 1
    assert.equal(codeOf(await recognize(text)), 'AUTHN_TOKEN_EXPIRED')
  })

  it('recognize() refuses a wrong secret, and a token longer than 8 KiB before any work', async () => {
    await invalid(forge(HEADER, CLAIMS, `${SECRET}!`), 'secret')
    await invalid(forge(HEADER, { ...CLAIMS, filler: 'x'.repeat(8192) }), 'length')
  })
})

/** Another digit with the same bits that count: 256 bits leave two stray ones in the last of 43 digits. */
function nextDigit(digit: string): string {
  const digits = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
  return digits.charAt(digits.indexOf(digit) ^ 1)
}
