import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseMediaType } from './media-type.ts'

function parse(text: string): unknown {
  const type = parseMediaType(text)
  return type === null ? null : { [type.essence]: Object.fromEntries(type.parameters) }
}

test('parseMediaType() gives type and parameters, names in lower case', () => {
  assert.deepEqual(parse('text/HTML'), { 'text/html': {} })
  assert.deepEqual(parse('Text/Html;Charset=UTF-8'), { 'text/html': { charset: 'UTF-8' } })
  assert.deepEqual(parse('a/b ; c=d ;\te="f; \\"g\\"";'), { 'a/b': { c: 'd', e: 'f; "g"' } })
  assert.deepEqual(parse('a/b;;'), { 'a/b': {} })
  assert.deepEqual(parse('a/b; boundary=""'), { 'a/b': { boundary: '' } })
})

test('parseMediaType() refuses what is malformed', () => {
  const texts = [
    '',
    'a',
    'a/',
    '/b',
    'a /b',
    ' a/b',
    'a/b, c/d',
    'a/b c',
    'a/b;c',
    'a/b; c =d',
    'a/b; c= d',
    'a/b; c="d',
    'a/b; c="d"e',
    'a/b; c=d; C=e',
    'a/b;c=\r\nd',
    'a/b/c',
  ]
  for (const text of texts) assert.equal(parse(text), null, text)
})

test('parseMediaType() takes long hostile texts in linear time', () => {
  assert.equal(parse(`a/b;${' \t'.repeat(50_000)}x`), null)
  assert.equal(parse(`a/b; c="${'\\a'.repeat(50_000)}`), null)
})
