import assert from 'node:assert/strict'
import { test } from 'node:test'
import { formatArrayText, parseArrayText } from './array-text.ts'
import type { ArrayForm } from './array-text.ts'

const WORDS: ArrayForm = { delimiter: ',', decode: (text) => text, encode: String, isFlat: false }

const VECTORS: readonly (readonly [text: string, elements: readonly unknown[]])[] = [
  ['{}', []],
  ['{a,b}', ['a', 'b']],
  ['{NULL,"NULL",null}', [null, 'NULL', 'null']],
  ['{"",a}', ['', 'a']],
  [String.raw`{"a\"b","c\\d","{e}","f,g"}`, ['a"b', 'c\\d', '{e}', 'f,g']],
  [
    '{{a,b},{c,NULL}}',
    [
      ['a', 'b'],
      ['c', null],
    ],
  ],
  ['{{{a}}}', [[['a']]]],
  ['[2:3]={a,b}', ['a', 'b']],
  ['[0:0][1:2]={{a,b}}', [['a', 'b']]],
]
for (const [text, elements] of VECTORS) {
  test(`parseArrayText() reads ${text}, and what formatArrayText() writes of it`, () => {
    assert.deepEqual(parseArrayText(text, WORDS), elements)
    assert.deepEqual(parseArrayText(formatArrayText(elements, WORDS), WORDS), elements)
  })
}

for (const text of ['', 'a', '{', '{a', '{a,"b', '{a}b', '{{a}', '{"a"b}', '{{a}b}', '[1:2]', '{a"b;c']) {
  test(`parseArrayText() throws a RangeError on ${JSON.stringify(text)}`, () => {
    assert.throws(() => parseArrayText(text, WORDS), RangeError)
  })
}
