import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Fault } from './fault.ts'

function systemError(code: string): Error {
  return Object.assign(new Error(`${code}: no more, write`), { code, syscall: 'write', errno: -28 })
}

for (const [code, told, status] of [
  ['ENOSPC', 'HANDLE_SHORTAGE', 503],
  ['EMFILE', 'HANDLE_SHORTAGE', 503],
  ['ENOENT', 'HANDLE_FAULT', 500],
] as const) {
  test(`Fault tells ${told} when the system says ${code}`, () => {
    const { refusal } = new Fault(systemError(code))
    assert.deepEqual([refusal.code, refusal.status], [told, status])
  })
}

test('Fault tells HANDLE_FAULT for what is no error of the system', () => {
  const hostile = new Proxy(new Error('x'), {
    has() {
      throw new Error('trap')
    },
  })
  for (const error of ['ENOSPC', null, hostile, Object.assign(new Error('x'), { code: 'ENOSPC' })]) {
    assert.equal(new Fault(error).refusal.code, 'HANDLE_FAULT')
  }
})
