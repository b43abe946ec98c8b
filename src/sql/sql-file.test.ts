import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseSqlFile } from './sql-file.ts'
import type { Statement } from './statement.ts'

function only(text: string): Statement {
  const { statements, mistakes } = parseSqlFile(text, 'a.sql')
  assert.deepEqual(mistakes, [])
  assert.equal(statements.length, 1)
  return statements[0] ?? assert.fail()
}

/** Mistakes as `where: problem`. */
function mistakesOf(text: string): string[] {
  return parseSqlFile(text, 'a.sql').mistakes.map(({ where, problem }) => `${where}: ${problem}`)
}

test('parseSqlFile() reads names, operators, arguments and documentation', () => {
  const text = `
-- A file of statements.

-- name: get_stuff_sid(sid)^
-- One thing, by its number.
-- Null when there is none.
SELECT sid, stuff
  FROM stuff WHERE sid = :sid;

-- name: get-stuff-all()
SELECT * FROM stuff
-- name: count$
SELECT count(*) FROM stuff;
--name:add_stuff( stuff , price )!
INSERT INTO stuff VALUES (:stuff, :price);
-- name: add_many(a)*!
INSERT INTO t VALUES (:a)
-- name: clean_up#
DELETE FROM a; DELETE FROM b;
`
  const { statements, mistakes } = parseSqlFile(text, 'a.sql')
  assert.deepEqual(mistakes, [])
  assert.deepEqual(
    statements.map(({ name, method, kind, parameters, line }) => [name, method, kind, parameters.join(), line]),
    [
      ['get_stuff_sid', 'getStuffSid', 'row', 'sid', 4],
      ['get-stuff-all', 'getStuffAll', 'rows', '', 10],
      ['count', 'count', 'value', '', 12],
      ['add_stuff', 'addStuff', 'affected', 'stuff,price', 14],
      ['add_many', 'addMany', 'batch', 'a', 16],
      ['clean_up', 'cleanUp', 'script', '', 18],
    ],
  )
  assert.equal(statements[0]?.doc, 'One thing, by its number.\nNull when there is none.')
  assert.equal(statements[0]?.text, 'SELECT sid, stuff\n  FROM stuff WHERE sid = $1')
  assert.equal(statements[5]?.text, 'DELETE FROM a; DELETE FROM b;')
})

test('parseSqlFile() numbers arguments by their declaration, each once', () => {
  const { text } = only('-- name: x(b, a)\nSELECT :a::int, :b, :a')
  assert.equal(text, 'SELECT $2::int, $1, $2')
})

const UNTOUCHED = [
  "SELECT ':a', '''x :a', :a",
  "SELECT E'\\' :b', :a",
  'SELECT ":b", :a',
  'SELECT $$ :b $$, $x$ :b $x$, :a',
  'SELECT b[1:2], b[1:c], :a',
  'SELECT b::text, :a',
]
for (const text of UNTOUCHED) {
  test(`parseSqlFile() binds only the argument in ${text}`, () => {
    assert.equal(only(`-- name: x(a)\n${text}`).text, text.replace(/:a$/, '$1'))
  })
}

test('parseSqlFile() tells the colon of a slice from an argument', () => {
  const { text } = only('-- name: x(a, b)\nSELECT c[1:a], c[:a], c[:a : :b], c[d(1):b], c[e[1]:b], c[1 + :b]')
  assert.equal(text, 'SELECT c[1:a], c[$1], c[$1 : $2], c[d(1):b], c[e[1]:b], c[1 + $2]')
})

test('parseSqlFile() takes comments out of the text, and keeps hints and line numbers', () => {
  const { text, textLine } = only('-- name: x(a)\n-- about\nSELECT 1, -- :b\n /* :c\n */ 2 /*+ hint */\n, :a -- end')
  assert.equal(text, 'SELECT 1, \n  \n  2 /*+ hint */\n, $1')
  assert.equal(textLine, 3)
})

