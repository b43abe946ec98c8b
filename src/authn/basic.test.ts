import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { Refusal, type MaybePromise } from '../core/refusal.ts'
import type { Recognition } from '../core/scheme.ts'
import { basic, parseBasic } from './basic.ts'
import { codeOf, hashed, testBoot, testCall, type TestBootOptions } from './boot.test-support.ts'
import { param, password } from './param.ts'
import type { PasswordOptions } from './password-verifier.ts'

const header = (text: string): string => `Basic ${Buffer.from(text).toString('base64')}`
const callOf = (text: string) => testCall({ headers: { authorization: header(text) } })

async function users(options: Partial<PasswordOptions> = {}, boot: TestBootOptions = {}) {
  const booted = testBoot(boot)
  const hash = await hashed(booted.services.passwords, 'susie')
  const stored = new Map([['hobbes', hash]])
  let lookups = 0
  const scheme = basic({
    password: (login) => {
      lookups++
      return stored.get(login) ?? null
    },
    ...options,
  })
  assert.deepEqual(scheme.prepare(booted), [])
  return { boot: booted, scheme, stored, lookups: () => lookups }
}

const isWaiting = (found: MaybePromise<Recognition>): boolean => found instanceof Promise

interface BasicVector {
  readonly user: string
  readonly pass: string
  readonly header: string
}

function readVectors(text: string): readonly BasicVector[] {
  const all: unknown = JSON.parse(text)
  assert.ok(typeof all === 'object' && all !== null && 'basic' in all)
  return all.basic as readonly BasicVector[] // the folder's README says so
}

describe('parseBasic()', () => {
  it('splits at the first colon, whatever the case of the scheme', () => {
    assert.deepEqual(parseBasic(header('hobbes:su:sie')), { login: 'hobbes', password: 'su:sie' })
    assert.deepEqual(parseBasic(header('hobbes:').replace('Basic ', 'bAsIc   ')), { login: 'hobbes', password: '' })
  })

  it('gives null for another scheme', () => {
    for (const other of ['', 'Bearer abc', 'Basically aG9iYmVzOg==', 'Digest x', 'Basic,x']) {
      assert.equal(parseBasic(other), null, other)
    }
  })

  it('reads the vectors of RFC 7617', () => {
    assert.deepEqual(parseBasic('Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=='), { login: 'Aladdin', password: 'open sesame' })
    assert.deepEqual(parseBasic('Basic dGVzdDoxMjPCow=='), { login: 'test', password: '123£' })
  })

  it('refuses base64 that is not the one spelling, and bytes that are not UTF-8', () => {
    const wrong = [
      'Basic',
      'Basic ',
      'Basic aG9iYmVzOnN1c2ll=', // padding that is not wanted
      'Basic aG9iYmVzOnN1c2l', // padding that is missing
      'Basic aG9iYmVzOg==, Basic aG9iYmVzOg==', // two headers joined
      'Basic aG9iYmVz Og==',
      'Basic aG9iYmVzOh==', // stray bits
      'Basic aG9iYmVzOg=-',
      `Basic ${Buffer.from([0x68, 0x3a, 0xff]).toString('base64')}`,
      header('hobbes'), // no colon
      header(':susie'), // no login
      header('hob\u0000bes:susie'),
      header('hobbes:su\nsie'),
    ]
    for (const text of wrong) {
      const found = parseBasic(text)
      assert.ok(found instanceof Refusal, text)
      assert.equal(found.code, 'AUTHN_MALFORMED')
    }
  })

  it('reads the shared vectors', (t) => {
    const path = new URL('../../../shared/vectors/rfc/vectors.json', import.meta.url)
    if (!existsSync(path)) return t.skip('the folder of vectors is not here')
    const vectors = readVectors(readFileSync(path, 'utf8'))
    for (const { user, pass, header: text } of vectors) {
      assert.deepEqual(parseBasic(text), { login: user, password: pass })
    }
  })
})

