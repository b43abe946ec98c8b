import assert from 'node:assert/strict'
import { test } from 'node:test'
import { z } from 'zod'
import { argsOf, binderOf, messageOf, refusalOf } from './bind.test-support.ts'
import { body, cookie, header } from './places.ts'

test('header() gives the converted value of a header, whatever the case of its declaration', () => {
  const binder = binderOf({ count: header('X-Count', z.int()), tags: header('X-Tags', z.array(z.string()).optional()) })
  assert.deepEqual(argsOf(binder, { headers: { 'x-count': '3', 'x-tags': 'a, b ,,c' } }), {
    count: 3,
    tags: ['a', 'b', 'c'],
  })
  assert.deepEqual(argsOf(binder, { headers: { 'x-count': '3' } }), { count: 3, tags: undefined })
  assert.equal(messageOf(binder, { headers: { 'x-count': 'x' } }), 'parameter "count" must be an integer')
  assert.equal(messageOf(binder, {}), 'parameter "count" is missing')
})

test('header() is not found in the query or the body', () => {
  const binder = binderOf({ count: header('x-count', z.int()) })
  const headers = { 'x-count': '3' }
  assert.equal(messageOf(binder, { headers, query: 'count=1' }), 'parameter "count" is not expected')
  assert.equal(messageOf(binder, { headers, json: { count: 1 } }), 'parameter "count" is not expected')
})

test('cookie() gives the value of a cookie, or its default', () => {
  const binder = binderOf({ lang: cookie('lang', z.enum(['en', 'fr']).default('en')) })
  assert.deepEqual(argsOf(binder, { cookies: { lang: 'fr' } }), { lang: 'fr' })
  assert.deepEqual(argsOf(binder, {}), { lang: 'en' })
  assert.match(messageOf(binder, { cookies: { lang: 'xx' } }), /^parameter "lang": Invalid option/)
})

const order = z.object({
  item: z.string(),
  count: z.int(),
  tags: z.array(z.string()).default([]),
  at: z.date().optional(),
})

test('body() gives the whole JSON body as one value', () => {
  const binder = binderOf({ order: body(order), dry: z.boolean().default(false) })
  assert.deepEqual(argsOf(binder, { json: { item: 'a', count: 2, at: '2024-05-01' }, query: 'dry=1' }), {
    order: { item: 'a', count: 2, tags: [], at: new Date('2024-05-01T00:00:00Z') },
    dry: true,
  })
  assert.equal(
    messageOf(binder, { json: { item: 1, count: '2' } }),
    'parameter "item": Invalid input: expected string, received number; parameter "count": Invalid input: expected number, received string',
  )
})

test('body() refuses what its model does not name, so that nothing is dropped in silence', () => {
  const binder = binderOf({ order: body(order) })
  assert.equal(messageOf(binder, { json: { item: 'a', count: 2, isPaid: true } }), 'parameter "isPaid" is not expected')
  assert.equal(messageOf(binder, { form: 'item=a&count=2&isPaid=1' }), 'parameter "isPaid" is not expected')
  const open = binderOf({ order: body(z.looseObject({ item: z.string() })) })
  assert.deepEqual(argsOf(open, { json: { item: 'a', more: [1] } }), { order: { item: 'a', more: [1] } })
})

test('body() converts the fields of a form by the members of its model', () => {
  const binder = binderOf({ order: body(order) })
  assert.deepEqual(argsOf(binder, { form: 'item=a+b&count=2&tags=x&tags=y&at=2024-05-01' }), {
    order: { item: 'a b', count: 2, tags: ['x', 'y'], at: new Date('2024-05-01T00:00:00Z') },
  })
  assert.equal(messageOf(binder, { form: 'item=a&count=two' }), 'parameter "count" must be an integer')
  assert.equal(messageOf(binder, { form: 'item=a&item=b&count=1' }), 'parameter "item" is given more than once')
  assert.equal(messageOf(binder, { form: 'count=2' }), 'parameter "item" is missing')
  assert.equal(messageOf(binder, { form: 'item=%ff&count=2' }), 'parameter "item" is not valid percent-encoded UTF-8')
  assert.equal(messageOf(binder, { form: 'item=%00&count=2' }), 'parameter "item" has a NUL character')
})

test('body() takes lists and scalars when its schema does', () => {
  const list = binderOf({ ids: body(z.array(z.int())) })
  assert.deepEqual(argsOf(list, { json: [1, 2] }), { ids: [1, 2] })
  assert.equal(messageOf(list, { json: [1, 'x'] }), 'parameter "[1]": Invalid input: expected number, received string')
  assert.equal(messageOf(list, { json: { a: 1 } }), 'the body: Invalid input: expected array, received object')
  assert.equal(refusalOf(list, { json: ['\0'] }).code, 'PARAMS_MALFORMED')
})

test('body() leaves out fields of authentication, and may be optional', () => {
  const binder = binderOf({ order: body(z.object({ a: z.int() }).optional()) }, { ignored: ['USER', 'PASS'] })
  assert.deepEqual(argsOf(binder, { json: { USER: 'u', PASS: 'p', a: 1 } }), { order: { a: 1 } })
  assert.deepEqual(argsOf(binder, { form: 'USER=u&PASS=p&a=1' }), { order: { a: 1 } })
  assert.deepEqual(argsOf(binder, {}), { order: undefined })
  assert.deepEqual(argsOf(binder, { body: '' }), { order: undefined })
  assert.equal(messageOf(binderOf({ order: body(order) }), {}), 'the body is missing')
})

test('body() takes a form as texts when its schema is a record', () => {
  const binder = binderOf({ all: body(z.record(z.string(), z.string())) })
  assert.deepEqual(argsOf(binder, { form: 'a=1&b=x' }), { all: { a: '1', b: 'x' } })
})

test('params of a binder describe each parameter for documents', () => {
  const binder = binderOf(
    {
      id: z.int().min(1),
      at: z.date().optional(),
      h: header('X-H', z.bigint()),
      o: body(order),
      n: z.string().default('x'),
    },
    { pathNames: ['id', 'slug'] },
  )
  const described = Object.fromEntries(binder.params.map(({ name, ...rest }) => [name, rest]))
  assert.deepEqual(described['slug'], { wireName: 'slug', place: 'path', isRequired: true, schema: { type: 'string' } })
  assert.deepEqual(described['id'], {
    wireName: 'id',
    place: 'path',
    isRequired: true,
    schema: { type: 'integer', minimum: 1, maximum: Number.MAX_SAFE_INTEGER },
  })
  assert.deepEqual(described['at'], {
    wireName: 'at',
    place: 'field',
    isRequired: false,
    schema: { type: 'string', format: 'date-time' },
  })
  assert.equal(described['h']?.wireName, 'x-h')
  assert.equal(described['h']?.schema['type'], 'string')
  assert.equal(described['o']?.place, 'body')
  assert.deepEqual(described['o']?.schema['required'], ['item', 'count'])
  assert.deepEqual(described['n'], {
    wireName: 'n',
    place: 'field',
    isRequired: false,
    schema: { type: 'string', default: 'x' },
  })
  assert.equal(binder.readsBody, true)
  assert.equal(binderOf({ h: header('x', z.string()) }).readsBody, false)
})
