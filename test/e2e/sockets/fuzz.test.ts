import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fuzzSockets } from '../../../scripts/fuzz-sockets.ts'

test('an app answers on all its sockets after thousands of random lines, frames and datagrams', async () => {
  const { messages, faults } = await fuzzSockets(6000, 20_261_123)
  assert.equal(messages, 6000)
  assert.deepEqual(faults, [])
})
