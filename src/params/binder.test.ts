import assert from 'node:assert/strict'
import { test } from 'node:test'
import { z } from 'zod'
import { Refusal } from '../core/refusal.ts'
import { argsOf, binderOf, bindTo, messageOf, refusalOf } from './bind.test-support.ts'

const filter = binderOf({ filter: z.string().optional() })
const stuff = binderOf({ stuff: z.string().min(1) })

test('bind() finds a name in the query, in a form and in a JSON object', () => {
  assert.deepEqual(argsOf(filter, { query: 'filter=C%25' }), { filter: 'C%' })
  assert.deepEqual(argsOf(filter, { form: 'filter=C%25+x' }), { filter: 'C% x' })
  assert.deepEqual(argsOf(filter, { json: { filter: 'C%' } }), { filter: 'C%' })
})

test('bind() finds each name of the path, decoded, also one that nobody declared', () => {
  const binder = binderOf({ sid: z.int() }, { pathNames: ['sid', 'rest'] })
  assert.deepEqual(argsOf(binder, { path: ['12', 'a%20b/c%2Fd+e'] }), { rest: 'a b/c/d+e', sid: 12 })
})

test('bind() gives the segments of the rest of a path when it is declared as a list', () => {
  const binder = binderOf({ rest: z.array(z.string()) }, { pathNames: ['rest'] })
  assert.deepEqual(argsOf(binder, { path: ['a/b%2Fc/d'] }), { rest: ['a', 'b/c', 'd'] })
})

test('bind() refuses a name when it comes from two places', () => {
  const binder = binderOf({ id: z.int(), x: z.int().optional() }, { pathNames: ['id'] })
  assert.equal(
    messageOf(filter, { query: 'filter=a', json: { filter: 'b' } }),
    'parameter "filter" is in both the body and the query',
  )
  assert.equal(
    messageOf(filter, { query: 'filter=a', form: 'filter=a' }),
    'parameter "filter" is in both the body and the query',
  )
  assert.equal(messageOf(binder, { path: ['1'], query: 'id=1' }), 'parameter "id" is in both the path and the query')
  assert.equal(
    messageOf(binder, { path: ['1'], json: { id: 1, x: 1 } }),
    'parameter "id" is in both the path and the body',
  )
})

test('bind() refuses a name that nobody declared, wherever it stands', () => {
  const nothing = binderOf({})
  assert.equal(messageOf(filter, { query: 'filtre=C%25' }), 'parameter "filtre" is not expected')
  assert.equal(messageOf(filter, { form: 'filtre=1' }), 'parameter "filtre" is not expected')
  assert.equal(messageOf(filter, { json: { filtre: 1 } }), 'parameter "filtre" is not expected')
  assert.equal(messageOf(nothing, { query: 'a=1' }), 'parameter "a" is not expected')
  assert.equal(messageOf(nothing, { json: { a: 1 } }), 'parameter "a" is not expected')
  assert.equal(messageOf(nothing, { query: '=1' }), 'parameter "" is not expected')
})

test('bind() takes names like those of every object for undeclared ones', () => {
  for (const name of ['toString', 'constructor', 'hasOwnProperty', '__proto__']) {
    assert.equal(messageOf(filter, { query: `${name}=1` }), `parameter "${name}" is not expected`)
    assert.equal(messageOf(filter, { form: `${name}=1` }), `parameter "${name}" is not expected`)
  }
  assert.equal(messageOf(binderOf({ constructor: z.string() }), {}), 'parameter "constructor" is missing')
  assert.equal(messageOf(binderOf({ constructor: z.string() }), { json: {} }), 'parameter "constructor" is missing')
})

test('bind() gives nothing at all when nothing is declared and nothing sent', () => {
  assert.deepEqual(argsOf(binderOf({}), {}), {})
})

test('bind() names a missing parameter, whatever else was sent', () => {
  assert.equal(messageOf(stuff, {}), 'parameter "stuff" is missing')
  assert.equal(messageOf(stuff, { json: {} }), 'parameter "stuff" is missing')
  assert.equal(messageOf(stuff, { form: '&&' }), 'parameter "stuff" is missing')
})

