import assert from 'node:assert/strict'
import { test } from 'node:test'
import { describeError } from './describe-error.ts'

test('describeError() tells name, message and stack of an error and of its cause', () => {
  const { error, stack } = describeError(new TypeError('wrong', { cause: new Error('deeper') }))
  assert.equal(error, 'TypeError: wrong')
  assert.match(stack, /TypeError: wrong\n {4}at .*\ncaused by Error: deeper\n/s)
})

test('describeError() shows what is thrown and is no error', () => {
  const shown = (thrown: unknown): string => describeError(thrown).error
  assert.equal(shown('a text'), 'Thrown: a text')
  assert.equal(shown(undefined), 'Thrown: undefined')
  assert.equal(shown(null), 'Thrown: null')
  assert.equal(shown(7n), 'Thrown: 7')
  assert.equal(shown(Symbol('x')), 'Thrown: Symbol(x)')
  assert.equal(shown({ password: 'secret' }), 'Thrown: an object')
  assert.equal(
    shown(() => 1),
    'Thrown: a function',
  )
})

test('describeError() describes what throws when it is looked at', () => {
  const trap = (): never => {
    throw new Error('trap')
  }
  const hostile = Object.defineProperty(new Error('x'), 'message', { get: trap })
  const proxy = new Proxy({}, { getPrototypeOf: trap, get: trap })
  for (const thrown of [hostile, proxy]) {
    assert.deepEqual(describeError(thrown), { error: 'Thrown: an object that cannot be read', stack: '' })
  }
})

test('describeError() cuts what is long', () => {
  const { error, stack } = describeError(new Error('x'.repeat(1_000_000), { cause: new Error('y'.repeat(1_000_000)) }))
  assert.ok(error.length < 10_000 && stack.length < 20_000)
  assert.match(error, /x… \(1000007 characters\)$/)
})
