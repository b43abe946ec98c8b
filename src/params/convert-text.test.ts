import assert from 'node:assert/strict'
import { test } from 'node:test'
import { z } from 'zod'
import type { Schema } from '../core/params.ts'
import { argsOf, binderOf, messageOf } from './bind.test-support.ts'

/** What each text becomes; texts of `refused` do not. */
function assertTexts(schema: Schema, taken: Readonly<Record<string, unknown>>, refused: readonly string[]): void {
  const binder = binderOf({ x: schema })
  for (const [text, value] of Object.entries(taken)) {
    const query = `x=${encodeURIComponent(text)}`
    assert.deepEqual(argsOf(binder, { query }), { x: value }, text)
    assert.deepEqual(argsOf(binder, { form: query }), { x: value }, text)
  }
  for (const text of refused) {
    assert.match(messageOf(binder, { query: `x=${encodeURIComponent(text)}` }), /^parameter "x/, text)
  }
}

test('convertText() takes decimal integers in range only', () => {
  const max = Number.MAX_SAFE_INTEGER
  assertTexts(z.int(), { 0: 0, 7: 7, '-12': -12, [max]: max, [-max]: -max }, [
    '',
    ' 1',
    '1 ',
    '+1',
    '01',
    '-0',
    '-01',
    '1.0',
    '1e3',
    '0x10',
    '0b1',
    '1_000',
    '١',
    'NaN',
    'Infinity',
    '--1',
    '-',
    '9007199254740992',
    '-9007199254740992',
    '1'.repeat(400),
    'null',
    'true',
    '1\n',
  ])
  assertTexts(z.int32(), { 2147483647: 2147483647 }, ['2147483648'])
  assertTexts(z.number().int().min(1).max(3), { 1: 1, 3: 3 }, ['0', '4', '1.5'])
  assertTexts(z.int().positive(), { 1: 1 }, ['0', '-1'])
})

test('convertText() takes finite decimal numbers only', () => {
  assertTexts(z.number(), { 1: 1, '-1.5': -1.5, '1e3': 1000, '1E-2': 0.01, '0.1': 0.1, '0': 0 }, [
    '',
    '.5',
    '5.',
    '+1',
    '01',
    '1,5',
    '0x1',
    'NaN',
    'Infinity',
    '-Infinity',
    '1e400',
    '1e',
    ' 1',
  ])
})

test('convertText() takes large integers exactly, and of bounded length', () => {
  assertTexts(z.bigint(), { '9007199254740993': 9007199254740993n, '-1': -1n }, [
    '',
    '1.0',
    '1n',
    '0x1',
    '9'.repeat(1001),
  ])
  assertTexts(z.int64(), {}, ['9223372036854775808'])
})

test('convertText() takes four words for a boolean', () => {
  assertTexts(z.boolean(), { true: true, false: false, 1: true, 0: false }, [
    '',
    'yes',
    'no',
    'on',
    'TRUE',
    'f',
    '2',
    ' 1',
  ])
})

test('convertText() takes dates that exist, and times with their zone', () => {
  assertTexts(
    z.date(),
    {
      '2024-02-29': new Date('2024-02-29T00:00:00Z'),
      '2024-05-01T10:20:30Z': new Date('2024-05-01T10:20:30Z'),
      '2024-05-01T10:20:30.123456Z': new Date('2024-05-01T10:20:30.123Z'),
      '2024-05-01T10:20+02:00': new Date('2024-05-01T08:20:00Z'),
    },
    [
      '',
      '2023-02-29',
      '2024-02-30',
      '2024-13-01',
      '2024-5-1',
      '2024-05-01T10:20:30',
      '2024-05-01T24:00:00Z',
      '2024-05-01 10:20:30Z',
      '2024-05-01T10:60:00Z',
      '2024-05-01T10:20:30+25:00',
      '1714521600000',
      'May 1, 2024',
      '+002024-05-01',
      '2024-05-01Z',
    ],
  )
  assertTexts(z.iso.date(), { '2024-02-29': '2024-02-29' }, ['2023-02-29', 'x'])
  assertTexts(z.iso.datetime(), { '2024-02-29T10:00:00Z': '2024-02-29T10:00:00Z' }, ['2024-02-29'])
})

test('convertText() takes the values of enums and literals by their text', () => {
  assertTexts(z.enum(['S', 'M']), { S: 'S' }, ['s', '', 'XL'])
  assertTexts(z.enum({ Low: 1, High: 2 }), { 1: 1, 2: 2 }, ['Low', '3'])
  assertTexts(z.enum({ 0: 'Low', Low: 0 }), { 0: 0 }, ['Low', '1'])
  assertTexts(z.literal([1, 'a', true]), { 1: true, a: 'a', true: true }, ['2', 'false'])
  assertTexts(z.literal(5n), { 5: 5n }, ['6'])
})

test('convertText() makes null of nothing where the type can have no empty text', () => {
  assertTexts(z.int().nullable(), { '': null, 1: 1 }, ['null', 'x'])
  assertTexts(z.string().nullable(), { '': '', null: 'null' }, [])
  assertTexts(z.date().nullish(), { '': null }, ['x'])
  assertTexts(z.union([z.int(), z.boolean()]).nullable(), { '': null, 5: 5, true: true }, ['x'])
  assertTexts(z.null(), { '': null }, ['null'])
})

test('convertText() takes tuples by their position, and lists of anything', () => {
  const binder = binderOf({ x: z.tuple([z.int(), z.boolean()], z.string()) })
  assert.deepEqual(argsOf(binder, { query: 'x=1&x=true&x=a&x=2' }), { x: [1, true, 'a', '2'] })
  assert.equal(messageOf(binder, { query: 'x=1&x=no' }), 'parameter "x[1]" must be true, false, 1 or 0')
  const objects = binderOf({ x: z.array(z.object({ a: z.int() })) })
  assert.deepEqual(argsOf(objects, { form: 'x={"a":1}&x={"a":2}' }), { x: [{ a: 1 }, { a: 2 }] })
  const lists = binderOf({ x: z.array(z.array(z.int())) })
  assert.deepEqual(argsOf(lists, { form: 'x=[1,2]&x=[]' }), { x: [[1, 2], []] })
})

test('convertText() reads trees, records and any JSON as JSON', () => {
  interface Tree {
    readonly name: string
    readonly children: readonly Tree[]
  }
  const tree: z.ZodType<Tree> = z.object({ name: z.string(), children: z.array(z.lazy(() => tree)) })
  const leaf = { name: 'b', children: [] }
  assertTexts(tree, { '{"name":"a","children":[{"name":"b","children":[]}]}': { name: 'a', children: [leaf] } }, [
    '{"name":"a"}',
    'a',
  ])
  assertTexts(z.json(), { '{"a":[1,null]}': { a: [1, null] }, '"x"': 'x', 5: 5 }, ['x', '', '{'])
  assertTexts(z.record(z.string(), z.int()), { '{"a":1}': { a: 1 } }, ['{"a":"1"}', '[]', '{"__proto__":{"a":1}}'])
  const shape = z.discriminatedUnion('t', [
    z.object({ t: z.literal('a'), n: z.int() }),
    z.object({ t: z.literal('b') }),
  ])
  assertTexts(shape, { '{"t":"a","n":1}': { t: 'a', n: 1 } }, ['{"t":"c"}', '{"t":"a"}'])
  assertTexts(z.intersection(z.object({ a: z.int() }), z.object({ b: z.int() })), { '{"a":1,"b":2}': { a: 1, b: 2 } }, [
    '{"a":1}',
  ])
})

test('convertText() refuses JSON when it nests deeper than the limit', () => {
  const deep = (depth: number): string => `x=${'['.repeat(depth)}${']'.repeat(depth)}`
  const binder = binderOf({ x: z.json() })
  assert.deepEqual(Object.keys(argsOf(binder, { form: deep(64) })), ['x'])
  assert.equal(messageOf(binder, { form: deep(65) }), 'parameter "x" must be JSON')
})

test('convertText() looks through brands, readonly, pipes and codecs', () => {
  assertTexts(z.int().brand('id').readonly(), { 1: 1 }, ['x'])
  assertTexts(z.int().pipe(z.number().max(5)), { 1: 1 }, ['6', 'x'])
  assertTexts(
    z.codec(z.iso.date(), z.date(), {
      decode: (text) => new Date(text),
      encode: (date) => date.toISOString().slice(0, 10),
    }),
    {
      '2024-02-29': new Date('2024-02-29T00:00:00Z'),
    },
    ['x'],
  )
  assertTexts(z.templateLiteral(['v', z.int()]), { v1: 'v1' }, ['vx', '1'])
})

test('convertText() takes the type of another library from its JSON Schema', () => {
  const integer = { type: 'integer', minimum: 1 }
  const schemaOf = (input: unknown, isGood: (value: unknown) => boolean): Schema => {
    const standard = {
      version: 1 as const,
      vendor: 'other',
      validate: (value: unknown) => (isGood(value) ? { value } : { issues: [{ message: 'no' }] }),
      jsonSchema: { input: () => input },
    }
    return { '~standard': standard }
  }
  const isInteger = (value: unknown): boolean => Number.isInteger(value)
  assertTexts(schemaOf(integer, isInteger), { 3: 3 }, ['x', '1.5'])
  assertTexts(
    schemaOf({ type: ['integer', 'null'] }, (value) => value === null || isInteger(value)),
    { '': null, 3: 3 },
    ['x'],
  )
  assertTexts(
    schemaOf({ anyOf: [integer, { const: 'all' }] }, () => true),
    { 3: 3, all: 'all' },
    [],
  )
  assertTexts(schemaOf({ type: 'array', items: integer }, Array.isArray), { 3: [3] }, ['x'])
  assertTexts(
    schemaOf({ enum: [1, 'a'] }, (value) => value === 1 || value === 'a'),
    { 1: 1, a: 'a' },
    ['b'],
  )
  assertTexts(
    schemaOf({ type: 'object', properties: {} }, () => true),
    { '{}': {} },
    ['x'],
  )
  assertTexts(
    schemaOf(null, (value) => typeof value === 'string'),
    { x: 'x' },
    [],
  )
})
