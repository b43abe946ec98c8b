import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { decodeJwt, decodeProtectedHeader } from 'jose'
import { Refusal } from '../core/refusal.ts'
import type { Store } from '../core/store.ts'
import { StoreUnavailable } from '../core/store-unavailable.ts'
import { createMemoryStore } from '../store/memory-store.ts'
import { codeOf, identityIn, testBoot, testCall, type TestBoot } from './boot.test-support.ts'
import { checkFresh } from './fresh.ts'
import { token, type TokenSchemeOptions } from './token.ts'

const DAY_MS = 86_400_000

function tokens(options: TokenSchemeOptions = {}, boot: TestBoot = testBoot()) {
  const scheme = token({ format: 'jwt', ...options })
  assert.deepEqual(scheme.prepare(boot), [])
  const callOf = (text: string) => testCall({ headers: { authorization: `Bearer ${text}` } })
  return {
    scheme,
    boot,
    callOf,
    recognize: (text: string) => scheme.recognize(callOf(text)),
    renews: (text: string) => scheme.refresh.recognize(callOf(text)),
    rotate: (text: string) => scheme.rotate(callOf(text)),
  }
}

async function refusalOf(promise: Promise<unknown>): Promise<Refusal> {
  const found: unknown = await promise.then(
    () => null,
    (error: unknown) => error,
  )
  assert.ok(found instanceof Refusal, 'a refusal is wanted')
  return found
}

/** Two processes on one store. */
function twoProcesses() {
  const first = testBoot()
  const store = createMemoryStore({ clock: first.clock })
  const boots = [first, testBoot()].map((boot) => ({
    ...boot,
    services: { ...boot.services, clock: first.clock, store },
  }))
  const [a, b] = boots.map((boot) => tokens({}, boot))
  assert.ok(a !== undefined && b !== undefined)
  return { a, b, clock: first.clock }
}

/** A store that is away. */
function awayBoot(): TestBoot {
  const boot = testBoot()
  const away = new Proxy(createMemoryStore(), {
    get: (target, name) => {
      if (name === 'name') return target.name
      // Its entries are elsewhere.
      return name === 'getNow' ? undefined : () => Promise.reject(new StoreUnavailable('redis', 'it is away'))
    },
  }) satisfies Store
  return { ...boot, services: { ...boot.services, store: away } }
}

describe('createPair()', () => {
  it('makes an access token of 15 minutes and a refresh token of 30 days of one family', async () => {
    const { scheme, recognize, renews, boot } = tokens()
    const pair = await scheme.createPair('ana', { scopes: ['read'], claims: { team: 'red' } })
    assert.equal(pair.expiresInS, 900)
    assert.equal(pair.tokenType, 'Bearer')
    const [access, refresh] = [decodeJwt(pair.accessToken), decodeJwt(pair.refreshToken)]
    assert.equal(access.exp, (access.iat ?? 0) + 900)
    assert.equal(refresh.exp, (refresh.iat ?? 0) + 30 * 86_400)
    assert.equal(access['family'], refresh['family'])
    assert.notEqual(access.jti, refresh.jti)
    assert.notEqual(decodeProtectedHeader(pair.accessToken).typ, decodeProtectedHeader(pair.refreshToken).typ)
    assert.equal(
      identityIn(await recognize(pair.accessToken)).authenticatedAtMs,
      boot.clock.nowMs - (boot.clock.nowMs % 1000),
    )
    assert.equal(identityIn(await renews(pair.refreshToken)).user, 'ana')
  })

  it('makes tokens of which neither passes for the other', async () => {
    const { scheme, recognize, renews } = tokens()
    const pair = await scheme.createPair('ana')
    assert.equal(codeOf(await recognize(pair.refreshToken)), 'AUTHN_TOKEN_INVALID')
    assert.equal(codeOf(await renews(pair.accessToken)), 'AUTHN_TOKEN_INVALID')
    assert.equal(codeOf(await renews(await scheme.createToken('ana'))), 'AUTHN_TOKEN_INVALID')
  })

  it('offers its refresh scheme as a companion that only routes which name it take', () => {
    const scheme = token({ format: 'jwt' })
    assert.deepEqual(
      scheme.companions?.map(({ name, isOptIn }) => [name, isOptIn]),
      [['refresh', true]],
    )
    assert.deepEqual(token().companions, [])
  })
})

