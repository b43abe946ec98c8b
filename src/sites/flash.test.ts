import assert from 'node:assert/strict'
import { test } from 'node:test'
import { siteCallOf } from './call.test-support.ts'
import { setFlash, takeFlash } from './flash.ts'

test('takeFlash() gives what setFlash() kept, and removes it', () => {
  const first = siteCallOf()
  setFlash(first, 'done', 'Saved — «é» 😀;,"')
  const second = siteCallOf({ cookies: first.cookiesSet })
  assert.deepEqual(takeFlash(second), { kind: 'done', text: 'Saved — «é» 😀;,"' })
  assert.deepEqual(second.headers, ['set-cookie: __Host-flash=; Max-Age=0; Path=/; Secure; HttpOnly; SameSite=Lax'])
})

test('takeFlash() gives null when there is nothing, or what somebody else wrote', () => {
  const first = siteCallOf()
  setFlash(first, 'note', 'x')
  const value = first.cookiesSet['__Host-flash'] ?? ''
  assert.equal(takeFlash(siteCallOf()), null)
  for (const forged of [`${value}x`, `A${value}`, 'x.y', value.split('.')[0] ?? '', '']) {
    assert.equal(takeFlash(siteCallOf({ cookies: { '__Host-flash': forged } })), null)
  }
})

for (const [name, text] of [
  ['letters', 'a'.repeat(5000)],
  ['characters of three bytes', '漢'.repeat(1000)],
  ['characters of two halves', `a${'😀'.repeat(900)}`],
  ['controls', '\u0001'.repeat(1000)],
] as const) {
  test(`setFlash() cuts a text that no cookie can hold: ${name}`, () => {
    const first = siteCallOf()
    setFlash(first, 'note', text)
    const taken = takeFlash(siteCallOf({ cookies: first.cookiesSet }))?.text ?? ''
    assert.ok(taken.length > 400 && taken.endsWith('…') && text.startsWith(taken.slice(0, -1)), taken)
    assert.ok(taken.isWellFormed())
  })
}

test('setFlash() uses a plain name when there is no TLS', () => {
  const call = siteCallOf({ isSecure: false })
  setFlash(call, 'note', 'x')
  assert.match(call.headers[0] ?? '', /^set-cookie: flash=[\w.-]+; Max-Age=300; Path=\/; HttpOnly; SameSite=Lax$/)
})
