import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { checkPages } from '../../scripts/checks/check-code-blocks.ts'
import { collectPrograms, joinBlocks } from '../../scripts/checks/doc-programs.ts'
import { parseCodeBlocks } from '../../scripts/checks/markdown-code.ts'

const root = join(import.meta.dirname, '../..')

test('checkPages() accepts a page whose code compiles, parses and runs', async () => {
  assert.deepEqual(await checkPages(root, ['test/repository/pages/good.md']), [])
})

test('checkPages() tells page and line of what does not compile or parse', async () => {
  const findings = await checkPages(root, ['test/repository/pages/bad.md'])
  const found = findings.map(({ where, what }) => `${where} ${what.slice(0, 24)}`)
  assert.deepEqual(found, [
    'test/repository/pages/bad.md:13 this JSON cannot be read',
    'test/repository/pages/bad.md:17 a shell cannot read this',
    'test/repository/pages/bad.md:25 statement "get_fruit" do',
    'test/repository/pages/bad.md:21 PostgreSQL says: error: ',
    "test/repository/pages/bad.md:9 TS2322: Type 'number' is",
  ])
})

test('checkPages() tells what a block printed when it fails', async () => {
  const findings = await checkPages(root, ['test/repository/pages/failing.md'])
  assert.equal(findings.length, 2)
  assert.match(findings[0]?.what ?? '', /^this block ended with code 3:\nno fruit$/)
  assert.match(findings[1]?.what ?? '', /^this block ended with code 1:[\s\S]*no price/)
})

test('parseCodeBlocks() reads language, words, name and the folder beside', () => {
  const text =
    '<!-- beside examples/comics -->\n1. x\n   ```ts run\n   // a/b.ts: the b\n   let x\n   ```\n\n```\nplain\n```\n'
  const [first, second] = parseCodeBlocks('p.md', text)
  assert.deepEqual(first, {
    page: 'p.md',
    line: 4,
    language: 'ts',
    flags: new Set(['run']),
    name: 'a/b.ts',
    beside: 'examples/comics',
    text: '// a/b.ts: the b\nlet x\n',
  })
  assert.equal(second?.language, '')
})

test('collectPrograms() starts a new program with the files so far when a file is shown again', () => {
  const text = '```ts\n// a.ts\n```\n```ts\n// b.ts\n```\n```ts\n// a.ts\nlet x\n```\n'
  const [first, second, ...more] = collectPrograms(parseCodeBlocks('p.md', text))
  assert.deepEqual([...(first?.files.keys() ?? [])], ['a.ts', 'b.ts'])
  assert.deepEqual([...(second?.files.keys() ?? [])], ['a.ts', 'b.ts'])
  assert.equal(second?.files.get('a.ts')?.blocks[0]?.line, 8)
  assert.equal(more.length, 0)
})

test('joinBlocks() finds the line of the page again', () => {
  const text = '```ts\n// a.ts\nlet x\n```\ntext\n```ts more\nlet y\nlet z\n```\n'
  const file = collectPrograms(parseCodeBlocks('p.md', text))[0]?.files.get('a.ts')
  assert.ok(file)
  const { text: joined, lineOf } = joinBlocks(file)
  const lines = joined.split('\n')
  assert.equal(lineOf(lines.indexOf('let x') + 1), 3)
  assert.equal(lineOf(lines.indexOf('let y') + 1), 7)
  assert.equal(lineOf(lines.indexOf('let z') + 1), 8)
})
