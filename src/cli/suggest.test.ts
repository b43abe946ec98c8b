import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { suggest } from './suggest.ts'

describe('suggest()', () => {
  it('gives the closest name when it is close', () => {
    assert.equal(suggest('runn', ['run', 'routes']), 'run')
    assert.equal(suggest('ruotes', ['run', 'routes']), 'routes')
    assert.equal(suggest('--prt', ['--port', '--watch']), '--port')
  })

  it('gives null when none is, however long the word', () => {
    assert.equal(suggest('deploy', ['run', 'routes']), null)
    assert.equal(suggest('x'.repeat(100_000), ['run']), null)
    assert.equal(suggest('', []), null)
  })
})
