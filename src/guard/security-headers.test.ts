import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { ConfigError } from '../core/config-error.ts'
import { HeadBlock } from '../core/reply.ts'
import { compilePagePolicy, createNonce } from './page-policy.ts'
import { receivedHead } from './received.test-support.ts'
import { readRequestId } from './request-id.ts'
import { apiHeaders, pageHeaders, withoutHeaders } from './security-headers.ts'

const FACTS = { isSecure: false, isOpen: false, isCrossOrigin: false }

function headersOf(pairs: readonly string[]): ReadonlyMap<string, string> {
  const { pairs: checked } = new HeadBlock(pairs)
  return new Map(checked.flatMap((name, i) => (i % 2 === 0 ? [[name, checked[i + 1] ?? ''] as const] : [])))
}

describe('apiHeaders()', () => {
  test('apiHeaders() lets a reply be neither guessed at, framed, read by others nor kept', () => {
    const headers = headersOf(apiHeaders(FACTS))
    assert.equal(headers.get('x-content-type-options'), 'nosniff')
    assert.match(headers.get('content-security-policy') ?? '', /^default-src 'none';.*frame-ancestors 'none'/)
    assert.equal(headers.get('cross-origin-resource-policy'), 'same-origin')
    assert.equal(headers.get('cross-origin-opener-policy'), 'same-origin')
    assert.equal(headers.get('referrer-policy'), 'same-origin')
    assert.equal(headers.get('cache-control'), 'private, no-store')
  })

  test('apiHeaders() has HSTS of at least a year only when clients come by TLS', () => {
    assert.equal(headersOf(apiHeaders(FACTS)).has('strict-transport-security'), false)
    const hsts = headersOf(apiHeaders({ ...FACTS, isSecure: true })).get('strict-transport-security') ?? ''
    assert.ok(Number(/^max-age=(\d+); includeSubDomains$/.exec(hsts)?.[1]) >= 31_536_000)
  })

  test('apiHeaders() leaves caching to the handler when the rule is OPEN', () => {
    assert.equal(headersOf(apiHeaders({ ...FACTS, isOpen: true })).has('cache-control'), false)
  })

  test('apiHeaders() lets other origins embed the reply when a CORS declaration says so', () => {
    const headers = headersOf(apiHeaders({ ...FACTS, isCrossOrigin: true }))
    assert.equal(headers.get('cross-origin-resource-policy'), 'cross-origin')
  })

  test('apiHeaders() never names the software', () => {
    const names = [...headersOf(apiHeaders(FACTS)).keys(), ...headersOf(pageHeaders(FACTS)).keys()]
    assert.deepEqual(
      names.filter((name) => name === 'x-powered-by' || name === 'server'),
      [],
    )
  })

  test('withoutHeaders() takes away pairs by name and keeps values that look like names', () => {
    assert.deepEqual(withoutHeaders(['a', 'b', 'b', 'a', 'c', 'b'], ['b']), ['a', 'b', 'c', 'b'])
  })
})

describe('compilePagePolicy()', () => {
  test('format() puts the nonce on scripts and styles and closes what pages do not need', () => {
    assert.equal(
      compilePagePolicy().format('abc='),
      "default-src 'self'; script-src 'self' 'nonce-abc='; style-src 'self' 'nonce-abc='; img-src 'self' data:; " +
        "font-src 'self'; connect-src 'self'; frame-src 'self'; form-action 'self'; object-src 'none'; base-uri 'none'; " +
        "frame-ancestors 'none'",
    )
  })

  test('format() has the declared sources in their directives', () => {
    const policy = compilePagePolicy({
      script: ['https://cdn.example'],
      connect: ['wss://app.example'],
      frameAncestors: ["'self'"],
    }).format('n')
    assert.match(policy, /script-src 'self' https:\/\/cdn\.example 'nonce-n';/)
    assert.match(policy, /connect-src 'self' wss:\/\/app\.example;/)
    assert.match(policy, /frame-ancestors 'self'$/)
  })

  test('compilePagePolicy() throws a ConfigError when a source ends its directive or lets anything in', () => {
    for (const source of [
      "'unsafe-inline'",
      "'unsafe-eval'",
      '*',
      'data:',
      'a; script-src *',
      'a b',
      '',
      "'x",
      'a,b',
    ]) {
      assert.throws(() => compilePagePolicy({ script: [source] }), ConfigError, source)
    }
    assert.ok(compilePagePolicy({ image: ['blob:'] }))
  })

  test('createNonce() gives 144 bits that differ each time', () => {
    const nonces = new Set(Array.from({ length: 100 }, createNonce))
    assert.equal(nonces.size, 100)
    for (const nonce of nonces) assert.match(nonce, /^[A-Za-z0-9+/]{24}$/)
  })
})

describe('readRequestId()', () => {
  const idFrom = (id: string, isProxied = true): string | null =>
    readRequestId(receivedHead({ headers: { 'x-request-id': id }, isProxied }))

  test('readRequestId() is the id when a trusted peer sends a plain one', () => {
    for (const id of [
      '7b1c2d3e',
      'f058ebd6-02f7-4d3f-942e-904344e8cde5',
      'Root=1-67891233-abcdef01',
      'a'.repeat(128),
    ]) {
      assert.equal(idFrom(id), id)
    }
  })

  test('readRequestId() is null when the peer is no listed proxy', () => {
    assert.equal(idFrom('f058ebd6-02f7-4d3f-942e-904344e8cde5', false), null)
    assert.equal(readRequestId(receivedHead({ isProxied: true })), null)
  })

  test('readRequestId() is null when the id is too short, too long or not plain', () => {
    for (const id of [
      '',
      '1234567',
      'a'.repeat(129),
      'abcdefg\nh',
      'abcdefg h',
      'abcdefg"h',
      'abcdefghé',
      'abcdefgh, ijklmnop',
    ]) {
      assert.equal(idFrom(id), null, id)
    }
  })
})
