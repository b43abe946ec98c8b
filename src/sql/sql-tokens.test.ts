import assert from 'node:assert/strict'
import { test } from 'node:test'
import { tokenizeSql } from './sql-tokens.ts'

/** The tokens that are no space, as `kind text`. */
function solid(text: string): string[] {
  return tokenizeSql(text)
    .filter(({ kind }) => kind !== 'space')
    .map(({ kind, start, end }) => `${kind} ${text.slice(start, end)}`)
}

const VECTORS: readonly (readonly [text: string, tokens: readonly string[]])[] = [
  ["'it''s :a -- no'", ["string 'it''s :a -- no'"]],
  [String.raw`'back\' :a`, [String.raw`string 'back\'`, 'parameter :a']],
  [String.raw`E'back\' :a' :b`, [String.raw`string E'back\' :a'`, 'parameter :b']],
  [String.raw`e'\\' :b`, [String.raw`string e'\\'`, 'parameter :b']],
  ["type'x :a'", ['word type', "string 'x :a'"]],
  ['"a "" :b" :c', ['quoted "a "" :b"', 'parameter :c']],
  ['-- :a\n:b', ['line-comment -- :a', 'parameter :b']],
  ['/* a /* :b */ :c */ :d', ['block-comment /* a /* :b */ :c */', 'parameter :d']],
  ['$$ :a $b$ $$ :c', ['string $$ :a $b$ $$', 'parameter :c']],
  ['$b$ $$ :a $c$ $b$ :d', ['string $b$ $$ :a $c$ $b$', 'parameter :d']],
  ['a$b$ :c', ['word a$b$', 'parameter :c']],
  ['$1', ['positional $1']],
  ['a::int', ['word a', 'symbol ::', 'word int']],
  [':a::int', ['parameter :a', 'symbol ::', 'word int']],
  ['x := :y', ['word x', 'symbol :=', 'parameter :y']],
  ['a[1:2]', ['word a', 'symbol [', 'number 1', 'symbol :', 'number 2', 'symbol ]']],
  ['1e5 0x1F 12_000', ['number 1e5', 'number 0x1F', 'number 12_000']],
  ['été:a', ['word été', 'parameter :a']],
  ["'open", ["unterminated 'open"]],
  ['/* /* */', ['unterminated /* /* */']],
  ['$a$ x', ['unterminated $a$ x']],
  ['- / : $', ['symbol -', 'symbol /', 'symbol :', 'symbol $']],
]

for (const [text, tokens] of VECTORS) {
  test(`tokenizeSql() finds ${tokens.length} tokens in ${JSON.stringify(text)}`, () => {
    assert.deepEqual(solid(text), tokens)
  })
}

test('tokenizeSql() leaves nothing out and nothing double', () => {
  const text = VECTORS.map(([part]) => part).join('\n')
  assert.equal(
    tokenizeSql(text)
      .map(({ start, end }) => text.slice(start, end))
      .join(''),
    text,
  )
})

test('tokenizeSql() takes a string of a million characters', () => {
  const text = `'${"a''\\".repeat(250_000)}'`
  assert.deepEqual(tokenizeSql(text), [{ kind: 'string', start: 0, end: text.length }])
})