describe('rotate()', () => {
  it('exchanges a refresh token once; its reuse ends the family', async () => {
    const { scheme, recognize, rotate, renews } = tokens()
    const first = await scheme.createPair('ana')
    const second = await rotate(first.refreshToken)
    assert.equal(identityIn(await recognize(second.accessToken)).user, 'ana')
    const refusal = await refusalOf(rotate(first.refreshToken))
    assert.equal(refusal.code, 'AUTHN_TOKEN_REUSED')
    assert.equal(refusal.status, 401)
    assert.deepEqual(refusal.headers, ['www-authenticate', 'Bearer realm="stuff", error="invalid_token"'])
    assert.equal(codeOf(await renews(second.refreshToken)), 'AUTHN_TOKEN_REVOKED')
    assert.equal(codeOf(await recognize(second.accessToken)), 'AUTHN_TOKEN_REVOKED')
    assert.equal(codeOf(await recognize(first.accessToken)), 'AUTHN_TOKEN_REVOKED')
  })

  it('ends the family as soon as a used token is recognised', async () => {
    const { scheme, rotate, renews } = tokens()
    const first = await scheme.createPair('ana')
    const second = await rotate(first.refreshToken)
    assert.equal(codeOf(await renews(first.refreshToken)), 'AUTHN_TOKEN_REUSED')
    assert.equal(codeOf(await renews(second.refreshToken)), 'AUTHN_TOKEN_REVOKED')
  })

  it('gives one of many at once the next pair, and ends the family', async () => {
    const { scheme, rotate, renews } = tokens()
    const { refreshToken } = await scheme.createPair('ana')
    const ends = await Promise.allSettled(Array.from({ length: 8 }, () => rotate(refreshToken)))
    const pairs = ends.flatMap((end) => (end.status === 'fulfilled' ? [end.value] : []))
    assert.equal(pairs.length, 1)
    assert.equal(codeOf(await renews(pairs[0]?.refreshToken ?? '')), 'AUTHN_TOKEN_REVOKED')
  })

  it('leaves the families of other logins alone', async () => {
    const { scheme, rotate } = tokens()
    const [one, other] = [await scheme.createPair('ana'), await scheme.createPair('ana')]
    await rotate(one.refreshToken)
    await refusalOf(rotate(one.refreshToken))
    assert.ok(await rotate(other.refreshToken))
  })

  it('keeps scopes, claims and the time of the login, and never lengthens the life of a family', async () => {
    const { scheme, boot, rotate, recognize, renews } = tokens({ refreshLifetimeMs: DAY_MS })
    const first = await scheme.createPair('ana', { scopes: ['read'], claims: { team: 'red' } })
    const loginMs = boot.clock.nowMs - (boot.clock.nowMs % 1000)
    boot.clock.nowMs += DAY_MS - 60_000
    const second = await rotate(first.refreshToken)
    const identity = identityIn(await recognize(second.accessToken))
    assert.deepEqual([identity.scopes, identity.claims['team'], identity.authenticatedAtMs], [['read'], 'red', loginMs])
    assert.equal(second.expiresInS, 60)
    assert.equal(decodeJwt(second.refreshToken).exp, decodeJwt(first.refreshToken).exp)
    assert.equal(checkFresh(identity, 300_000, boot.clock.nowMs)?.code, 'AUTHN_NOT_FRESH')
    assert.equal(checkFresh(identity, DAY_MS, boot.clock.nowMs), null)
    boot.clock.nowMs += 60_000
    assert.equal(codeOf(await renews(second.refreshToken)), 'AUTHN_TOKEN_EXPIRED')
  })

  it('says in 401 what is missing when the call carries nothing', async () => {
    const refusal = await refusalOf(tokens().scheme.rotate(testCall()))
    assert.equal(refusal.code, 'AUTHN_MISSING')
    assert.deepEqual(refusal.headers, ['www-authenticate', 'Bearer realm="stuff"'])
  })
})

describe('revoke()', () => {
  it('ends the access token and its refresh token on the next request of every process', async () => {
    const { a, b } = twoProcesses()
    const pair = await a.scheme.createPair('ana')
    assert.equal(identityIn(await b.recognize(pair.accessToken)).user, 'ana')
    await a.scheme.revoke(a.callOf(pair.accessToken))
    assert.equal(codeOf(await b.recognize(pair.accessToken)), 'AUTHN_TOKEN_REVOKED')
    assert.equal(codeOf(await b.renews(pair.refreshToken)), 'AUTHN_TOKEN_REVOKED')
    assert.equal((await refusalOf(b.rotate(pair.refreshToken))).status, 401)
  })

  it('ends a token on its own, and no other', async () => {
    const { scheme, callOf, recognize } = tokens()
    const [one, other] = [await scheme.createToken('ana'), await scheme.createToken('ana')]
    await scheme.revoke(callOf(one))
    assert.equal(codeOf(await recognize(one)), 'AUTHN_TOKEN_REVOKED')
    assert.equal(identityIn(await recognize(other)).user, 'ana')
  })

  it('revokeUser() ends all tokens made until now, not those made later', async () => {
    const { scheme, boot, recognize, renews } = tokens()
    const before = await scheme.createPair('ana')
    const others = await scheme.createPair('rui')
    boot.clock.nowMs += 1
    await scheme.revokeUser('ana')
    const after = await scheme.createPair('ana')
    assert.equal(codeOf(await recognize(before.accessToken)), 'AUTHN_TOKEN_REVOKED')
    assert.equal(codeOf(await renews(before.refreshToken)), 'AUTHN_TOKEN_REVOKED')
    assert.equal(identityIn(await recognize(after.accessToken)).user, 'ana')
    assert.equal(identityIn(await recognize(others.accessToken)).user, 'rui')
  })

  it('revokeUser() ends tokens for good that live longer than refresh tokens', async () => {
    const { scheme, boot, recognize } = tokens({ lifetimeMs: 90 * DAY_MS })
    const long = [await scheme.createToken('ana'), await scheme.createToken('ana', { lifetimeMs: 3_000 * DAY_MS })]
    boot.clock.nowMs += 1
    await scheme.revokeUser('ana')
    boot.clock.nowMs += 31 * DAY_MS
    for (const text of long) assert.equal(codeOf(await recognize(text)), 'AUTHN_TOKEN_REVOKED')
    boot.clock.nowMs += 2_900 * DAY_MS
    assert.equal(codeOf(await recognize(long[1] ?? '')), 'AUTHN_TOKEN_REVOKED')
  })

  it('throws where tokens are not revocable', async () => {
    await assert.rejects(tokens({ isRevocable: false }).scheme.revoke(testCall()), TypeError)
  })
})