describe('basic()', () => {
  it('has the challenge of RFC 7617', () => {
    assert.equal(basic().challenge('stuff'), 'Basic realm="stuff", charset="UTF-8"')
    assert.equal(basic().challenge('a "b" \\ é'), 'Basic realm="a \\"b\\" \\\\ ?", charset="UTF-8"')
  })

  it('recognize() gives the identity when the password is right, null when there are no credentials', async () => {
    const { scheme, boot } = await users()
    const found = await scheme.recognize(callOf('hobbes:susie'))
    assert.ok(found !== null && !(found instanceof Refusal))
    assert.equal(found.user, 'hobbes')
    assert.equal(found.authenticatedAtMs, boot.clock.nowMs)
    assert.equal(found.isAmbient, false)
    assert.equal(scheme.recognize(testCall()), null)
    assert.equal(scheme.recognize(testCall({ headers: { authorization: 'Bearer x' } })), null)
  })

  it('recognize() says the same for an unknown login as for a wrong password', async () => {
    const { scheme } = await users()
    const [unknown, wrong] = [await scheme.recognize(callOf('moe:susie')), await scheme.recognize(callOf('hobbes:x'))]
    assert.ok(unknown instanceof Refusal && wrong instanceof Refusal)
    assert.deepEqual([unknown.code, unknown.message, unknown.status], [wrong.code, wrong.message, wrong.status])
    assert.equal(unknown.status, 401)
    assert.notEqual(unknown.reason, wrong.reason)
  })

  it('recognize() asks the database before it hashes, and refuses logins that cannot be one', async () => {
    const { scheme, lookups } = await users()
    assert.equal(codeOf(await scheme.recognize(callOf(`${'x'.repeat(257)}:susie`))), 'AUTHN_MALFORMED')
    assert.equal(lookups(), 0)
  })

  it('recognize() answers at once the second time, until the time to live has passed', async () => {
    const { scheme, boot } = await users()
    await scheme.recognize(callOf('hobbes:susie'))
    assert.equal(isWaiting(scheme.recognize(callOf('hobbes:susie'))), false)
    boot.clock.nowMs += boot.services.limits.credentialCacheTtlMs
    const late = scheme.recognize(callOf('hobbes:susie'))
    assert.equal(isWaiting(late), true)
    await late
  })

  it('recognize() remembers neither another password nor a no', async () => {
    const { scheme, stored, boot } = await users()
    await scheme.recognize(callOf('hobbes:susie'))
    assert.equal(codeOf(await scheme.recognize(callOf('hobbes:other'))), 'AUTHN_BAD_CREDENTIALS')
    assert.equal(codeOf(await scheme.recognize(callOf('moe:secret'))), 'AUTHN_BAD_CREDENTIALS')
    stored.set('moe', await hashed(boot.services.passwords, 'secret'))
    assert.ok(!((await scheme.recognize(callOf('moe:secret'))) instanceof Refusal))
  })

  it('recognize() looks the hash up each time: a changed password ends the old one at once', async () => {
    const { scheme, stored, boot } = await users()
    await scheme.recognize(callOf('hobbes:susie'))
    stored.set('hobbes', await hashed(boot.services.passwords, 'changed'))
    assert.equal(codeOf(await scheme.recognize(callOf('hobbes:susie'))), 'AUTHN_BAD_CREDENTIALS')
    stored.delete('hobbes')
    assert.equal(codeOf(await scheme.recognize(callOf('hobbes:changed'))), 'AUTHN_BAD_CREDENTIALS')
  })

  it('forget() drops what is remembered of a user', async () => {
    const { scheme } = await users()
    await scheme.recognize(callOf('hobbes:susie'))
    scheme.forget?.('hobbes')
    const found = scheme.recognize(callOf('hobbes:susie'))
    assert.equal(isWaiting(found), true)
    await found
  })

  it('recognize() stores a better hash after a login with a weak one, and goes on when that fails', async () => {
    const kept: string[] = []
    const { scheme, stored } = await users({
      rehash: (login, hash) => {
        kept.push(login, hash)
        if (kept.length > 2) throw new Error('the disk is full')
      },
    })
    // bcrypt of "susie" with cost 10
    const { hash } = await import('@node-rs/bcrypt')
    stored.set('hobbes', await hash('susie', { cost: 10 }))
    assert.ok(!((await scheme.recognize(callOf('hobbes:susie'))) instanceof Refusal))
    assert.equal(kept[0], 'hobbes')
    assert.match(kept[1] ?? '', /^\$argon2id\$/)
    scheme.forget?.('hobbes')
    assert.ok(!((await scheme.recognize(callOf('hobbes:susie'))) instanceof Refusal))
    assert.equal(kept.length, 4)
  })

  it('recognize() asks verify() where the stored hash does not decide, and never remembers it', async () => {
    const asked: string[] = []
    const { scheme } = await users({
      verify: (login, secret) => {
        asked.push(login)
        return login === 'ldap' && secret === 'there'
      },
    })
    for (const _ of [1, 2]) assert.ok(!((await scheme.recognize(callOf('ldap:there'))) instanceof Refusal))
    assert.deepEqual(asked, ['ldap', 'ldap'])
    await scheme.recognize(callOf('hobbes:susie'))
    assert.equal(asked.length, 2)
  })

  it('recognize() never gives an empty password to verify(): a directory takes it for a login as nobody', async () => {
    const { scheme } = await users({ verify: () => true })
    assert.equal(codeOf(await scheme.recognize(callOf('ldap:'))), 'AUTHN_BAD_CREDENTIALS')
  })

  it('prepare() tells when no password can be known', () => {
    assert.equal(basic().prepare(testBoot()).length, 1)
  })

  it('recognize() lets a fault of the lookup through', async () => {
    const { scheme } = await users({ password: () => Promise.reject(new Error('the database is away')) })
    await assert.rejects(Promise.resolve(scheme.recognize(callOf('hobbes:susie'))), /database is away/)
  })

  it('recognize() remembers no more logins than the limit', async () => {
    const { scheme, stored, boot } = await users({}, { limits: { credentialCacheMax: 1 } })
    stored.set('susie', await hashed(boot.services.passwords, 'derkins'))
    await scheme.recognize(callOf('hobbes:susie'))
    await scheme.recognize(callOf('susie:derkins'))
    assert.equal(isWaiting(scheme.recognize(callOf('susie:derkins'))), false)
    const first = scheme.recognize(callOf('hobbes:susie'))
    assert.equal(isWaiting(first), true)
    await first
  })
})