test('parseSqlFile() takes no header inside a string, a comment or a body', () => {
  const { statements, mistakes } = parseSqlFile(
    "-- name: x()\nSELECT '\n-- name: no()\n', $$\n-- name: no()\n$$ /*\n-- name: no()\n*/",
    'a.sql',
  )
  assert.deepEqual([statements.map(({ name }) => name), mistakes], [['x'], []])
})

test('parseSqlFile() reads how rows are given', () => {
  const { isTuple, isStream, doc } = only('-- name: x()\n-- rows: tuple, stream\n-- About.\nSELECT 1')
  assert.deepEqual({ isTuple, isStream, doc }, { isTuple: true, isStream: true, doc: 'About.' })
})

const MISTAKES: readonly (readonly [text: string, mistakes: readonly string[]])[] = [
  ['SELECT 1;\n-- name: x()\nSELECT 2', ['a.sql:1: text before the first name']],
  [
    '-- name: x(a)\nSELECT :b',
    ['a.sql:2: statement "x" does not declare ":b"', 'a.sql:1: statement "x" does not use its argument "a"'],
  ],
  ['-- name: x(a, a)\nSELECT :a', ['a.sql:1: statement "x" declares the argument "a" twice']],
  [
    '-- name: x(a b)\nSELECT 1',
    [
      'a.sql:1: statement "x" has an argument that is not a name',
      'a.sql:1: statement "x" does not use its argument "a b"',
    ],
  ],
  ['-- name: x(constructor)\nSELECT :constructor', ['a.sql:1: statement "x" has an argument that is not a name']],
  ['-- name: x()~\nSELECT 1', ['a.sql:1: statement "x" has an unknown operator']],
  ['-- name: x() all rows\nSELECT 1', ['a.sql:1: statement "x" has an unknown operator']],
  ['-- name: 1x()\nSELECT 1', ['a.sql:1: the name of a statement is not a name']],
  ['-- name:\nSELECT 1', ['a.sql:1: the name of a statement is not a name']],
  ['-- name: then()\nSELECT 1', ['a.sql:1: the name of a statement is taken by JavaScript']],
  ['-- name: to_string()\nSELECT 1', ['a.sql:1: the name of a statement is taken by JavaScript']],
  ['-- name: x()\n-- nothing\n-- name: y()\nSELECT 1', ['a.sql:1: statement "x" has no text']],
  ['-- name: x()\nSELECT 1;\nSELECT 2', ['a.sql:3: "x" is more than one statement']],
  ['-- name: x(a)#\nSELECT :a', ['a.sql:1: script "x" has arguments']],
  ['-- name: x()#\nSELECT :a', ['a.sql:2: statement "x" does not declare ":a"']],
  ['-- name: x()*!\nSELECT 1', ['a.sql:1: batch "x" has no argument']],
  ['-- name: x()\nSELECT $1', ['a.sql:2: statement "x" numbers an argument']],
  ["-- name: x()\nSELECT 1,\n'abc", ['a.sql:3: statement "x" has a string or comment without an end']],
  ['-- name: x()\nSELECT 1 -- name: y()\n', ['a.sql:2: a name must begin its line']],
  ['-- name: x()!\n-- rows: tuple\nDELETE FROM a', ['a.sql:2: statement "x" does not give rows so']],
  ['-- name: x()^\n-- rows: stream\nSELECT 1', ['a.sql:2: statement "x" does not give rows so']],
  ['-- name: x()\n-- rows: objects\nSELECT 1', ['a.sql:2: statement "x" does not give rows so']],
]
for (const [text, mistakes] of MISTAKES) {
  test(`parseSqlFile() reports ${mistakes[0]} for ${JSON.stringify(text)}`, () => {
    assert.deepEqual(mistakesOf(text), mistakes)
  })
}

test('parseSqlFile() reports every mistake of a file', () => {
  const text = MISTAKES.slice(1, 6)
    .map(([part]) => part)
    .join('\n')
  assert.equal(mistakesOf(text).length, 7)
})

test('parseSqlFile() reads a file with the line ends of Windows', () => {
  const { text, doc } = only('-- name: x(a)\r\n-- About.\r\nSELECT :a,\r\n 2;\r\n')
  assert.deepEqual([text, doc], ['SELECT $1,\r\n 2', 'About.'])
})
