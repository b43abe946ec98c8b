import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checkCrossSite } from './cross-site.ts'
import { type FakeHead, receivedHead } from './received.test-support.ts'

const isPartner = (origin: string): boolean => origin === 'https://partner.example'

const PASSED: readonly FakeHead[] = [
  { headers: { 'sec-fetch-site': 'same-origin' } },
  { headers: { 'sec-fetch-site': 'none' } },
  { headers: { origin: 'http://app.example' } },
  { headers: { origin: 'https://app.example' } },
  { headers: { origin: 'https://app.example' }, host: 'app.example:443', isSecure: true },
  { headers: { origin: 'http://app.example:8080' }, host: 'app.example:8080' },
  { headers: { origin: 'https://partner.example', 'sec-fetch-site': 'cross-site' } },
  { headers: { origin: 'https://partner.example' } },
]

const REFUSED: readonly FakeHead[] = [
  {},
  { headers: { 'sec-fetch-site': 'cross-site' } },
  { headers: { 'sec-fetch-site': 'same-site' } },
  { headers: { 'sec-fetch-site': 'anything' } },
  { headers: { 'sec-fetch-site': 'same-site', origin: 'http://app.example' } },
  { headers: { origin: 'null' } },
  { headers: { origin: '' } },
  { headers: { origin: 'https://evil.example' } },
  { headers: { origin: 'https://app.example.evil.example' } },
  { headers: { origin: 'http://app.example' }, isSecure: true },
  { headers: { origin: 'https://app.example:8443' }, isSecure: true },
  { headers: { origin: 'http://app.example' }, host: 'app.example:8080' },
  { headers: { origin: 'null' }, host: '' },
]

for (const head of PASSED) {
  test(`checkCrossSite() passes when the head is ${JSON.stringify(head)}`, () => {
    assert.equal(checkCrossSite(receivedHead({ method: 'POST', ...head }), isPartner), null)
  })
}

for (const head of REFUSED) {
  test(`checkCrossSite() is GUARD_CSRF when the head is ${JSON.stringify(head)}`, () => {
    const refusal = checkCrossSite(receivedHead({ method: 'POST', ...head }), isPartner)
    assert.deepEqual([refusal?.code, refusal?.status], ['GUARD_CSRF', 403])
  })
}

test('checkCrossSite() refuses a partner when no CORS declaration allows credentials', () => {
  const received = receivedHead({ method: 'POST', headers: { origin: 'https://partner.example' } })
  assert.equal(checkCrossSite(received, null)?.code, 'GUARD_CSRF')
})