describe('param()', () => {
  const body = (fields: Record<string, unknown>) => testCall({ body: fields })

  it('recognize() reads two fields of the body, with names of its own where they are given', async () => {
    const { boot, stored } = await users()
    const scheme = param({ user: 'username', pass: 'password', password: (login) => stored.get(login) ?? null })
    assert.deepEqual(scheme.prepare(boot), [])
    assert.deepEqual(scheme.bodyFields, ['username', 'password'])
    assert.equal(scheme.reads, 'body')
    const found = await scheme.recognize(body({ username: 'hobbes', password: 'susie' }))
    assert.ok(found !== null && !(found instanceof Refusal))
    assert.equal(scheme.recognize(body({ USER: 'hobbes', PASS: 'susie' })), null)
  })

  it('recognize() refuses what is not two texts', async () => {
    const scheme = param({ password: () => null })
    scheme.prepare(testBoot())
    for (const fields of [
      { USER: 'x' },
      { PASS: 'x' },
      { USER: 1, PASS: 'x' },
      { USER: ['a', 'b'], PASS: 'x' },
      { USER: '', PASS: 'x' },
    ]) {
      assert.equal(codeOf(await scheme.recognize(body(fields))), 'AUTHN_MALFORMED', JSON.stringify(fields))
    }
  })

  it('prepare() tells when both fields have one name', () => {
    assert.equal(param({ user: 'a', pass: 'a', password: () => null }).prepare(testBoot()).length, 1)
  })
})

describe('password()', () => {
  it('gives two schemes that remember together', async () => {
    const { boot, stored } = await users()
    const [first, second] = password({ password: (login) => stored.get(login) ?? null })
    assert.deepEqual([first.prepare(boot), second.prepare(boot)], [[], []])
    await first.recognize(callOf('hobbes:susie'))
    assert.equal(isWaiting(second.recognize(testCall({ body: { USER: 'hobbes', PASS: 'susie' } }))), false)
  })
})
