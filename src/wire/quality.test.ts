import assert from 'node:assert/strict'
import { test } from 'node:test'
import { chooseLanguage, parseWeighted, prefersHtml, prefersJson, weighChoices } from './quality.ts'

test('parseWeighted() sorts by weight and keeps the order of ties', () => {
  assert.deepEqual(parseWeighted('gzip;q=0.5, br, zstd; q=1.000,,x;q=7'), [
    { value: 'br', weight: 1 },
    { value: 'zstd', weight: 1 },
    { value: 'x', weight: 1 },
    { value: 'gzip', weight: 0.5 },
  ])
})

test('weighChoices() uses * for what is not named and 0 for what is refused', () => {
  assert.deepEqual(weighChoices('br;q=0, *;q=0.3', ['br', 'gzip']), [0, 0.3])
  assert.deepEqual(weighChoices('gzip', ['br', 'gzip']), [0, 1])
})

test('chooseLanguage() shortens a range until it matches', () => {
  assert.equal(chooseLanguage('de, pt-BR;q=0.9, fr;q=0.5', ['en', 'fr', 'pt']), 'pt')
  assert.equal(chooseLanguage('de', ['en', 'fr', 'pt']), 'en')
  assert.equal(chooseLanguage('fr;q=0', ['en', 'fr']), 'en')
  assert.equal(chooseLanguage(undefined, ['en', 'fr']), 'en')
})

test('prefersHtml() is true for a browser and false for an API client', () => {
  assert.equal(prefersHtml('text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8'), true)
  assert.equal(prefersHtml('application/json'), false)
  assert.equal(prefersHtml('application/json, text/html;q=0.5'), false)
  assert.equal(prefersHtml('*/*'), false)
  assert.equal(prefersHtml(undefined), false)
})

test('prefersJson() is true for those who name it and like HTML less', () => {
  assert.equal(prefersJson('application/json, text/plain, */*'), true)
  assert.equal(prefersJson('application/problem+json'), true)
  assert.equal(prefersJson('application/json;q=0.5, text/html'), false)
  assert.equal(prefersJson('text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8'), false)
  assert.equal(prefersJson('*/*'), false)
  assert.equal(prefersJson(undefined), false)
})