test('bind() tells all errors of a call together', () => {
  const binder = binderOf({ i: z.int(), j: z.int(), k: z.int() })
  const refusal = refusalOf(binder, { query: 'i=x&z=1', json: { k: '1' } })
  assert.equal(refusal.status, 400)
  assert.equal(refusal.code, 'PARAMS_INVALID')
  assert.deepEqual(refusal.errors, [
    { parameter: 'z', message: 'parameter "z" is not expected' },
    { parameter: 'i', message: 'parameter "i" must be an integer' },
    { parameter: 'j', message: 'parameter "j" is missing' },
    { parameter: 'k', message: 'parameter "k": Invalid input: expected number, received string' },
  ])
  assert.equal(refusal.message, refusal.errors.map(({ message }) => message).join('; '))
})

test('bind() tells twenty errors and counts the others', () => {
  const query = Array.from({ length: 30 }, (_, i) => `x${i}=1`).join('&')
  const refusal = refusalOf(filter, { query })
  assert.equal(refusal.errors.length, 20)
  assert.match(refusal.message, /; and 10 more$/)
})

test('bind() names members of a nested model', () => {
  const u = z.object({ login: z.string(), password: z.string().min(6), isAdmin: z.boolean(), tags: z.array(z.int()) })
  const message = messageOf(binderOf({ u }), { json: { u: { password: 'abc', isAdmin: 'no', tags: [1, 'x'] } } })
  assert.equal(
    message,
    [
      'parameter "u.login" is missing',
      'parameter "u.password": Too small: expected string to have >=6 characters',
      'parameter "u.isAdmin": Invalid input: expected boolean, received string',
      'parameter "u.tags[1]": Invalid input: expected number, received string',
    ].join('; '),
  )
})

test('bind() never converts JSON', () => {
  const shape = { i: z.int(), n: z.number(), b: z.boolean(), s: z.string(), l: z.array(z.int()) }
  const good = { i: 1, n: 1.5, b: true, s: 'x', l: [1] }
  assert.deepEqual(argsOf(binderOf(shape), { json: good }), good)
  for (const wrong of [
    { i: '1' },
    { i: true },
    { i: 1.5 },
    { n: '1' },
    { b: 1 },
    { b: 'true' },
    { s: 1 },
    { s: null },
    { l: 1 },
    { l: ['1'] },
  ]) {
    const [name = ''] = Object.keys(wrong)
    assert.match(
      messageOf(binderOf(shape), { json: { ...good, ...wrong } }),
      new RegExp(`^parameter "${name}`),
      JSON.stringify(wrong),
    )
  }
})

test('bind() takes from JSON the text of what JSON has no words for: dates and large integers', () => {
  const shape = { at: z.date(), big: z.bigint(), o: z.object({ days: z.array(z.date()) }) }
  const json = { at: '2024-02-29', big: '9007199254740993', o: { days: ['2024-05-01T10:00:00+02:00'] } }
  assert.deepEqual(argsOf(binderOf(shape), { json }), {
    at: new Date('2024-02-29T00:00:00Z'),
    big: 9007199254740993n,
    o: { days: [new Date('2024-05-01T08:00:00Z')] },
  })
  assert.match(messageOf(binderOf(shape), { json: { ...json, at: 'tomorrow', big: '1.5' } }), /"at": .*; .*"big": /)
})

test('bind() refuses a body that is no JSON object where names are looked up', () => {
  for (const json of [42, 'x', null, true, [1]]) {
    const refusal = refusalOf(stuff, { json })
    assert.equal(refusal.code, 'PARAMS_MALFORMED')
    assert.equal(refusal.message, 'the body must be a JSON object')
  }
})

test('bind() takes defaults, and optional parameters as undefined', () => {
  const binder = binderOf({
    a: z.int().default(3),
    b: z.string().optional(),
    c: z.string().nullish(),
    d: z.int().catch(7),
  })
  assert.deepEqual(argsOf(binder, {}), { a: 3, b: undefined, c: undefined, d: 7 })
  assert.deepEqual(argsOf(binder, { json: { a: 4, b: 'x', c: null, d: 'no' } }), { a: 4, b: 'x', c: null, d: 7 })
  assert.deepEqual(argsOf(binder, { query: 'a=4&d=no' }), { a: 4, b: undefined, c: undefined, d: 7 })
  assert.match(messageOf(binder, { json: { b: null } }), /^parameter "b": /)
})

