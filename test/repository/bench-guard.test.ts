import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { findWorse } from '../../bench/guard.ts'

const hello = { scenario: 'hello', of: 'Guichet', to: 'Fastify' }
const row = { scenario: 'row', of: 'Guichet', to: 'Fastify' }
const before = [
  { ...hello, value: 0.6 },
  { ...row, value: 0.8 },
]

describe('findWorse()', () => {
  it('says nothing of ratios that are within 15 % and 0.05', () => {
    const now = [
      { ...hello, value: 0.739 },
      { ...row, value: 0.5 },
    ]
    assert.deepEqual(findWorse([hello, row], { now, before }), [])
  })

  it('names what is worse, what was not measured, and what nothing is known of', () => {
    const body = { scenario: 'body', of: 'Guichet', to: 'Fastify' }
    const now = [
      { ...hello, value: 0.75 },
      { ...body, value: 0.5 },
    ]
    assert.deepEqual(findWorse([hello, row, body], { now, before }), [
      'Worse: hello, Guichet against Fastify: 0.75, was 0.60',
      'Not measured: row, Guichet against Fastify',
      'Not in RESULTS.md: body, Guichet against Fastify: 0.50',
    ])
  })

  it('is not content with nothing', () => {
    assert.equal(findWorse([], { now: [], before }).length, 1)
  })
})
