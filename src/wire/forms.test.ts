import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decodeForm, type Form } from './forms.ts'
import { parsePairs, parseQuery } from './query.ts'

function decode(text: string): Form | string {
  return decodeForm(new TextEncoder().encode(text), 4)
}

function fieldsOf(text: string): Record<string, unknown> {
  const form = decode(text)
  assert.ok(typeof form !== 'string')
  return Object.fromEntries(form.fields)
}

test('parseQuery() gives names and values in their order', () => {
  assert.deepEqual(parseQuery('a=1&b=2&a=3', 10), ['a', '1', 'b', '2', 'a', '3'])
  assert.deepEqual(parseQuery('', 10), [])
  assert.deepEqual(parseQuery('&&a&&b=&=c&', 10), ['a', '', 'b', '', '', 'c'])
  assert.deepEqual(parseQuery('a=b=c&d;e=1', 10), ['a', 'b=c', 'd;e', '1'])
})

test('parseQuery() decodes percent-encoded UTF-8, and the plus sign as a space', () => {
  assert.deepEqual(parseQuery('%C3%A9+x=a%2Bb%26%3D', 10), ['é x', 'a+b&='])
  assert.deepEqual(parseQuery('%252e=%25', 10), ['%2e', '%'])
})

test('parseQuery() gives null for what is malformed', () => {
  assert.deepEqual(parseQuery('a=%&%ff=1&b=%C3', 10), ['a', null, null, '1', 'b', null])
})

test('parseQuery() gives up when more is malformed than a mistake explains', () => {
  assert.equal(parseQuery('a=%&'.repeat(20), 1000).length, 40)
  assert.equal(parseQuery('a=%&'.repeat(21), 1000), 'malformed')
})

test('parseQuery() refuses characters that are not ASCII, and too many fields', () => {
  for (const text of ['é', 'a b', 'a\u0000', 'a=\r\n']) assert.equal(parseQuery(text, 10), 'malformed')
  assert.equal(parseQuery('a&b&c', 2), 'too-many')
  assert.deepEqual(parsePairs('a=é', 1), ['a', 'é'])
})

test('decodeForm() gives a text for each name, and a list when it is repeated', () => {
  assert.deepEqual(fieldsOf('a=1&b=x+%C3%A9&a=2&a=3'), { a: ['1', '2', '3'], b: 'x é' })
  assert.deepEqual(fieldsOf(''), {})
  const form = decode('__proto__=1')
  assert.equal(typeof form === 'string' ? '' : form.fields.get('__proto__'), '1')
})

test('decodeForm() names the fields whose value is malformed', () => {
  const form = decode('a=%zz&b=1')
  assert.ok(typeof form !== 'string')
  assert.deepEqual(form.malformed, ['a'])
  assert.deepEqual([...form.fields], [['b', '1']])
})

test('decodeForm() refuses malformed names, bytes that are not UTF-8 and too many fields', () => {
  assert.equal(decode('%zz=1'), 'malformed')
  assert.equal(decodeForm(Uint8Array.of(0x61, 0xc3), 4), 'malformed')
  assert.equal(decode('a&b&c&d&e'), 'too-many')
})
