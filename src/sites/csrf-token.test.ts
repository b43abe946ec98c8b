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
  assert.equal(
    checkCsrfToken(
      { keyring, binding: ANN, nowMs: NOW + 1000 },
      createCsrfToken({ keyring, binding: ANN, nowMs: NOW }),
    ),
    true,
  )
})

test('createCsrfToken() gives another text at each call', () => {
  assert.notEqual(
    createCsrfToken({ keyring, binding: ANN, nowMs: NOW }),
    createCsrfToken({ keyring, binding: ANN, nowMs: NOW }),
  )
})

test('checkCsrfToken() refuses the token of another visitor, and of a session with the same id', () => {
  const token = createCsrfToken({ keyring, binding: ANN, nowMs: NOW })
  assert.equal(checkCsrfToken({ keyring, binding: { kind: 'visitor', id: 'bob' }, nowMs: NOW }, token), false)
  assert.equal(checkCsrfToken({ keyring, binding: { kind: 'session', id: 'ann' }, nowMs: NOW }, token), false)
})

test('checkCsrfToken() refuses a token when its time is over, or cannot be yet', () => {
  const token = createCsrfToken({ keyring, binding: ANN, nowMs: NOW })
  assert.equal(checkCsrfToken({ keyring, binding: ANN, nowMs: NOW + CSRF_LIFETIME_MS - 1 }, token), true)
  assert.equal(checkCsrfToken({ keyring, binding: ANN, nowMs: NOW + CSRF_LIFETIME_MS }, token), false)
  assert.equal(checkCsrfToken({ keyring, binding: ANN, nowMs: NOW - 3_600_000 }, token), false)
})

test('checkCsrfToken() refuses a token when any character of it is another', () => {
  const token = createCsrfToken({ keyring, binding: ANN, nowMs: NOW })
  for (let i = 0; i < token.length; i++) {
    const changed = `${token.slice(0, i)}${token[i] === 'A' ? 'B' : 'A'}${token.slice(i + 1)}`
    assert.equal(checkCsrfToken({ keyring, binding: ANN, nowMs: NOW }, changed), false, changed)
  }
})

for (const token of ['', 'x', 'A'.repeat(42), 'A'.repeat(43), `${'A'.repeat(41)}=`]) {
  test(`checkCsrfToken() refuses ${JSON.stringify(token)}`, () => {
    assert.equal(checkCsrfToken({ keyring, binding: ANN, nowMs: NOW }, token), false)
  })
}

test('checkCsrfToken() accepts an older key while it is in the keyring, and not afterwards', () => {
  const token = createCsrfToken({ keyring: createKeyring([OLD]), binding: ANN, nowMs: NOW })
  assert.equal(checkCsrfToken({ keyring: createKeyring([NEW, OLD]), binding: ANN, nowMs: NOW }, token), true)
  assert.equal(checkCsrfToken({ keyring, binding: ANN, nowMs: NOW }, token), false)
})

test('createCsrfToken() throws when the binding is empty', () => {
  assert.throws(() => createCsrfToken({ keyring, binding: { kind: 'visitor', id: '' }, nowMs: NOW }), TypeError)
})
