import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseJson } from './json.ts'

const RULES = { depthMax: 4, hasSafeNames: true }

test('parseJson() gives the value of a text', () => {
  assert.deepEqual(parseJson('{"a":[1,null,"x"]}', RULES), { value: { a: [1, null, 'x'] }, problem: null })
  assert.deepEqual(parseJson(' 0 ', RULES), { value: 0, problem: null })
})

test('parseJson() refuses a text that nests too deep before it parses it', () => {
  assert.equal(parseJson('[[[[]]]]', RULES).problem, null)
  assert.equal(parseJson('[[[[[]]]]]', RULES).problem, 'too-deep')
  assert.equal(parseJson('[{"a":{"b":[[', RULES).problem, 'too-deep')
  assert.equal(parseJson('["[[[[[["]', RULES).problem, null)
  assert.equal(parseJson('['.repeat(1_000_000), { ...RULES, depthMax: 64 }).problem, 'too-deep')
})

test('parseJson() refuses doubled names however they are written, and nothing else', () => {
  for (const text of [
    '{"a":1,"a":1}',
    '{"a":{"b":1,"b":2}}',
    '[{},{"":0,"":0}]',
    '{"é":1,"\\u00e9":2}',
    '{"1":1,"1":2}',
  ]) {
    assert.equal(parseJson(text, RULES).problem, 'duplicate-name', text)
    assert.equal(parseJson(text, { ...RULES, hasSafeNames: false }).problem, null, text)
  }
  for (const text of [
    '{"a":{"a":1}}',
    '[{"a":1},{"a":1}]',
    '{":":1,"::":":"}',
    '{"\\":":":\\\\"}',
    '{"a":"\\\\","b":":"}',
    '":"',
  ]) {
    assert.equal(parseJson(text, RULES).problem, null, text)
  }
})

test('parseJson() refuses a name that would become a prototype', () => {
  assert.equal(parseJson('{"a":[{"__proto__":{"isAdmin":true}}]}', RULES).problem, 'forbidden-name')
  assert.equal(parseJson('{"\\u005f_proto__":1}', RULES).problem, 'forbidden-name')
  assert.equal(parseJson('{"constructor":1,"prototype":2}', RULES).problem, null)
  assert.equal(({} as { isAdmin?: boolean }).isAdmin, undefined)
})

test('parseJson() never throws on a cut text', () => {
  const text = '{"a":["\\u00e9\\"",1.5e-3,true,null],"b":{}}'
  for (let length = 0; length < text.length; length++) {
    assert.equal(parseJson(text.slice(0, length), RULES).problem, 'malformed', text.slice(0, length))
  }
})
