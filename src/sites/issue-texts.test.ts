import assert from 'node:assert/strict'
import { test } from 'node:test'
import { z } from 'zod'
import type { SiteLanguage } from './error-texts.ts'
import { sayIssue } from './issue-texts.ts'

function said(schema: z.ZodType, value: unknown, lang: SiteLanguage = 'en'): string {
  return sayIssue(schema.safeParse(value).error?.issues[0], lang)
}

test('sayIssue() says what Zod finds in words for people, in their language', () => {
  assert.equal(said(z.string().min(1), ''), 'Please fill this in')
  assert.equal(said(z.string().min(3), 'ab', 'fr'), 'Écrivez au moins 3 caractères')
  assert.equal(said(z.string().max(3), 'abcd', 'pt'), 'Escreva 3 caracteres no máximo')
  assert.equal(said(z.int().max(1500), 9000, 'en'), '1,500 or less, please')
  assert.equal(said(z.number().min(0.5), 0, 'fr'), '0,5 au moins')
  assert.equal(said(z.number().gt(0), 0), 'More than 0, please')
  assert.equal(said(z.number().lt(10), 10, 'pt'), 'Menos de 10')
  assert.equal(said(z.bigint().min(2n), 1n), '2 or more, please')
  assert.equal(said(z.array(z.string()).min(2), ['a'], 'pt'), 'Escolha pelo menos 2')
  assert.equal(said(z.date().max(new Date('2026-02-03')), new Date('2027-01-01')), '2/3/2026 or less, please')
  assert.equal(said(z.int(), 1.5, 'fr'), 'Donnez un nombre entier')
  assert.equal(said(z.email(), 'x'), 'Please give an e-mail address, such as ana@example.org')
  assert.equal(said(z.url(), 'x', 'pt'), 'Indique um endereço web, como https://example.org')
  assert.equal(said(z.enum(['a']), 'b'), 'This is not right yet')
})

test('sayIssue() keeps what the app wrote, and what another library says', () => {
  assert.equal(said(z.string().min(3, 'Three letters, please'), 'ab', 'fr'), 'Three letters, please')
  assert.equal(sayIssue({ message: 'must be odd' }, 'fr'), 'must be odd')
  assert.equal(sayIssue(undefined, 'fr'), 'Ce champ est à corriger')
})
