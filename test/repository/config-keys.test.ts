import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { it } from 'node:test'
import { SETTING_KINDS } from '../../src/app/settings.ts'

it('docs/reference/config.md has one row for each configuration key, and no other', () => {
  const page = readFileSync(new URL('../../docs/reference/config.md', import.meta.url), 'utf8')
  const rows = [...page.matchAll(/^\| `([A-Z_]+)` \|/gm)].map(([, name]) => name)
  assert.deepEqual(new Set(rows), new Set(Object.keys(SETTING_KINDS)))
  assert.equal(rows.length, Object.keys(SETTING_KINDS).length)
})
