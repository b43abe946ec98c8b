import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createKeyring } from '../core/keyring.ts'
import { isCookieValue } from './cookies.ts'
import { decryptCookie, encryptCookie, readSignedCookie, signCookie } from './sealed-cookie.ts'

const keyring = createKeyring(['a secret of at least thirty-two bytes'])
const rotated = createKeyring(['a newer secret of at least 32 bytes!', 'a secret of at least thirty-two bytes'])
const stranger = createKeyring(['another secret of at least 32 bytes!'])
const content = { name: 'basket', value: 'é; "3" items\n', expiresAtMs: 2000 }

const KINDS = [
  { kind: 'signed', seal: signCookie, open: readSignedCookie },
  { kind: 'encrypted', seal: encryptCookie, open: decryptCookie },
]

for (const { kind, seal, open } of KINDS) {
  test(`a ${kind} cookie gives its value back, with an older key too`, () => {
    const text = seal(keyring, content)
    assert.ok(isCookieValue(text))
    assert.equal(open(keyring, { name: 'basket', text, nowMs: 1999 }), content.value)
    assert.equal(open(rotated, { name: 'basket', text, nowMs: 1999 }), content.value)
    const empty = seal(keyring, { ...content, value: '' })
    assert.equal(open(keyring, { name: 'basket', text: empty, nowMs: 1 }), '')
  })

  test(`a ${kind} cookie is worth nothing later, elsewhere or without its key`, () => {
    const text = seal(rotated, content)
    assert.equal(open(rotated, { name: 'basket', text, nowMs: 2000 }), null)
    assert.equal(open(rotated, { name: 'user', text, nowMs: 1 }), null)
    assert.equal(open(keyring, { name: 'basket', text, nowMs: 1 }), null)
    assert.equal(open(stranger, { name: 'basket', text, nowMs: 1 }), null)
  })

  test(`a ${kind} cookie is refused when any character of it is changed`, () => {
    const text = seal(keyring, content)
    for (let i = 0; i < text.length; i++) {
      const other = text[i] === 'A' ? 'E' : 'A'
      const changed = `${text.slice(0, i)}${other}${text.slice(i + 1)}`
      assert.equal(open(keyring, { name: 'basket', text: changed, nowMs: 1 }), null, `character ${i}`)
      assert.equal(open(keyring, { name: 'basket', text: text.slice(0, i), nowMs: 1 }), null)
    }
  })

  test(`a ${kind} cookie is refused when it is no such thing`, () => {
    for (const text of [
      '',
      '.',
      '..',
      'a.b.c',
      'x'.repeat(4000),
      '=====',
      `${seal(keyring, content)}=`,
      ` ${seal(keyring, content)}`,
    ]) {
      assert.equal(open(keyring, { name: 'basket', text, nowMs: 1 }), null, text)
    }
  })
}

test('encryptCookie() hides the value and never gives the same text twice', () => {
  const one = encryptCookie(keyring, content)
  assert.notEqual(one, encryptCookie(keyring, content))
  assert.ok(!Buffer.from(one, 'base64url').toString('utf8').includes('items'))
})
