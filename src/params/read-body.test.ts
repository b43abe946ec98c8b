import assert from 'node:assert/strict'
import { test } from 'node:test'
import { defaultLimits } from '../core/limits.ts'
import { Refusal } from '../core/refusal.ts'
import { receivedOf } from './bind.test-support.ts'
import { type ParsedBody, readParsedBody } from './read-body.ts'

const limits = { ...defaultLimits, formFieldsMax: 3, jsonDepthMax: 4 }

function read(
  body: string | Uint8Array,
  type: string,
  headers: Readonly<Record<string, string>> = {},
): ParsedBody | Refusal {
  const typed = type === '' ? headers : { 'content-type': type, ...headers }
  const outcome = readParsedBody(receivedOf(body, typed), { bodyBytesMax: 200, limits })
  assert.ok(!(outcome instanceof Promise), 'a body that is here already is read at once')
  return outcome
}

function refusalOf(body: string | Uint8Array, type: string, headers: Readonly<Record<string, string>> = {}): Refusal {
  const outcome = read(body, type, headers)
  assert.ok(outcome instanceof Refusal, `refused: ${type} ${String(body)}`)
  return outcome
}

function bodyOf(body: string | Uint8Array, type: string): ParsedBody {
  const outcome = read(body, type)
  assert.ok(!(outcome instanceof Refusal), outcome instanceof Refusal ? outcome.message : '')
  return outcome
}

test('readParsedBody() takes a body apart by its media type', () => {
  const json = bodyOf('{"a":1}', 'application/json')
  assert.equal(json.kind, 'json')
  assert.deepEqual(json.value, { a: 1 })
  assert.equal(json.fields.get('a'), 1)
  assert.equal(json.fields.get('toString'), undefined)
  const form = bodyOf('a=1&b=x+y&a=%C3%A9', 'application/x-www-form-urlencoded')
  assert.equal(form.kind, 'form')
  assert.deepEqual(form.fields.get('a'), ['1', 'é'])
  assert.equal(form.fields.get('b'), 'x y')
  const multipart = bodyOf(
    '--b\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n--b--',
    'multipart/form-data; boundary=b',
  )
  assert.equal(multipart.kind, 'multipart')
  assert.equal(multipart.fields.get('a'), '1')
  assert.equal(multipart.release, null)
})

test('readParsedBody() takes other spellings of the same types', () => {
  for (const type of [
    'Application/JSON',
    'application/json ; charset="UTF-8"',
    'application/merge-patch+json',
    'application/json;charset=utf-8;x=1',
  ]) {
    assert.equal(bodyOf('{}', type).kind, 'json', type)
  }
  assert.equal(bodyOf('a=1', 'application/x-www-form-urlencoded; charset=utf-8').kind, 'form')
})

test('readParsedBody() refuses other types with 415 and says which it takes', () => {
  const types = [
    '',
    'application/xml',
    'text/plain',
    'text/json',
    'json',
    'application/json; charset=latin1',
    'application/json; charset',
    'multipart/mixed; boundary=b',
    'application/json, text/html',
    'application/jsonx',
  ]
  for (const type of types) {
    const refusal = refusalOf('{}', type)
    assert.equal(refusal.status, 415, type)
    assert.deepEqual(refusal.headers, [
      'accept',
      'application/json, application/x-www-form-urlencoded, multipart/form-data',
    ])
  }
})

test('readParsedBody() refuses a compressed body, which could grow without bound', () => {
  for (const coding of ['gzip', 'br', 'deflate, gzip', 'x']) {
    const refusal = refusalOf('{}', 'application/json', { 'content-encoding': coding })
    assert.equal(refusal.status, 415)
    assert.deepEqual(refusal.headers, ['accept-encoding', 'identity'])
  }
  assert.ok(!(read('{}', 'application/json', { 'content-encoding': 'Identity' }) instanceof Refusal))
})

test('readParsedBody() refuses a part of what is put, which would be taken for the whole', () => {
  const received = receivedOf('{"a":1}', { 'content-type': 'application/json', 'content-range': 'bytes 0-6/100' })
  for (const [method, isRefused] of [
    ['PUT', true],
    ['POST', false],
  ] as const) {
    const outcome = readParsedBody({ ...received, method }, { bodyBytesMax: 200, limits })
    assert.equal(outcome instanceof Refusal && outcome.status === 400, isRefused, method)
  }
})

