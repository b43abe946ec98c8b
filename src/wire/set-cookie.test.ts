import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type CookieAttributes, findCookieMistake, formatClearCookie, formatSetCookie } from './set-cookie.ts'

test('formatSetCookie() is closed by default', () => {
  assert.equal(formatSetCookie('__Host-sid', 'abc'), '__Host-sid=abc; Path=/; Secure; HttpOnly; SameSite=Lax')
})

test('formatSetCookie() writes every attribute', () => {
  const attributes: CookieAttributes = {
    maxAgeMs: 1500,
    path: '/a b',
    domain: 'example.org',
    isHttpOnly: false,
    sameSite: 'None',
    isPartitioned: true,
  }
  assert.equal(
    formatSetCookie('a', '', attributes),
    'a=; Max-Age=2; Path=/a b; Domain=example.org; Secure; SameSite=None; Partitioned',
  )
  assert.equal(
    formatSetCookie('a', 'b', { isSecure: false, sameSite: 'Strict' }),
    'a=b; Path=/; HttpOnly; SameSite=Strict',
  )
})

test('formatSetCookie() keeps no cookie longer than 400 days', () => {
  assert.match(formatSetCookie('a', 'b', { maxAgeMs: 1e15 }), /; Max-Age=34560000;/)
  assert.match(formatSetCookie('a', 'b', { maxAgeMs: -5 }), /; Max-Age=0;/)
})

test('formatClearCookie() keeps what a browser compares', () => {
  assert.equal(
    formatClearCookie('a', { path: '/x', domain: 'example.org', maxAgeMs: 5 }),
    'a=; Max-Age=0; Path=/x; Domain=example.org; Secure; HttpOnly; SameSite=Lax',
  )
})

test('formatSetCookie() throws when name or value would end the pair', () => {
  for (const value of ['a b', 'a;b', 'a,b', '"a"', 'a\\b', 'a\r\nSet-Cookie: x=1', 'é', 'x'.repeat(4096)]) {
    assert.throws(() => formatSetCookie('a', value), TypeError, value)
  }
  for (const name of ['', 'a b', 'a=b', 'a;b', 'a\n']) assert.throws(() => formatSetCookie(name, 'x'), TypeError, name)
})

test('findCookieMistake() finds what a browser would drop', () => {
  const wrong: readonly (readonly [string, CookieAttributes])[] = [
    ['__Secure-a', { isSecure: false }],
    ['__Host-a', { isSecure: false }],
    ['__Host-a', { path: '/x' }],
    ['__HOST-a', { domain: 'example.org' }],
    ['__Http-a', { isHttpOnly: false }],
    ['__Host-Http-a', { isHttpOnly: false }],
    ['a', { sameSite: 'None', isSecure: false }],
    ['a', { isPartitioned: true, isSecure: false }],
    ['a', { path: 'x' }],
    ['a', { path: '/a;b' }],
    ['a', { path: '/a\r\n' }],
    ['a', { path: `/${'x'.repeat(1024)}` }],
    ['a', { domain: 'org' }],
    ['a', { domain: '.example.org' }],
    ['a', { domain: 'example.org; Secure' }],
    ['a', { maxAgeMs: Number.NaN }],
  ]
  for (const [name, attributes] of wrong) {
    assert.notEqual(findCookieMistake(name, attributes), null, `${name} ${JSON.stringify(attributes)}`)
    assert.throws(() => formatSetCookie(name, 'x', attributes), TypeError)
  }
  assert.equal(findCookieMistake('__Secure-a', { domain: 'a.example.org', path: '/x' }), null)
  assert.equal(findCookieMistake('__Http-a', {}), null)
})
