import assert from 'node:assert/strict'
import { test } from 'node:test'
import { safeRedirect } from './safe-redirect.ts'

for (const target of ['/', '/basket', '/a/b?c=d&e=http://x.test#f', '/a:b', '/@x', '/%2F%2Fevil.test', '/é']) {
  test(`safeRedirect() keeps ${target}`, () => {
    assert.equal(safeRedirect(target, '/home'), target)
  })
}

const OUTSIDE = [
  '',
  'basket',
  '//evil.test',
  '///evil.test',
  '/\\evil.test',
  '\\/evil.test',
  '/\t/evil.test',
  '/\n/evil.test',
  '\t//evil.test',
  ' //evil.test',
  'http://evil.test',
  'https:evil.test',
  'javascript:alert(1)',
  '/.//evil.test',
  '/a/..//evil.test',
  '/a\r\nset-cookie: x=y',
  '/a\u0000',
  `/${'x'.repeat(5000)}`,
]
for (const target of OUTSIDE) {
  test(`safeRedirect() gives the fallback when the target is ${JSON.stringify(target.slice(0, 30))}`, () => {
    assert.equal(safeRedirect(target, '/home'), '/home')
  })
}

test('safeRedirect() gives the fallback when there is no target', () => {
  assert.equal(safeRedirect(undefined), '/')
  assert.equal(safeRedirect(null, '/home'), '/home')
})
