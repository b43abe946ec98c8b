import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  checkPreconditions,
  type ConditionalRequest,
  isRangeFresh,
  parseEtags,
  type Precondition,
} from './conditional.ts'
import { formatHttpDate } from './http-date.ts'

const CHANGED = Date.UTC(2026, 0, 1, 12, 0, 0, 500)
const NOW = CHANGED + 60_000
const AT = formatHttpDate(CHANGED)
const BEFORE = formatHttpDate(CHANGED - 1000)
const AFTER = formatHttpDate(CHANGED + 1000)
const STRONG = { etag: '"a"', lastModifiedMs: CHANGED }
const WEAK = { etag: 'W/"a"', lastModifiedMs: CHANGED }

function request(headers: Readonly<Record<string, string>>, method = 'GET'): ConditionalRequest {
  return { method, header: (name) => headers[name] }
}

type Row = readonly [headers: Record<string, string>, get: Precondition, put: Precondition]
const ON_STRONG: readonly Row[] = [
  [{}, 'proceed', 'proceed'],
  [{ 'if-match': '"a"' }, 'proceed', 'proceed'],
  [{ 'if-match': '"b", "a"' }, 'proceed', 'proceed'],
  [{ 'if-match': '*' }, 'proceed', 'proceed'],
  [{ 'if-match': '"b"' }, 'failed', 'failed'],
  [{ 'if-match': 'W/"a"' }, 'failed', 'failed'],
  [{ 'if-match': 'a' }, 'failed', 'failed'],
  [{ 'if-none-match': '"a"' }, 'not-modified', 'failed'],
  [{ 'if-none-match': 'W/"a"' }, 'not-modified', 'failed'],
  [{ 'if-none-match': '"b", W/"a"' }, 'not-modified', 'failed'],
  [{ 'if-none-match': '*' }, 'not-modified', 'failed'],
  [{ 'if-none-match': '"b"' }, 'proceed', 'proceed'],
  [{ 'if-none-match': 'a, "' }, 'proceed', 'proceed'],
  [{ 'if-modified-since': AT }, 'not-modified', 'proceed'],
  [{ 'if-modified-since': AFTER }, 'not-modified', 'proceed'],
  [{ 'if-modified-since': BEFORE }, 'proceed', 'proceed'],
  [{ 'if-modified-since': 'soon' }, 'proceed', 'proceed'],
  [{ 'if-unmodified-since': AT }, 'proceed', 'proceed'],
  [{ 'if-unmodified-since': BEFORE }, 'failed', 'failed'],
  [{ 'if-unmodified-since': 'soon' }, 'proceed', 'proceed'],
  // A tag decides before a date (RFC 9110 sections 13.1.3 and 13.1.4).
  [{ 'if-none-match': '"b"', 'if-modified-since': AFTER }, 'proceed', 'proceed'],
  [{ 'if-match': '"a"', 'if-unmodified-since': BEFORE }, 'proceed', 'proceed'],
  [{ 'if-match': '"a"', 'if-none-match': '"a"' }, 'not-modified', 'failed'],
  [{ 'if-match': '"b"', 'if-none-match': '"a"' }, 'failed', 'failed'],
]
for (const [headers, get, put] of ON_STRONG) {
  test(`checkPreconditions() gives ${get} to GET and ${put} to PUT when asked ${JSON.stringify(headers)}`, () => {
    assert.equal(checkPreconditions(request(headers), STRONG, NOW), get)
    assert.equal(checkPreconditions(request(headers, 'HEAD'), STRONG, NOW), get)
    assert.equal(checkPreconditions(request(headers, 'PUT'), STRONG, NOW), put)
  })
}

test('checkPreconditions() compares weakly for If-None-Match and strongly for If-Match when the tag is weak', () => {
  assert.equal(checkPreconditions(request({ 'if-none-match': '"a"' }), WEAK, NOW), 'not-modified')
  assert.equal(checkPreconditions(request({ 'if-match': 'W/"a"' }), WEAK, NOW), 'failed')
})

test('checkPreconditions() fails If-Match and passes If-None-Match when nothing exists', () => {
  assert.equal(checkPreconditions(request({ 'if-match': '*' }, 'PUT'), null, NOW), 'failed')
  assert.equal(checkPreconditions(request({ 'if-none-match': '*' }, 'PUT'), null, NOW), 'proceed')
})

test('isRangeFresh() is true only when If-Range names this very version', () => {
  assert.equal(isRangeFresh(request({}), STRONG, NOW), true)
  assert.equal(isRangeFresh(request({ 'if-range': '"a"' }), STRONG, NOW), true)
  assert.equal(isRangeFresh(request({ 'if-range': '"b"' }), STRONG, NOW), false)
  assert.equal(isRangeFresh(request({ 'if-range': 'W/"a"' }), WEAK, NOW), false)
  assert.equal(isRangeFresh(request({ 'if-range': AT }), STRONG, NOW), true)
  assert.equal(isRangeFresh(request({ 'if-range': AFTER }), STRONG, NOW), false)
  assert.equal(isRangeFresh(request({ 'if-range': AT }), STRONG, CHANGED + 999), false)
  assert.equal(isRangeFresh(request({ 'if-range': 'junk' }), STRONG, NOW), false)
})

test('parseEtags() reads lists and gives null when one is malformed', () => {
  assert.deepEqual(parseEtags('"a" , W/"b,c",,""'), ['"a"', 'W/"b,c"', '""'])
  assert.deepEqual(parseEtags(''), [])
  assert.equal(parseEtags('"a'), null)
  assert.equal(parseEtags('w/"a"'), null)
  assert.equal(parseEtags('"a" "b"'), null)
})
