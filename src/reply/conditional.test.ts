import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Refusal } from '../core/refusal.ts'
import { type EncodedReply, HeadBlock } from '../core/reply.ts'
import { answerConditions, hasValidators, requireVersion, tagReply } from './conditional.ts'

const HEAD = new HeadBlock(['content-type', 'application/json', 'cache-control', 'no-store'])
const NOW = Date.UTC(2026, 0, 2)

function asked(headers: Readonly<Record<string, string>>, method = 'GET') {
  return { method, header: (name: string) => headers[name], now: () => new Date(NOW) }
}

function replyWith(headers: readonly string[] | null, body: EncodedReply['body'] = '{}'): EncodedReply {
  return { status: 200, head: HEAD, headers, body }
}

test('tagReply() gives the same tag to the same bytes, another to others, none to a stream', async () => {
  const one = tagReply(replyWith(null)).headers
  assert.deepEqual(one, tagReply(replyWith(null, Buffer.from('{}'))).headers)
  assert.match(one?.[1] ?? '', /^"[\w-]{22}"$/)
  assert.notDeepEqual(one, tagReply(replyWith(null, '[]')).headers)
  async function* stream(): AsyncGenerator<Uint8Array> {
    yield Buffer.from('{}')
  }
  const streamed = replyWith(null, stream())
  assert.equal(tagReply(streamed), streamed)
  for await (const _ of streamed.body as AsyncIterable<Uint8Array>) break // it is the stream from above
})

test('answerConditions() gives 304 without what is about the body when the version is known', () => {
  const reply = replyWith(['etag', '"7"', 'content-language', 'fr', 'vary', 'accept'])
  const outcome = answerConditions(reply, asked({ 'if-none-match': '"7"' }), NOW)
  assert.ok(!(outcome instanceof Refusal))
  assert.deepEqual([outcome.status, outcome.body], [304, null])
  assert.deepEqual(outcome.headers, ['etag', '"7"', 'vary', 'accept'])
  assert.deepEqual(outcome.head.pairs, ['cache-control', 'no-store'])
})

test('answerConditions() says with 304 that others get the reply in another coding', () => {
  const large = replyWith(['etag', '"7"'], JSON.stringify('x'.repeat(2000)))
  const outcome = answerConditions(large, asked({ 'if-none-match': '"7"' }), NOW)
  assert.ok(!(outcome instanceof Refusal))
  assert.deepEqual(outcome.headers, ['etag', '"7"', 'vary', 'accept-encoding'])
})

test('answerConditions() and requireVersion() know a version by the tag that it had in a coding', () => {
  const reply = replyWith(['etag', '"7"'])
  for (const tag of ['"7"', '"7-gzip"', '"7-zstd"', '"6-gzip", "7-br"', 'W/"7"']) {
    const outcome = answerConditions(reply, asked({ 'if-none-match': tag }), NOW)
    assert.ok(!(outcome instanceof Refusal) && outcome.status === 304, tag)
    // The tag of what the peer has, so that it may go on with it.
    assert.equal(outcome.headers?.[1], tag === 'W/"7"' ? '"7"' : tag.split(', ').at(-1))
  }
  const version = { etag: '"7"', lastModifiedMs: null }
  assert.doesNotThrow(() => requireVersion(asked({ 'if-match': '"7-gzip"' }, 'PUT'), version))
  for (const tag of ['"6-gzip"', '"7-deflate"', 'W/"7-gzip"', '"7-gzip-gzip"']) {
    assert.throws(() => requireVersion(asked({ 'if-match': tag }, 'PUT'), version), Refusal, tag)
    assert.equal(answerConditions(reply, asked({ 'if-none-match': '"6-gzip"' }), NOW), reply)
  }
  const own = { etag: '"a-gzip"', lastModifiedMs: null }
  assert.doesNotThrow(() => requireVersion(asked({ 'if-match': '"a-gzip"' }, 'PUT'), own))
})

test('answerConditions() goes by the date when there is no tag', () => {
  const reply = replyWith(['last-modified', 'Thu, 01 Jan 2026 00:00:00 GMT'])
  const outcome = answerConditions(reply, asked({ 'if-modified-since': 'Thu, 01 Jan 2026 00:00:00 GMT' }), NOW)
  assert.equal(outcome.status, 304)
  assert.equal(answerConditions(reply, asked({ 'if-modified-since': 'Wed, 31 Dec 2025 00:00:00 GMT' }), NOW), reply)
})

test('answerConditions() refuses a read of another version', () => {
  assert.equal(answerConditions(replyWith(['etag', '"7"']), asked({ 'if-match': '"6"' }), NOW).status, 412)
})

test('hasValidators() looks at names, not at values', () => {
  assert.equal(hasValidators(['x-a', 'etag']), false)
  assert.equal(hasValidators(['etag', '"a"']), true)
})

test('requireVersion() refuses to overwrite what the caller has not seen', () => {
  const version = { etag: '"7"', lastModifiedMs: null }
  assert.doesNotThrow(() => requireVersion(asked({}, 'PUT'), version))
  assert.doesNotThrow(() => requireVersion(asked({ 'if-match': '"7"' }, 'PUT'), version))
  assert.throws(() => requireVersion(asked({ 'if-match': '"6"' }, 'PUT'), version), Refusal)
  assert.throws(() => requireVersion(asked({ 'if-none-match': '*' }, 'PUT'), version), Refusal)
  assert.doesNotThrow(() => requireVersion(asked({ 'if-none-match': '*' }, 'PUT'), null))
})