describe('a new start of the process', () => {
  /** The same app later: the same secret, and the store where it is given. */
  const restart = ({ boot }: ReturnType<typeof tokens>, store?: Store): ReturnType<typeof tokens> => {
    const services = { ...boot.services, ...(store === undefined ? {} : { store }) }
    return tokens({}, { ...boot, services })
  }

  it('refuses the tokens that were made before, since its memory does not know which of them were ended', async () => {
    const before = tokens()
    const [ended, other] = [await before.scheme.createPair('ana'), await before.scheme.createPair('ana')]
    await before.scheme.revoke(before.callOf(ended.accessToken))
    before.boot.clock.nowMs += 1000
    const now = restart({ ...before, boot: { ...before.boot, isProduction: true } })
    for (const { accessToken, refreshToken } of [ended, other]) {
      assert.equal(codeOf(await now.recognize(accessToken)), 'AUTHN_TOKEN_REVOKED')
      assert.equal(codeOf(await now.renews(refreshToken)), 'AUTHN_TOKEN_REVOKED')
    }
    const { accessToken, refreshToken } = await now.scheme.createPair('ana')
    assert.equal(identityIn(await now.recognize(accessToken)).user, 'ana')
    assert.equal(identityIn(await now.renews(refreshToken)).user, 'ana')
  })

  it('takes them in development, where each change of a file is a new start', async () => {
    const before = tokens()
    const text = await before.scheme.createToken('ana')
    before.boot.clock.nowMs += 1000
    assert.equal(identityIn(await restart(before).recognize(text)).user, 'ana')
  })

  it('takes them where the store outlives the process, and refuses those that were ended', async () => {
    const memory = createMemoryStore()
    const store: Store = new Proxy(memory, {
      get: (_, name) => {
        const value: unknown = name === 'isShared' ? true : Reflect.get(memory, name, memory)
        return typeof value === 'function' ? (value.bind(memory) as unknown) : value // a bound function is a function
      },
    })
    const before = restart(tokens(), store)
    const [ended, other] = [await before.scheme.createPair('ana'), await before.scheme.createPair('ana')]
    await before.scheme.revoke(before.callOf(ended.accessToken))
    before.boot.clock.nowMs += 1000
    const now = restart(before, store)
    assert.equal(codeOf(await now.recognize(ended.accessToken)), 'AUTHN_TOKEN_REVOKED')
    assert.equal(identityIn(await now.recognize(other.accessToken)).user, 'ana')
  })

  it('takes tokens that cannot be revoked', async () => {
    const before = tokens({ isRevocable: false })
    const text = await before.scheme.createToken('ana')
    before.boot.clock.nowMs += 1000
    assert.equal(identityIn(await tokens({ isRevocable: false }, before.boot).recognize(text)).user, 'ana')
  })
})

describe('a store that is away', () => {
  it('recognize() refuses with 503: what was revoked must not pass', async () => {
    const text = await tokens().scheme.createToken('ana')
    const { recognize, scheme } = tokens({}, awayBoot())
    assert.equal(codeOf(await recognize(text)), 'AUTHN_UNAVAILABLE')
    assert.equal((await refusalOf(scheme.createPair('ana'))).status, 503)
    assert.equal((await refusalOf(scheme.revokeUser('ana'))).status, 503)
  })

  it('recognize() goes on where tokens are not revocable', async () => {
    const { scheme, recognize } = tokens({ isRevocable: false }, awayBoot())
    assert.equal(identityIn(await recognize(await scheme.createToken('ana'))).user, 'ana')
  })
})
