import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Refusal } from '../core/refusal.ts'
import { httpMessages } from './http-messages.ts'

type Given = readonly [method: string, path: string, body: string] | { readonly refused: number }

function decode(chunks: readonly Uint8Array[]): readonly Given[] {
  const decoder = httpMessages.createDecoder(10)
  const given: Given[] = []
  for (const chunk of chunks) {
    decoder.push(chunk)
    for (let request = decoder.next(); request !== undefined; request = decoder.next()) {
      if (request instanceof Refusal) return [...given, { refused: request.status }]
      given.push([request.method, request.path, Buffer.from(request.body).toString()])
    }
  }
  const last = decoder.end()
  return last instanceof Refusal ? [...given, { refused: last.status }] : given
}

const HOST = 'Host: x\r\n'
const VECTORS: readonly { readonly name: string; readonly text: string; readonly given: readonly Given[] }[] = [
  { name: 'one request', text: `GET /a?b HTTP/1.1\r\n${HOST}\r\n`, given: [['GET', '/a', '']] },
  {
    name: 'two requests, the first with a body',
    text: `POST /a HTTP/1.1\r\n${HOST}Content-Length: 2\r\n\r\nhiGET /b HTTP/1.1\r\n${HOST}\r\n`,
    given: [
      ['POST', '/a', 'hi'],
      ['GET', '/b', ''],
    ],
  },
  {
    name: 'a chunked body',
    text: `PUT /a HTTP/1.1\r\n${HOST}Transfer-Encoding: chunked\r\n\r\n2\r\nab\r\n1\r\nc\r\n0\r\n\r\n`,
    given: [['PUT', '/a', 'abc']],
  },
  {
    name: 'a body beyond the bound',
    text: `PUT /a HTTP/1.1\r\n${HOST}Content-Length: 11\r\n\r\n`,
    given: [{ refused: 413 }],
  },
  {
    name: 'a chunked body beyond the bound',
    text: `PUT /a HTTP/1.1\r\n${HOST}Transfer-Encoding: chunked\r\n\r\nb\r\n01234567890\r\n`,
    given: [{ refused: 413 }],
  },
  { name: 'no host', text: 'GET / HTTP/1.1\r\n\r\n', given: [{ refused: 400 }] },
  { name: 'half a request', text: `GET / HTTP/1.1\r\n${HOST}`, given: [{ refused: 400 }] },
  { name: 'half a body', text: `PUT / HTTP/1.1\r\n${HOST}Content-Length: 2\r\n\r\na`, given: [{ refused: 400 }] },
]

for (const { name, text, given } of VECTORS) {
  const bytes = Buffer.from(text, 'latin1')
  test(`httpMessages decodes ${name}, whole and split at every byte`, () => {
    assert.deepEqual(decode([bytes]), given)
    for (let at = 1; at < bytes.length; at++)
      assert.deepEqual(decode([bytes.subarray(0, at), bytes.subarray(at)]), given)
    assert.deepEqual(decode([...bytes].map((byte) => Uint8Array.of(byte))), given)
  })
}

const encode = (response: Parameters<typeof httpMessages.encode>[0]): string =>
  Buffer.from(httpMessages.encode(response)).toString()

test('httpMessages encodes a response with the length of its body in bytes', () => {
  const headers = ['content-type', 'text/plain']
  assert.equal(
    encode({ status: 200, headers, body: 'é' }),
    'HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ncontent-length: 2\r\n\r\né',
  )
  assert.equal(encode({ status: 204, isLast: true }), 'HTTP/1.1 204 No Content\r\nconnection: close\r\n\r\n')
  assert.equal(
    encode({ status: 204, dateMs: 784_111_777_000 }),
    'HTTP/1.1 204 No Content\r\ndate: Sun, 06 Nov 1994 08:49:37 GMT\r\n\r\n',
  )
  assert.equal(encode({ status: 200, body: 'abc', isHead: true }), 'HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\n')
})

test('httpMessages refuses to encode a header that would start another one', () => {
  assert.throws(() => encode({ status: 200, headers: ['x', 'a\r\nset-cookie: b'] }), TypeError)
})
