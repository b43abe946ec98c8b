import assert from 'node:assert/strict'
import { test } from 'node:test'
import { created, redirect, reply } from './reply.ts'

test('reply() takes names of headers in any case', () => {
  const { headers } = reply(null, {
    headers: { 'Content-Type': 'text/csv', ETag: '"1"', 'Set-Cookie': ['a=1', 'b=2'] },
  })
  assert.deepEqual(headers, ['content-type', 'text/csv', 'etag', '"1"', 'set-cookie', 'a=1', 'set-cookie', 'b=2'])
})

for (const [location, sent] of [
  ['/info/Sponge%20Bob', '/info/Sponge%20Bob'],
  ['/é x', '/%C3%A9%20x'],
  ['/a\r\nset-cookie: b=1', '/a%0D%0Aset-cookie:%20b=1'],
] as const) {
  test(`created() and redirect() send ${JSON.stringify(location)} as ${sent}`, () => {
    assert.deepEqual(created(null, location).headers, ['location', sent])
    assert.deepEqual(redirect(location).headers, ['location', sent])
  })
}
