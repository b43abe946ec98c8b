import assert from 'node:assert/strict'
import { test } from 'node:test'
import { formatJson } from './json.ts'

const at = new Date('2026-01-31T12:34:56.789Z')

test('formatJson() gives the bytes of JSON.stringify when a list holds dates', () => {
  class Named {
    readonly at = at
    toJSON(): string {
      return 'named'
    }
  }
  const own = Object.assign(new Date(at), { toJSON: () => 'own' })
  const rows = Array.from({ length: 20 }, (_, id) => ({ id, at, 'a "name"': null }))
  const odd = [
    { at },
    { at: new Date(Number.NaN) },
    { at: own },
    { at: 'text' },
    {},
    null,
    3,
    [at],
    new Named(),
    { at: { at } },
  ]
  for (const list of [rows, [...rows, ...odd], [...odd, ...rows], odd, rows.slice(0, 2)]) {
    assert.equal(formatJson(list), JSON.stringify(list))
  }
})

test('formatJson() leaves the dates of rows as they are', () => {
  const rows = Array.from({ length: 20 }, () => ({ at }))
  formatJson(rows)
  assert.ok(rows.every((row) => row.at === at))
})

test('formatJson() writes bigints as digits when a list also holds dates', () => {
  const rows = Array.from({ length: 10 }, () => ({ at, big: 12345678901234567890n }))
  assert.equal(
    formatJson(rows.slice(0, 9)).startsWith('[{"at":"2026-01-31T12:34:56.789Z","big":"12345678901234567890"}'),
    true,
  )
})

test('formatJson() refuses what JSON would lose without a word', () => {
  for (const lost of [Promise.resolve(3), new Map([['a', 1]]), new Set([1])]) {
    assert.throws(() => formatJson({ id: 1, more: [lost] }), TypeError)
    assert.throws(() => formatJson({ big: 1n, more: lost }), TypeError)
  }
  assert.throws(() => formatJson({ sid: Promise.resolve(3) }), /there is a promise in the value; await it/)
  assert.equal(formatJson({ settings: {}, text: '{}' }), '{"settings":{},"text":"{}"}')
})