test('bind() makes a list of a repeated name, and of one value', () => {
  const binder = binderOf({ ids: z.array(z.int()).max(3) })
  assert.deepEqual(argsOf(binder, { query: 'ids=1&ids=2' }), { ids: [1, 2] })
  assert.deepEqual(argsOf(binder, { form: 'ids=1' }), { ids: [1] })
  assert.equal(messageOf(binder, { query: 'ids=1&ids=x' }), 'parameter "ids[1]" must be an integer')
  assert.match(messageOf(binder, { query: 'ids=1&ids=2&ids=3&ids=4' }), /^parameter "ids": Too big/)
})

test('bind() refuses a repeated name where one value is wanted', () => {
  assert.equal(messageOf(stuff, { form: 'stuff=a&stuff=b' }), 'parameter "stuff" is given more than once')
  assert.equal(messageOf(filter, { query: 'filter=a&filter=a' }), 'parameter "filter" is given more than once')
})

test('bind() takes the first option of a union that a text is', () => {
  const binder = binderOf({ x: z.union([z.int(), z.literal('all'), z.array(z.string())]) })
  assert.deepEqual(argsOf(binder, { query: 'x=12' }), { x: 12 })
  assert.deepEqual(argsOf(binder, { query: 'x=all' }), { x: 'all' })
  assert.deepEqual(argsOf(binder, { query: 'x=a&x=b' }), { x: ['a', 'b'] })
  const narrow = binderOf({ x: z.union([z.int().max(5), z.boolean()]) })
  assert.deepEqual(argsOf(narrow, { query: 'x=1' }), { x: 1 })
  assert.deepEqual(argsOf(narrow, { query: 'x=true' }), { x: true })
  assert.equal(messageOf(narrow, { query: 'x=maybe' }), 'parameter "x": Invalid input')
})

test('bind() takes an object as JSON text where the source is text', () => {
  const binder = binderOf({ u: z.object({ a: z.int() }) })
  assert.deepEqual(argsOf(binder, { query: 'u=%7B%22a%22%3A1%7D' }), { u: { a: 1 } })
  assert.equal(messageOf(binder, { query: 'u=%7B' }), 'parameter "u" must be JSON')
  assert.equal(messageOf(binder, { form: 'u={"a":1,"a":2}' }), 'parameter "u" must be JSON')
  assert.match(messageOf(binder, { form: 'u={"a":"1"}' }), /^parameter "u.a": /)
})

test('bind() refuses malformed encodings and names their parameter', () => {
  const binder = binderOf({ id: z.string() }, { pathNames: ['id'] })
  for (const bad of ['%', '%zz', '%ff', '%c3', '%ed%a0%80']) {
    const problem = 'is not valid percent-encoded UTF-8'
    assert.equal(messageOf(filter, { query: `filter=${bad}` }), `parameter "filter" ${problem}`)
    assert.equal(messageOf(filter, { form: `filter=${bad}` }), `parameter "filter" ${problem}`)
    assert.equal(messageOf(binder, { path: [bad] }), `parameter "id" ${problem}`)
    assert.equal(messageOf(filter, { query: `${bad}=1` }), `the query ${problem}`)
    assert.equal(refusalOf(filter, { form: `${bad}=1` }).code, 'PARAMS_MALFORMED')
  }
  assert.match(messageOf(filter, { query: 'filter=é' }), /^the query is malformed$/)
})

