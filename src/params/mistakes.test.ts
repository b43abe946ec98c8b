import assert from 'node:assert/strict'
import { test } from 'node:test'
import { z } from 'zod'
import type { Param, ParamShape } from '../core/params.ts'
import { binderOf } from './bind.test-support.ts'
import { body, file, files, header } from './places.ts'

function problemsOf(shape: ParamShape, pathNames: readonly string[] = []): readonly string[] {
  const { mistakes } = binderOf(shape, { pathNames })
  for (const { where } of mistakes) assert.equal(where, 'GET /test')
  return mistakes.map(({ problem, current }) => (current === undefined ? problem : `${problem} (${current})`))
}

test('compileBinder() finds no mistake in a good declaration', () => {
  const shape = {
    id: z.int(),
    a: z.int().min(1).default(3),
    b: z.string().optional(),
    h: header('X-H', z.string()),
    f: file(),
  }
  assert.deepEqual(problemsOf(shape, ['id', 'other']), [])
})

test('compileBinder() finds a default that its own schema refuses, also inside', () => {
  const shape = {
    a: z.int().min(5).default(1),
    b: z.object({ c: z.string().min(2).default('x') }),
    d: z
      .string()
      .transform((text) => text.length)
      .default(3),
    e: z.int().min(5).prefault(1),
    f: z.array(z.enum(['x']).default('y' as 'x')),
    g: z
      .string()
      .transform((text) => text.length)
      .pipe(z.int().max(3))
      .default(9),
  }
  assert.deepEqual(problemsOf(shape), [
    'parameter "a": the default is refused by its own schema: Too small: expected number to be >=5 (1)',
    'parameter "b": the default of c is refused by its own schema: Too small: expected string to have >=2 characters ("x")',
    'parameter "e": the default is refused by its own schema: Too small: expected number to be >=5 (1)',
    'parameter "f": the default of [] is refused by its own schema: Invalid option: expected one of "x" ("y")'.replace(
      'Invalid option: expected one of "x"',
      'Invalid input: expected "x"',
    ),
    'parameter "g": the default is refused by its own schema: Too big: expected number to be <=3 (9)',
  ])
})

test('compileBinder() finds a path parameter that may be absent, or that stands elsewhere', () => {
  assert.deepEqual(
    problemsOf({ id: z.int().optional(), x: z.int().default(1), h: header('h', z.string()) }, ['id', 'x', 'h']),
    [
      'parameter "id": a parameter of the path is always there (optional, or with a default)',
      'parameter "x": a parameter of the path is always there (optional, or with a default)',
      'parameter "h": it is in the path and in a header',
    ],
  )
})

test('compileBinder() finds types that nothing sent can have', () => {
  const shape = { a: z.map(z.string(), z.int()), b: z.array(z.symbol()), c: z.undefined() }
  assert.deepEqual(problemsOf(shape, ['a']), [
    'parameter "a": nothing that is sent can have its type (map)',
    'parameter "b": nothing that is sent can have its type (symbol)',
    'parameter "c": nothing that is sent can have its type (undefined)',
  ])
})

test('compileBinder() finds what is no parameter, an unknown place and impossible names', () => {
  const wrong = { a: 'string', b: null, c: { '~place': 'query', name: null, schema: z.int() } } as unknown as Record<
    string,
    Param
  > // what JavaScript lets through
  const [a, b, c] = problemsOf(wrong)
  assert.equal(a, 'parameter "a": it is not a schema (string)')
  assert.equal(b, 'parameter "b": it is not a schema (null)')
  assert.match(c ?? '', /^parameter "c": it is not a schema/)
  assert.deepEqual(problemsOf({ ['__proto__']: z.int() }), ['parameter "__proto__": this name is not possible'])
})

test('compileBinder() finds two parameters for one body, and wrong options of files', () => {
  assert.deepEqual(problemsOf({ a: body(z.object({})), b: body(z.object({})) }), [
    'one parameter at most takes the whole body (a, b)',
  ])
  const shape = { a: file({ bytesMax: 0 }), b: files({ countMax: 2, countMin: 3 }), c: file({ types: ['png'] }) }
  assert.deepEqual(problemsOf(shape), [
    'parameter "a": bytesMax is 0, it must be 1 or more',
    'parameter "b": countMin is 3, it must be between 0 and countMax',
    'parameter "c": "png" is not a media type such as image/png or image/*',
  ])
})