test('readParsedBody() takes no bytes for no body, whatever the type', () => {
  for (const type of [
    '',
    'application/json',
    'application/xml',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=b',
  ]) {
    assert.equal(bodyOf('', type).kind, 'none', type)
  }
})

test('readParsedBody() refuses malformed JSON with 400 and its reason', () => {
  const cases: readonly (readonly [string | Uint8Array, RegExp])[] = [
    ['{"stuff":', /not valid JSON/],
    [' ', /not valid JSON/],
    ['{"a":1}x', /not valid JSON/],
    ['\ufeff{}', /not valid JSON/],
    [Uint8Array.of(0x22, 0xff, 0x22), /not valid UTF-8/],
    ['[[[[[]]]]]', /nests deeper than 4/],
    ['{"a":1,"a":2}', /a name twice/],
    ['{"x":[{"a":1,"\\u0061":":"}]}', /a name twice/],
    ['{"__proto__":{"isAdmin":true}}', /"__proto__"/],
    ['{"a":{"\\u005f_proto__":1}}', /"__proto__"/],
  ]
  for (const [body, message] of cases) {
    const refusal = refusalOf(body, 'application/json')
    assert.equal(refusal.code, 'PARAMS_MALFORMED')
    assert.match(refusal.message, message)
  }
})

test('readParsedBody() keeps colons inside strings apart from those of members', () => {
  const value = { 'a:b': 'c:d', e: ['"f":1', '\\', { g: '\\":' }], h: {}, i: [] }
  assert.deepEqual(bodyOf(JSON.stringify(value), 'application/json').value, value)
})

test('readParsedBody() refuses a form that is malformed or has too many fields', () => {
  const form = 'application/x-www-form-urlencoded'
  assert.equal(refusalOf(Uint8Array.of(0x61, 0x3d, 0xff), form).code, 'PARAMS_MALFORMED')
  assert.equal(refusalOf('%ff=1', form).code, 'PARAMS_MALFORMED')
  assert.equal(refusalOf('a=1&b=2&c=3&d=4', form).status, 413)
  assert.deepEqual([...bodyOf('a=%ff&b=1', form).problems], [['a', 'is not valid percent-encoded UTF-8']])
  assert.equal(bodyOf('a=\u00e9', form).fields.get('a'), 'é')
})

test('readParsedBody() refuses a multipart form that is malformed, has too many parts or no boundary', () => {
  const part = '--b\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n'
  assert.equal(refusalOf('x', 'multipart/form-data; boundary=b').code, 'PARAMS_MALFORMED')
  assert.equal(refusalOf(part, 'multipart/form-data; boundary=b').code, 'PARAMS_MALFORMED')
  assert.equal(refusalOf(`${part}--b--`, 'multipart/form-data').code, 'PARAMS_MALFORMED')
  assert.equal(refusalOf(`${part}--b--`, 'multipart/form-data; boundary="a "').code, 'PARAMS_MALFORMED')
  assert.equal(
    refusalOf('--b\r\nContent-Disposition: form-data; name=a\r\n\r\n\r\n'.repeat(4), 'multipart/form-data; boundary=b')
      .status,
    413,
  )
})

test('readParsedBody() notes a part whose text is not UTF-8, and files that nobody declared', () => {
  const part = (head: string, data: string): string =>
    `--b\r\nContent-Disposition: form-data; ${head}\r\n\r\n${data}\r\n`
  const text = `${part('name="a"\r\nContent-Type: text/plain; charset=latin1', 'x')}${part('name="f"; filename="x"', 'data')}--b--`
  const body = bodyOf(text, 'multipart/form-data; boundary=b')
  assert.deepEqual([...body.problems], [['a', 'is not valid UTF-8']])
  assert.deepEqual(body.strayFiles, ['f'])
  assert.deepEqual([...body.fields.keys()], [])
})

test('readParsedBody() refuses a body beyond its limit', () => {
  assert.equal(refusalOf(`"${'x'.repeat(300)}"`, 'application/json').status, 413)
})

test('readParsedBody() refuses another type before the body is sent, where its length is known', () => {
  const headers = { 'content-type': 'text/plain', 'content-length': '5' }
  const unread = (): never => assert.fail('the body is read')
  const outcome = readParsedBody({ ...receivedOf('hello', headers), readBody: unread }, { bodyBytesMax: 200, limits })
  assert.ok(outcome instanceof Refusal)
  assert.equal(outcome.status, 415)
})
