import assert from 'node:assert/strict'
import { test } from 'node:test'
import { formatVisible } from './visible-text.ts'

test('formatVisible() shows what could drive a terminal', () => {
  assert.equal(formatVisible('\u001b[2Ja\rb\u009b1m\u202ec\u0000'), '\\x1b[2Ja\\x0db\\x9b1m\\u202ec\\x00')
})

test('formatVisible() leaves text and tabs as they are', () => {
  assert.equal(formatVisible('Olá\tmundo €😀'), 'Olá\tmundo €😀')
})
