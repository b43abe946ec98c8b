import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checkHostPattern, HostTable, normalizeHost } from './hosts.ts'

function tableOf(...patterns: readonly string[]): HostTable<string> {
  const table = new HostTable<string>()
  for (const pattern of patterns) assert.equal(table.add(pattern, pattern), null)
  return table
}

const table = tableOf(
  'example.org',
  '*.example.org',
  'blog.example.org',
  '*.deep.example.org',
  'localhost',
  '127.0.0.1',
  '[::1]',
)

const FOUND: Readonly<Record<string, string | null>> = {
  'example.org': 'example.org',
  'example.org:8080': 'example.org',
  'EXAMPLE.org.': 'example.org',
  'Example.Org.:443': 'example.org',
  'example.org:': 'example.org',
  'blog.example.org': 'blog.example.org',
  'other.example.org': '*.example.org',
  'a.b.example.org:1': '*.example.org',
  'x.deep.example.org': '*.deep.example.org',
  'deep.example.org': '*.example.org',
  'localhost:3000': 'localhost',
  '127.0.0.1:80': '127.0.0.1',
  '[::1]:3000': '[::1]',
  '[0:0:0::1]': '[::1]',
  '': null,
  'example.com': null,
  'notexample.org': null,
  '.example.org': null,
  'example.org.evil.test': null,
  'example.org:80@evil.test': null,
  'example.org:8x': null,
  'example.org..': null,
  '*.example.net': null,
  '[::2]': null,
  '[::1': null,
  '[::1]x': null,
}
for (const [host, wanted] of Object.entries(FOUND)) {
  test(`HostTable.find() gives ${wanted} when the host is "${host}"`, () => {
    assert.equal(table.find(host), wanted)
  })
}

test('HostTable.find() gives the default only when one was declared', () => {
  const open = tableOf('example.org', '*')
  assert.equal(open.find('whatever.test'), '*')
  assert.equal(open.find(''), '*')
  assert.equal(tableOf().find('whatever.test'), null)
})

test('HostTable.add() refuses a host when it is declared twice', () => {
  const once = tableOf('a.test', '*.a.test', '*')
  for (const pattern of ['A.test.', '*.a.test', '*']) assert.match(once.add(pattern, 'x') ?? '', /declared twice/)
})

for (const pattern of [
  'a.test:80',
  '',
  '*.',
  'a.*.test',
  '*a.test',
  'a b',
  'a..test',
  '-a.test',
  'http://a.test',
  '[::x]',
  'café.test',
]) {
  test(`checkHostPattern() refuses "${pattern}"`, () => {
    assert.notEqual(checkHostPattern(pattern), null)
  })
}

test('normalizeHost() gives one form to all spellings of a host', () => {
  assert.equal(normalizeHost('A.Test.:80'), 'a.test')
  assert.equal(normalizeHost('[2001:DB8:0:0:0:0:0:1]:80'), '[2001:db8::1]')
})
