import assert from 'node:assert/strict'
import { test } from 'node:test'
import { inspect } from 'node:util'
import { z } from 'zod'
import { compileFastCheck } from './fast-check.ts'

const VALUES: readonly unknown[] = [
  undefined,
  null,
  true,
  false,
  0,
  -0,
  1,
  -1,
  2,
  3,
  4,
  5,
  6,
  1.5,
  4.999,
  2 ** 31 - 1,
  2 ** 31,
  -(2 ** 31),
  2 ** 32,
  2 ** 53 - 1,
  2 ** 53,
  -(2 ** 53),
  Number.MAX_VALUE,
  Number.NaN,
  Number.POSITIVE_INFINITY,
  1n,
  '',
  'a',
  'ab',
  'abc',
  'abcd',
  'abcdef',
  'é',
  '😀',
  '😀😀',
  '😀😀😀',
  '😀😀😀😀',
  '1',
  'S',
  'M',
  'calvin@example.org',
  'calvin@example',
  ' calvin@example.org',
  'calvin@example.org\n',
  'f81d4fae-7dec-41d0-a765-00a0c91e6bf6',
  'F81D4FAE-7DEC-11D0-A765-00A0C91E6BF6',
  'f81d4fae-7dec-11d0-0765-00a0c91e6bf6',
  'V1StGXR8_Z5jdHi6B-myT',
  'tz4a98xxat96iws9zmbrgj3a',
  '01ARZ3NDEKTSV4RRFFQ69G5FAV',
  '192.0.2.1',
  '192.0.2.256',
  '192.0.2.0/24',
  '+33123456789',
  '2026-02-28',
  '2026-02-29',
  '12:30:59',
  '24:00:00',
  '2026-02-28T12:30:59Z',
  '2026-02-28T12:30:59+01:00',
  'P1DT2H',
  [],
  [1],
  {},
  new Date(0),
  Symbol('s'),
]

const FAST: Readonly<Record<string, z.ZodType>> = {
  string: z.string(),
  'string min': z.string().min(1),
  'string bounds': z.string().min(2).max(4),
  'string optional': z.string().max(3).optional(),
  'string nullable': z.string().nullable(),
  int: z.int(),
  'number.int': z.number().int(),
  'int bounds': z.int().min(1).max(5),
  'int exclusive': z.int().gt(1).lt(5),
  positive: z.int().positive(),
  int32: z.int32(),
  uint32: z.uint32(),
  number: z.number(),
  'number bounds': z.number().min(-1).max(4.999),
  'number exclusive': z.number().gt(0).lt(5),
  email: z.email(),
  'email bounds': z.email().min(9).max(36),
  'string patterns': z.string().max(9).regex(/^a/).regex(/d/),
  uuid: z.uuid(),
  'uuid v4': z.uuidv4(),
  guid: z.guid(),
  nanoid: z.nanoid(),
  cuid2: z.cuid2(),
  ulid: z.ulid(),
  ipv4: z.ipv4(),
  cidrv4: z.cidrv4(),
  e164: z.e164(),
  'iso date': z.iso.date(),
  'iso time': z.iso.time(),
  'iso datetime': z.iso.datetime({ offset: true }),
  'iso duration': z.iso.duration(),
  boolean: z.boolean(),
  enum: z.enum(['S', 'M']),
  'enum of numbers': z.enum({ a: 1, b: 2 }),
  default: z.int().default(3),
  coerced: z.coerce.number().max(5),
}

test('compileFastCheck() passes only what Zod passes unchanged', () => {
  for (const [name, schema] of Object.entries(FAST)) {
    const check = compileFastCheck(schema)
    assert.ok(check !== null, name)
    let passed = 0
    for (const value of VALUES) {
      if (!check(value)) continue
      passed++
      const result = schema.safeParse(value)
      assert.ok(result.success && Object.is(result.data, value), `${name}: ${inspect(value)}`)
    }
    assert.ok(passed > 0, `${name} passes something`)
  }
})

test('compileFastCheck() passes what Zod passes, but for lengths that depend on code points', () => {
  for (const [name, schema] of Object.entries(FAST)) {
    if (name === 'coerced') continue
    const check = compileFastCheck(schema)
    for (const value of VALUES) {
      if (value === undefined || !schema.safeParse(value).success) continue
      const isUnsure = typeof value === 'string' && name.includes('bounds')
      assert.ok(isUnsure || name === 'string optional' || check?.(value) === true, `${name}: ${inspect(value)}`)
    }
  }
})

test('compileFastCheck() leaves alone what may change its value or has a check of its own', () => {
  const slow: readonly z.ZodType[] = [
    z.string().trim(),
    z.string().regex(/a/g),
    z.string().regex(/a/y),
    z.string().startsWith('a'),
    z.string().toLowerCase(),
    z.email().toLowerCase(),
    z.email().refine((text) => text !== ''),
    z.url(),
    z.ipv6(),
    z.base64(),
    z.jwt(),
    z.int().refine((n) => n > 1),
    z.int().transform((n) => n + 1),
    z.int().multipleOf(2),
    z.boolean().refine((b) => b),
    z.array(z.int()),
    z.object({}),
    z.int().catch(1),
    z.float32(),
    z.string().length(2),
    z.stringbool(),
    z.preprocess((value) => value, z.int()),
  ]
  for (const schema of slow) assert.equal(compileFastCheck(schema), null)
})
