import assert from 'node:assert/strict'
import { test } from 'node:test'
import { COOKIES_MAX, isCookieName, isCookieValue, parseCookies } from './cookies.ts'

function parse(field: string): Record<string, string> {
  return Object.fromEntries(parseCookies(field))
}

test('parseCookies() gives names and values when pairs are separated by semicolons', () => {
  assert.deepEqual(parse('a=1; b=two;c=3 ;  d='), { a: '1', b: 'two', c: '3', d: '' })
})

test('parseCookies() keeps everything after the first equals sign', () => {
  assert.deepEqual(parse('a=b=c==; x=%20'), { a: 'b=c==', x: '%20' })
})

test('parseCookies() takes quotes off when they surround the value', () => {
  assert.deepEqual(parse('a="one"; b=""'), { a: 'one', b: '' })
})

test('parseCookies() leaves a pair out when it breaks the grammar', () => {
  assert.deepEqual(parse('a=1; b=x y; c="; d=a,b; e f=1; =1; g; h=\\; é=1; i=\x7f; z=2'), { a: '1', z: '2' })
})

test('parseCookies() keeps the first one when a name is sent twice', () => {
  assert.deepEqual(parse('sid=long-path; sid=short-path'), { sid: 'long-path' })
})

test('parseCookies() keeps none when a prefixed name is sent twice', () => {
  assert.deepEqual(parse('__Host-sid=mine; a=1; __Host-sid=planted; __Secure-x=1; __Secure-x=2'), { a: '1' })
})

test('parseCookies() gives own names only when a cookie is named like a property of objects', () => {
  const cookies = parseCookies('__proto__=1; constructor=2')
  assert.equal(cookies.get('__proto__'), '1')
  assert.equal(cookies.get('toString'), undefined)
})

test('parseCookies() stops when there are too many pairs', () => {
  const field = Array.from({ length: COOKIES_MAX + 10 }, (_, i) => `c${i}=${i}`).join('; ')
  assert.equal(parseCookies(field).size, COOKIES_MAX)
})

test('isCookieName() and isCookieValue() refuse what would end the pair', () => {
  assert.equal(isCookieName('__Host-sid'), true)
  for (const text of ['', 'a b', 'a;b', 'a=b', 'a\r\n', '"a"']) assert.equal(isCookieName(text), false, text)
  assert.equal(isCookieValue('abc-_.~/+='), true)
  for (const text of ['a b', 'a;b', 'a,b', 'a"b', 'a\\b', 'a\r\nb', 'é']) assert.equal(isCookieValue(text), false, text)
})
