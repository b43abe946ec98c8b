import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { formatGap, formatLine } from './format-line.ts'
import { escapeControls, formatReadable, formatReadableGap } from './format-readable.ts'
import type { AuditRecord } from './record.ts'
import { HOSTILE, record } from './records.test-support.ts'

/** The fields of a line, as JSON would write them. */
function fieldsOf({ atMs, durationMs, transport, ...rest }: AuditRecord): Record<string, unknown> {
  const all = {
    ...rest,
    at: new Date(atMs).toISOString(),
    ms: durationMs,
    ...(transport === 'http' ? {} : { transport }),
  }
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== null))
}

const RECORDS: readonly AuditRecord[] = [
  record(),
  record({
    atMs: 0,
    durationMs: 0,
    status: 404,
    code: 'ROUTE_NOT_FOUND',
    route: null,
    path: '/no where',
    rule: null,
    object: null,
  }),
  record({
    user: null,
    scheme: null,
    object: null,
    status: 401,
    code: 'AUTHN_BAD_CREDENTIALS',
    reason: 'unknown login "é"',
  }),
  record({ transport: 'websocket', method: 'MESSAGE', atMs: Date.UTC(2026, 11, 31, 23, 59, 59, 999) }),
  record({ atMs: Date.UTC(2026, 0, 2, 3, 4, 5, 60) }),
]

describe('formatLine()', () => {
  it('gives the same fields as JSON of the record, in one line', () => {
    for (const one of RECORDS) assert.deepEqual(JSON.parse(formatLine(one)), fieldsOf(one))
  })

  it('keeps hostile text inside its field', () => {
    for (const text of HOSTILE) {
      for (const field of ['user', 'path', 'object', 'reason', 'method', 'peer', 'scheme', 'rule'] as const) {
        const line = formatLine(record({ [field]: text }))
        // eslint-disable-next-line no-control-regex -- control characters are what it is about
        assert.doesNotMatch(line, /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/)
        const read = JSON.parse(line) as Record<string, unknown>
        assert.deepEqual(
          Object.keys(read).toSorted(),
          Object.keys(JSON.parse(formatLine(record({ [field]: 'a' })))).toSorted(),
        )
        assert.equal(read['status'], 200)
        assert.ok(
          text.toWellFormed().startsWith(String(read[field]).replace(/…$/, '').toWellFormed()),
          `${field}: ${String(read[field])}`,
        )
      }
    }
  })

  it('bounds what a peer can write', () => {
    const long = '\u0001'.repeat(100_000)
    const line = formatLine(record({ user: long, path: long, object: long, reason: long, method: long }))
    assert.ok(line.length < 16 * 1024, `${line.length}`)
  })
})

describe('formatGap()', () => {
  it('says how many records are missing', () => {
    assert.deepEqual(JSON.parse(formatGap(0, 12)), { at: '1970-01-01T00:00:00.000Z', lost: 12 })
    assert.equal(formatReadableGap(0, 12), '00:00:00 12 records are missing: they could not be written')
  })
})

describe('formatReadable()', () => {
  it('says who did what, and what came of it', () => {
    assert.equal(formatReadable(record()), '03:04:05 200 GET /object/:oid calvin (basic) owned(oid=1) 1.5 ms')
    const refused = record({ user: null, scheme: null, object: null, status: 401, code: 'AUTHN_MISSING' })
    assert.equal(formatReadable(refused), '03:04:05 401 GET /object/:oid nobody AUTHN_MISSING 1.5 ms')
  })

  it('shows hostile text in one line and without escape sequences', () => {
    for (const text of HOSTILE) {
      // eslint-disable-next-line no-control-regex -- control characters are what it is about
      assert.doesNotMatch(formatReadable(record({ user: text })), /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/)
    }
    assert.equal(escapeControls('a\nb\u001b[1m'), 'a\\u000ab\\u001b[1m')
  })
})
