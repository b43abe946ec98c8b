import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { Refusal } from '../core/refusal.ts'
import { HeadBlock } from '../core/reply.ts'
import { compileCors, corsMistakes, preflightMethod } from './cors.ts'
import { receivedHead } from './received.test-support.ts'

const FACTS = { methods: ['GET', 'HEAD', 'POST'], headers: ['Authorization', 'x-tenant'] }
const APP = 'https://app.example'

function valuesOf(pairs: readonly string[], name: string): readonly string[] {
  return pairs.filter((_value, i) => i % 2 === 1 && pairs[i - 1] === name)
}

describe('compileCors() with a list of origins', () => {
  const cors = compileCors(
    { origins: [APP, 'http://localhost:5173'], credentials: true, exposedHeaders: ['X-Total'] },
    FACTS,
  )

  test('replyHeaders() names the origin, never *, when it is allowed', () => {
    const headers = cors.replyHeaders(APP)
    assert.deepEqual(valuesOf(headers, 'access-control-allow-origin'), [APP])
    assert.deepEqual(valuesOf(headers, 'access-control-allow-credentials'), ['true'])
    assert.match(valuesOf(headers, 'access-control-expose-headers')[0] ?? '', /\blocation\b.*\bx-total\b/)
  })

  test('replyHeaders() is empty when the origin is not exactly one of the list', () => {
    const others = [undefined, 'null', '', '*', 'http://app.example', `${APP}:8443`, `${APP}/`, 'https://APP.example']
    const lookalikes = ['https://app.example.evil.example', 'https://evilapp.example', `${APP}, https://evil.example`]
    for (const origin of [...others, ...lookalikes]) assert.deepEqual(cors.replyHeaders(origin), [], origin)
  })

  test('fixedHeaders say that the reply varies by origin, also for a call without one', () => {
    assert.deepEqual(cors.fixedHeaders, ['vary', 'origin'])
  })

  test('preflight() answers from methods and headers of the routes', () => {
    const headers = cors.preflight(APP)
    assert.ok(!(headers instanceof Refusal))
    assert.deepEqual(valuesOf(headers, 'access-control-allow-origin'), [APP])
    assert.deepEqual(valuesOf(headers, 'access-control-allow-methods'), ['GET, HEAD, POST'])
    assert.match(
      valuesOf(headers, 'access-control-allow-headers')[0] ?? '',
      /^authorization, content-type, .*x-tenant$/,
    )
    assert.deepEqual(valuesOf(headers, 'access-control-max-age'), ['600'])
    assert.deepEqual(valuesOf(headers, 'vary'), ['origin'])
    assert.equal(new HeadBlock(headers).pairs, headers)
  })

  test('preflight() is 403 and varies by origin when the origin is not allowed', () => {
    for (const origin of ['null', 'https://evil.example']) {
      const refusal = cors.preflight(origin)
      assert.ok(refusal instanceof Refusal)
      assert.deepEqual([refusal.code, refusal.status, refusal.headers], ['GUARD_CORS', 403, ['vary', 'origin']])
    }
  })
})

describe('compileCors() with *', () => {
  const cors = compileCors({ origins: ['*'], maxAgeSeconds: 0 }, FACTS)

  test('fixedHeaders have * and replyHeaders() adds nothing', () => {
    assert.deepEqual(valuesOf(cors.fixedHeaders, 'access-control-allow-origin'), ['*'])
    assert.deepEqual(valuesOf(cors.fixedHeaders, 'access-control-allow-credentials'), [])
    assert.deepEqual(cors.replyHeaders(APP), [])
    assert.equal(cors.withCredentials, null)
  })

  test('preflight() has * for an origin and is 403 for null', () => {
    const headers = cors.preflight(APP)
    assert.ok(!(headers instanceof Refusal))
    assert.deepEqual(valuesOf(headers, 'access-control-allow-origin'), ['*'])
    assert.deepEqual(valuesOf(headers, 'access-control-max-age'), ['0'])
    assert.ok(cors.preflight('null') instanceof Refusal)
  })
})

describe('compileCors() with all subdomains', () => {
  const cors = compileCors({ origins: ['https://*.app.example', 'http://*.app.example:8080'] }, FACTS)

  test('isAllowed() is true for subdomains with the same scheme and port', () => {
    for (const origin of ['https://a.app.example', 'https://a.b-c.app.example', 'http://a.app.example:8080']) {
      assert.equal(cors.isAllowed(origin), true, origin)
    }
  })

  test('isAllowed() is false for the domain itself, lookalikes, other schemes and ports', () => {
    const others = [
      'https://app.example',
      'https://evil-app.example',
      'https://evilapp.example',
      'https://.app.example',
    ]
    const ports = ['http://a.app.example', 'https://a.app.example:8443', 'https://a.app.example.evil.example']
    const tricks = ['https://evil.example/.app.example', 'https://evil.example#.app.example', 'https://a.appxexample']
    for (const origin of [...others, ...ports, ...tricks, `https://${'a.'.repeat(200)}app.example`]) {
      assert.equal(cors.isAllowed(origin), false, origin)
    }
  })
})

const MISTAKES = [
  [{ origins: [] }, 'cors lists no origin'],
  [{ origins: ['null'] }, 'cors: the origin null is that of every sandboxed page and local file: it is never allowed'],
  [{ origins: ['app.example'] }, 'cors: this is not an origin'],
  [{ origins: ['https://app.example/'] }, 'cors: this is not an origin as browsers write it (https://app.example)'],
  [{ origins: ['https://app.example:443'] }, 'cors: this is not an origin as browsers write it (https://app.example)'],
  [
    { origins: ['https://*.example'] },
    'cors: * stands alone, or for the subdomains of a domain with a dot (https://*.app.example)',
  ],
  [
    { origins: ['*'], credentials: true },
    'cors: * with credentials would let every page on the web act as its visitor',
  ],
  [{ origins: ['*', APP] }, 'cors: * stands alone'],
  [{ origins: [APP], maxAgeSeconds: -1 }, 'cors: maxAgeSeconds is a whole number'],
  [{ origins: [APP], exposedHeaders: ['a b'] }, 'cors: an entry of exposedHeaders is not the name of a header'],
] as const

for (const [declaration, problem] of MISTAKES) {
  test(`corsMistakes() says "${problem.slice(0, 60)}" when the declaration is ${JSON.stringify(declaration)}`, () => {
    const mistakes = corsMistakes(declaration, 'GET /stuff')
    assert.deepEqual(
      mistakes.map((mistake) => mistake.problem),
      [problem],
    )
    assert.ok(mistakes.every(({ where }) => where === 'GET /stuff'))
  })
}

test('corsMistakes() is empty when the declaration is good', () => {
  assert.deepEqual(corsMistakes({ origins: [APP, 'https://*.app.example'], credentials: true }, 'a'), [])
  assert.deepEqual(corsMistakes({ origins: ['*'] }, 'a'), [])
})

test('preflightMethod() is the wanted method for a preflight and null for any other call', () => {
  const headers = { origin: APP, 'access-control-request-method': 'PUT' }
  assert.equal(preflightMethod(receivedHead({ method: 'OPTIONS', headers })), 'PUT')
  assert.equal(preflightMethod(receivedHead({ method: 'GET', headers })), null)
  assert.equal(preflightMethod(receivedHead({ method: 'OPTIONS', headers: { origin: APP } })), null)
  assert.equal(preflightMethod(receivedHead({ method: 'OPTIONS' })), null)
})
