import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createKeyring } from '../core/keyring.ts'
import { checkCsrfToken, createCsrfToken, CSRF_LIFETIME_MS } from './csrf-token.ts'

const OLD = 'an older secret of at least 32 bytes.'
const NEW = 'a newer secret of at least 32 bytes..'
const keyring = createKeyring([NEW])
const ANN = { kind: 'visitor', id: 'ann' } as const
const NOW = 1_800_000_000_000

test('checkCsrfToken() accepts the token when it was made for the same visitor', () => {
  assert.equal(checkCsrfToken(keyring, ANN, createCsrfToken(keyring, ANN, NOW), NOW + 1000), true)
})

test('createCsrfToken() gives another text at each call', () => {
  assert.notEqual(createCsrfToken(keyring, ANN, NOW), createCsrfToken(keyring, ANN, NOW))
})

test('checkCsrfToken() refuses the token of another visitor, and of a session with the same id', () => {
  const token = createCsrfToken(keyring, ANN, NOW)
  assert.equal(checkCsrfToken(keyring, { kind: 'visitor', id: 'bob' }, token, NOW), false)
  assert.equal(checkCsrfToken(keyring, { kind: 'session', id: 'ann' }, token, NOW), false)
})

test('checkCsrfToken() refuses a token when its time is over, or cannot be yet', () => {
  const token = createCsrfToken(keyring, ANN, NOW)
  assert.equal(checkCsrfToken(keyring, ANN, token, NOW + CSRF_LIFETIME_MS - 1), true)
  assert.equal(checkCsrfToken(keyring, ANN, token, NOW + CSRF_LIFETIME_MS), false)
  assert.equal(checkCsrfToken(keyring, ANN, token, NOW - 3_600_000), false)
})

test('checkCsrfToken() refuses a token when any character of it is another', () => {
  const token = createCsrfToken(keyring, ANN, NOW)
  for (let i = 0; i < token.length; i++) {
    const changed = `${token.slice(0, i)}${token[i] === 'A' ? 'B' : 'A'}${token.slice(i + 1)}`
    assert.equal(checkCsrfToken(keyring, ANN, changed, NOW), false, changed)
  }
})

for (const token of ['', 'x', 'A'.repeat(42), 'A'.repeat(43), `${'A'.repeat(41)}=`]) {
  test(`checkCsrfToken() refuses ${JSON.stringify(token)}`, () => {
    assert.equal(checkCsrfToken(keyring, ANN, token, NOW), false)
  })
}

test('checkCsrfToken() accepts an older key while it is in the keyring, and not afterwards', () => {
  const token = createCsrfToken(createKeyring([OLD]), ANN, NOW)
  assert.equal(checkCsrfToken(createKeyring([NEW, OLD]), ANN, token, NOW), true)
  assert.equal(checkCsrfToken(keyring, ANN, token, NOW), false)
})

test('createCsrfToken() throws when the binding is empty', () => {
  assert.throws(() => createCsrfToken(keyring, { kind: 'visitor', id: '' }, NOW), TypeError)
})