test('bind() refuses NUL in any text, and half of a surrogate pair', () => {
  assert.equal(messageOf(filter, { query: 'filter=a%00' }), 'parameter "filter" has a NUL character')
  assert.equal(messageOf(filter, { form: 'filter=%00' }), 'parameter "filter" has a NUL character')
  assert.equal(messageOf(filter, { json: { filter: '\0' } }), 'parameter "filter" has a NUL character')
  const any = binderOf({ x: z.unknown() })
  assert.equal(messageOf(any, { json: { x: { deep: ['\ud800'] } } }), 'parameter "x" has half of a surrogate pair')
  assert.equal(messageOf(any, { json: { x: { 'a\0': 1 } } }), 'parameter "x" has a NUL character')
  assert.deepEqual(argsOf(any, { json: { x: '\u{1f600}' } }), { x: '\u{1f600}' })
})

test('bind() refuses a query when it has more fields than the limit', () => {
  const binder = binderOf({ x: z.array(z.string()) }, { limits: { formFieldsMax: 2 } })
  assert.deepEqual(argsOf(binder, { query: 'x=1&x=2' }), { x: ['1', '2'] })
  assert.equal(messageOf(binder, { query: 'x=1&x=2&x=3' }), 'the query has too many fields')
})

test('bind() lets fields of the body alone that belong to authentication, not those of the query', () => {
  const binder = binderOf({ a: z.int() }, { ignored: ['USER', 'PASS'] })
  assert.deepEqual(argsOf(binder, { json: { USER: 'moe', PASS: 'secret', a: 1 } }), { a: 1 })
  assert.deepEqual(argsOf(binder, { form: 'USER=moe&PASS=secret&a=1' }), { a: 1 })
  assert.equal(messageOf(binder, { query: 'USER=moe&a=1' }), 'parameter "USER" is not expected')
})

test('bind() never repeats a value, and shortens long names', () => {
  const secret = 'correct horse battery staple'
  const binder = binderOf({ password: z.string().max(3), n: z.int(), e: z.enum(['a', 'b']) })
  assert.ok(!messageOf(binder, { json: { password: secret, n: secret, e: secret } }).includes(secret))
  assert.ok(!messageOf(binder, { form: `password=${secret}&n=${secret}&e=${secret}` }).includes(secret))
  assert.ok(messageOf(filter, { json: { [`"${'x'.repeat(5000)}`]: 1 } }).length < 200)
})

test('bind() waits for a schema that does, and gives its errors with the others', async () => {
  const free = z.string().refine(async (name) => (await Promise.resolve(name)) !== 'taken', 'is taken')
  const binder = binderOf({ name: free, age: z.int() })
  assert.deepEqual(await bindTo(binder, { form: 'name=new&age=3' }), { name: 'new', age: 3 })
  const refusal = await bindTo(binder, { form: 'name=taken&age=x' })
  assert.ok(refusal instanceof Refusal)
  assert.equal(refusal.message, 'parameter "age" must be an integer; parameter "name": is taken')
})

test('bind() lets a schema that throws be a fault', async () => {
  const binder = binderOf({
    x: z.string().refine(() => {
      throw new Error('bug')
    }),
  })
  await assert.rejects(async () => await bindTo(binder, { query: 'x=1' }), /bug/)
})

test('bind() uses the words of the schema when it has its own', () => {
  const binder = binderOf({ age: z.int({ error: 'please give your age in years' }), size: z.enum(['S', 'M']) })
  assert.equal(
    messageOf(binder, { query: 'age=old&size=XXL' }),
    'parameter "age": please give your age in years; parameter "size": Invalid option: expected one of "S"|"M"',
  )
})

test('bind() transforms after it has converted', () => {
  const binder = binderOf({
    double: z.int().transform((n) => n * 2),
    trimmed: z.string().trim().toLowerCase(),
    yes: z.stringbool(),
    csv: z.preprocess((text) => (typeof text === 'string' ? text.split(',') : text), z.array(z.string())),
    coerced: z.coerce.number(),
  })
  assert.deepEqual(argsOf(binder, { query: 'double=4&trimmed=+A+&yes=on&csv=a,b&coerced=5' }), {
    double: 8,
    trimmed: 'a',
    yes: true,
    csv: ['a', 'b'],
    coerced: 5,
  })
  const args = 'double=4&trimmed=a&yes=on&csv=a&coerced='
  for (const bad of ['0x10', '', '%20', '1e999'])
    assert.match(messageOf(binder, { query: args + bad }), /"coerced" must be/)
})
