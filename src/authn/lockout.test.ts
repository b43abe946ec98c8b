import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Refusal } from '../core/refusal.ts'
import { StoreUnavailable } from '../core/store-unavailable.ts'
import { createMemoryStore } from '../store/memory-store.ts'
import { basic } from './basic.ts'
import { codeOf, hashed, silent, testBoot, testCall } from './boot.test-support.ts'
import { Lockout, type LockoutOptions } from './lockout.ts'

const HOUR_MS = 3_600_000

function lockout(options: LockoutOptions = {}) {
  const { clock } = testBoot()
  const store = createMemoryStore({ clock })
  const guard = new Lockout(options, { store, clock, log: silent })
  const begin = (login: string, address = '192.0.2.1') => guard.begin({ login, address, isAccount: login === 'ana' })
  return { guard, clock, begin, store }
}

const waitOf = (refusal: Refusal | null): number => Number(refusal?.headers[1])

describe('Lockout', () => {
  it('begin() lets some failures pass, then makes each wait twice as long, up to a bound', async () => {
    const { begin, clock } = lockout({ freeMax: 3, waitMs: 1000, waitMaxMs: 4000 })
    for (let i = 0; i < 3; i++) assert.equal(await begin('ana'), null, `failure ${i + 1} is free`)
    for (const waitS of [1, 2, 4, 4]) {
      assert.equal(await begin('ana'), null)
      const refusal = await begin('ana')
      assert.equal(codeOf(refusal), 'AUTHN_LOCKED')
      assert.equal(refusal?.status, 429)
      assert.equal(waitOf(refusal), waitS)
      clock.nowMs += waitS * 1000
    }
    assert.equal(await begin('rui'), null)
  })

  it('begin() counts before it is known how attempts end: a hundred at once are a hundred', async () => {
    const { begin } = lockout({ freeMax: 5 })
    const ends = await Promise.all(Array.from({ length: 100 }, () => begin('ana')))
    assert.equal(ends.filter((refusal) => refusal === null).length, 6)
  })

  it('begin() refuses after 100 failures in a row, however slow, until forget()', async () => {
    const { begin, clock, guard } = lockout({ freeMax: 1000, addressFailuresMax: 1000, failuresMax: 500 })
    for (let i = 0; i < 100; i++) {
      assert.equal(await begin('ana'), null)
      clock.nowMs += 60_000
    }
    assert.equal(codeOf(await begin('ana')), 'AUTHN_LOCKED')
    clock.nowMs += 25 * HOUR_MS
    assert.equal(codeOf(await begin('ana')), 'AUTHN_LOCKED')
    await guard.forget('ana')
    assert.equal(await begin('ana'), null)
  })

  it('begin() does not tell by its wait which logins exist', async () => {
    const { begin } = lockout({ freeMax: 1000, addressFailuresMax: 1000 })
    const waits = []
    for (const login of ['ana', 'nobody']) {
      for (let i = 0; i < 100; i++) await begin(login)
      waits.push(waitOf(await begin(login)), waitOf(await begin(login)))
    }
    assert.deepEqual([...new Set(waits)], [24 * 3600])
  })

  it('begin() does not give a slow attacker a hundred each day', async () => {
    const { begin, clock } = lockout({ freeMax: 1000 })
    for (let day = 0; day < 10; day++) {
      for (let i = 0; i < 10; i++) assert.equal(await begin('ana'), null)
      clock.nowMs += 25 * HOUR_MS
    }
    assert.equal(codeOf(await begin('ana')), 'AUTHN_LOCKED')
  })

  it('succeed() ends the failures in a row', async () => {
    const { begin, guard } = lockout({ freeMax: 2 })
    for (let i = 0; i < 10; i++) {
      assert.equal(await begin('ana'), null)
      await guard.succeed({ login: 'ana', address: '192.0.2.1' })
    }
  })

  it('begin() counts the failures of an address over all accounts, by network for IPv6', async () => {
    const { begin, clock } = lockout({ addressFailuresMax: 2 })
    assert.equal(await begin('a', '2001:db8:1:2::1'), null)
    assert.equal(await begin('b', '2001:db8:1:ff:ffff::2'), null)
    assert.equal(codeOf(await begin('c', '2001:db8:1:2::3')), 'AUTHN_LOCKED')
    assert.equal(await begin('c', '2001:db8:1:100::3'), null)
    clock.nowMs += 15 * 60_000
    assert.equal(await begin('c', '2001:db8:1:2::3'), null)
  })

  it('begin() leaves the owner in at an address that is known to the account', async () => {
    const { begin, guard } = lockout({ freeMax: 1 })
    await guard.succeed({ login: 'ana', address: '192.0.2.1' })
    for (let i = 0; i < 5; i++) await begin('ana', '203.0.113.9')
    assert.equal(codeOf(await begin('ana', '203.0.113.9')), 'AUTHN_LOCKED')
    assert.equal(await begin('ana', '192.0.2.1'), null)
  })

  it('begin() passes or refuses when the store is away, by choice', async () => {
    const broken = new Proxy(createMemoryStore(), {
      get: () => () => Promise.reject(new StoreUnavailable('redis', 'it is away')),
    })
    const { clock } = testBoot()
    for (const [whenAway, code] of [
      ['open', null],
      ['closed', 'AUTHN_UNAVAILABLE'],
    ] as const) {
      const guard = new Lockout({ whenAway }, { store: broken, clock, log: silent })
      assert.equal((await guard.begin({ login: 'ana', address: '192.0.2.1', isAccount: true }))?.code ?? null, code)
    }
  })
})

describe('basic() with a lockout', () => {
  async function scheme(options: LockoutOptions | false) {
    const boot = testBoot()
    const hash = await hashed(boot.services.passwords, 'susie')
    const made = basic({ password: (login) => (login === 'hobbes' ? hash : null), lockout: options })
    made.prepare(boot)
    const recognize = (text: string, address = '127.0.0.1') =>
      made.recognize(
        testCall({ headers: { authorization: `Basic ${Buffer.from(text).toString('base64')}` }, peer: { address } }),
      )
    return { made, boot, recognize }
  }

  it('recognize() locks an unknown login as it locks a known one', async () => {
    const { recognize } = await scheme({ freeMax: 1 })
    for (const login of ['hobbes', 'nobody']) {
      const codes = []
      for (let i = 0; i < 3; i++) codes.push(codeOf(await recognize(`${login}:x`)))
      assert.deepEqual(codes, ['AUTHN_BAD_CREDENTIALS', 'AUTHN_BAD_CREDENTIALS', 'AUTHN_LOCKED'], login)
    }
  })

  it('recognize() refuses the right password too while it is locked, and forget() unlocks', async () => {
    const { made, recognize } = await scheme({ freeMax: 1 })
    for (let i = 0; i < 3; i++) await recognize('hobbes:x')
    assert.equal(codeOf(await recognize('hobbes:susie')), 'AUTHN_LOCKED')
    made.forget?.('hobbes')
    assert.ok(!((await recognize('hobbes:susie')) instanceof Refusal))
  })

  it('recognize() ends the failures in a row by a success that is remembered', async () => {
    const { recognize } = await scheme({ freeMax: 2 })
    for (let i = 0; i < 6; i++) {
      assert.ok(!((await recognize('hobbes:susie')) instanceof Refusal))
      assert.equal(codeOf(await recognize('hobbes:x')), 'AUTHN_BAD_CREDENTIALS', `round ${i}`)
    }
  })

  it('recognize() does not answer guesses from what it remembers of the owner while the account waits', async () => {
    const { recognize } = await scheme({ freeMax: 1 })
    const owner = async () => assert.ok(!((await recognize('hobbes:susie')) instanceof Refusal))
    await owner()
    for (let i = 0; i < 3; i++) {
      await recognize('hobbes:x', '203.0.113.9')
      // The owner works on, from where the account is known: that must not end what strangers have failed.
      await owner()
    }
    assert.equal(codeOf(await recognize('hobbes:x', '203.0.113.9')), 'AUTHN_LOCKED')
    assert.equal(codeOf(await recognize('hobbes:susie', '203.0.113.9')), 'AUTHN_LOCKED')
    await owner()
  })

  it('recognize() does not count what was not decided', async () => {
    const boot = testBoot({ limits: { hashesMax: 1, hashQueueMax: 0 } })
    const made = basic({ password: () => null, lockout: { freeMax: 4 } })
    made.prepare(boot)
    const attempt = async () => codeOf(await made.recognize(testCall({ headers: { authorization: 'Basic YTpi' } })))
    const codes = await Promise.all([attempt(), attempt(), attempt(), attempt()])
    assert.equal(codes.filter((code) => code === 'AUTHN_BUSY').length, 3)
    for (let i = 0; i < 4; i++) assert.equal(await attempt(), 'AUTHN_BAD_CREDENTIALS')
  })
})
