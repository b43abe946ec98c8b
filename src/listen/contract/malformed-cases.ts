import assert from 'node:assert/strict'
import { setUp } from './contract-setup.ts'
import type { ListenerCase } from './contract-setup.ts'

/** One message that must not be served, and how it is refused. */
export interface Malformed {
  readonly what: string
  readonly bytes: string
  readonly status: number
  /** Refused by a strict reader only. */
  readonly isStrict?: boolean
  /** Told by a status of its own. */
  readonly isOwn?: boolean
}

const SMUGGLED = 'GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n'
const request = (fields: string, body = ''): string =>
  `POST / HTTP/1.1\r\nHost: a\r\n${fields}\r\n\r\n${body}${SMUGGLED}`
const line = (first: string): string => `${first}\r\nHost: a\r\n\r\n${SMUGGLED}`

export const malformedMessages: readonly Malformed[] = [
  { what: 'both lengths', bytes: request('Content-Length: 5\r\nTransfer-Encoding: chunked', '0\r\n\r\n'), status: 400 },
  {
    what: 'both lengths the other way',
    bytes: request('Transfer-Encoding: chunked\r\nContent-Length: 5'),
    status: 400,
  },
  { what: 'two different lengths', bytes: request('Content-Length: 1\r\nContent-Length: 2', 'xx'), status: 400 },
  { what: 'the same length twice', bytes: request('Content-Length: 1\r\nContent-Length: 1', 'x'), status: 400 },
  { what: 'a list of lengths', bytes: request('Content-Length: 1, 1', 'x'), status: 400 },
  { what: 'a length with a sign', bytes: request('Content-Length: +1', 'x'), status: 400 },
  { what: 'a negative length', bytes: request('Content-Length: -1'), status: 400 },
  { what: 'a hexadecimal length', bytes: request('Content-Length: 0x1', 'x'), status: 400 },
  { what: 'an empty length', bytes: request('Content-Length:'), status: 400 },
  { what: 'a length of words', bytes: request('Content-Length: 1 0', 'x'), status: 400 },
  {
    what: 'a length beyond all numbers',
    bytes: request('Content-Length: 99999999999999999999'),
    status: 413,
    isOwn: true,
  },
  { what: 'identity coding', bytes: request('Transfer-Encoding: identity'), status: 400 },
  { what: 'chunked twice', bytes: request('Transfer-Encoding: chunked, chunked'), status: 400, isStrict: true },
  {
    what: 'chunked in two fields',
    bytes: request('Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked'),
    status: 400,
    isStrict: true,
  },
  { what: 'chunked not last', bytes: request('Transfer-Encoding: chunked, gzip'), status: 400 },
  { what: 'gzip before chunked', bytes: request('Transfer-Encoding: gzip, chunked'), status: 501, isStrict: true },
  { what: 'a coding that only looks chunked', bytes: request('Transfer-Encoding: xchunked'), status: 400 },
  { what: 'chunked with a vertical tab', bytes: request('Transfer-Encoding: \x0bchunked'), status: 400 },
  { what: 'chunked with a parameter', bytes: request('Transfer-Encoding: chunked;q=1'), status: 400 },
  { what: 'an empty coding', bytes: request('Transfer-Encoding:'), status: 400, isStrict: true },
  {
    what: 'chunks in HTTP/1.0',
    bytes: 'POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
    status: 400,
    isStrict: true,
  },
  { what: 'no Host', bytes: `GET / HTTP/1.1\r\n\r\n${SMUGGLED}`, status: 400 },
  { what: 'two Hosts', bytes: request('Host: b'), status: 400 },
  { what: 'the same Host twice', bytes: request('Host: a'), status: 400 },
  { what: 'a Host with a path', bytes: 'GET / HTTP/1.1\r\nHost: a/b\r\n\r\n', status: 400 },
  { what: 'a Host with a user', bytes: 'GET / HTTP/1.1\r\nHost: u@a\r\n\r\n', status: 400 },
  { what: 'a Host with a space', bytes: 'GET / HTTP/1.1\r\nHost: a b\r\n\r\n', status: 400 },
  { what: 'a Host with a bad port', bytes: 'GET / HTTP/1.1\r\nHost: a:b\r\n\r\n', status: 400 },
  { what: 'a folded field', bytes: request('X: a\r\n b'), status: 400 },
  { what: 'a folded first field', bytes: 'GET / HTTP/1.1\r\n X: a\r\nHost: a\r\n\r\n', status: 400 },
  { what: 'a space before the colon', bytes: request('X : a'), status: 400 },
  { what: 'a tab before the colon', bytes: request('X\t: a'), status: 400 },
  { what: 'a field without a colon', bytes: request('X'), status: 400 },
  { what: 'a field without a name', bytes: request(': a'), status: 400 },
  { what: 'a name with a space', bytes: request('X Y: a'), status: 400 },
  { what: 'a name beyond ASCII', bytes: request('X\xe9: a'), status: 400 },
  { what: 'NUL in a value', bytes: request('X: a\0b'), status: 400 },
  { what: 'a control character in a value', bytes: request('X: a\x01b'), status: 400 },
  { what: 'DEL in a value', bytes: request('X: a\x7fb'), status: 400, isStrict: true },
  { what: 'a bare CR in a value', bytes: request('X: a\rb'), status: 400 },
  { what: 'a bare CR at the end', bytes: 'GET / HTTP/1.1\r\nHost: a\r\n\rGET / HTTP/1.1\r\n\r\n', status: 400 },
  { what: 'a bare LF after the request line', bytes: 'GET / HTTP/1.1\nHost: a\r\n\r\n', status: 400 },
  { what: 'a bare LF after a field', bytes: 'GET / HTTP/1.1\r\nHost: a\nX: b\r\n\r\n', status: 400 },
  { what: 'a bare LF as the end', bytes: 'GET / HTTP/1.1\r\nHost: a\r\n\nGET', status: 400 },
  { what: 'two spaces in the request line', bytes: line('GET  / HTTP/1.1'), status: 400, isStrict: true },
  { what: 'a tab in the request line', bytes: line('GET\t/ HTTP/1.1'), status: 400 },
  { what: 'a space in the target', bytes: line('GET /a b HTTP/1.1'), status: 400 },
  { what: 'a space after the version', bytes: line('GET / HTTP/1.1 '), status: 400 },
  { what: 'a fragment', bytes: line('GET /a#b HTTP/1.1'), status: 400 },
  { what: 'a target beyond ASCII', bytes: line('GET /\xe9 HTTP/1.1'), status: 400, isStrict: true },
  { what: 'NUL in the target', bytes: line('GET /\0 HTTP/1.1'), status: 400 },
  { what: 'a target without a slash', bytes: line('GET foo HTTP/1.1'), status: 400 },
  { what: 'an asterisk for GET', bytes: line('GET * HTTP/1.1'), status: 400 },
  { what: 'an absolute target with a user', bytes: line('GET http://u:p@a/ HTTP/1.1'), status: 400 },
  { what: 'an absolute target without a host', bytes: line('GET http:///a HTTP/1.1'), status: 400 },
  { what: 'an absolute target of another scheme', bytes: line('GET ftp://a/ HTTP/1.1'), status: 400 },
  { what: 'HTTP/0.9', bytes: 'GET /\r\n', status: 400, isStrict: true },
  { what: 'HTTP/2.0 in so many words', bytes: line('GET / HTTP/2.0'), status: 400 },
  { what: 'the preface of HTTP/2', bytes: 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', status: 400 },
  { what: 'a version in lower case', bytes: line('GET / http/1.1'), status: 400 },
  { what: 'a version of two digits', bytes: line('GET / HTTP/1.10'), status: 400 },
  { what: 'a method with a wrong character', bytes: line('GE(T / HTTP/1.1'), status: 400 },
  { what: 'the start of TLS', bytes: '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n', status: 400 },
  { what: 'CONNECT', bytes: line('CONNECT a:443 HTTP/1.1'), status: 400 },
  {
    what: 'an unknown expectation',
    bytes: request('Expect: 200-ok\r\nContent-Length: 1', 'x'),
    status: 417,
    isOwn: true,
  },
]

const CHUNKS: readonly Pick<Malformed, 'what' | 'bytes' | 'isStrict'>[] = [
  { what: 'a size that is not hexadecimal', bytes: 'g\r\n' },
  { what: 'an empty size', bytes: '\r\n' },
  { what: 'a size with a prefix', bytes: '0x1\r\na\r\n0\r\n\r\n' },
  { what: 'a size with a sign', bytes: '-1\r\na\r\n0\r\n\r\n' },
  { what: 'a size beyond all numbers', bytes: 'fffffffffffffffff\r\n' },
  { what: 'a size and a space', bytes: '1 \r\na\r\n0\r\n\r\n' },
  { what: 'a size that ends with LF', bytes: '1\na\r\n0\r\n\r\n' },
  { what: 'a size that ends with CR', bytes: '1\ra\r\n0\r\n\r\n' },
  { what: 'data that is longer than its size', bytes: '1\r\nab\r\n0\r\n\r\n' },
  { what: 'data that ends with LF', bytes: '1\r\na\n0\r\n\r\n' },
  { what: 'an extension without a name', bytes: '1;\r\na\r\n0\r\n\r\n' },
  { what: 'an extension with a bare LF', bytes: '1;a\nb\r\na\r\n0\r\n\r\n' },
  { what: 'an extension with an open quote', bytes: '1;a="b\r\na\r\n0\r\n\r\n' },
  { what: 'a trailer without a colon', bytes: '0\r\nX\r\n\r\n' },
  { what: 'a folded trailer', bytes: '0\r\nX: a\r\n b\r\n\r\n' },
  { what: 'a trailer that ends with LF', bytes: '0\r\nX: a\n\r\n' },
]

/** What is ambiguous or wrong gets a 4xx or 5xx, the connection ends, and nothing behind it is served. */
export const malformedCases: readonly ListenerCase[] = [
  ...malformedMessages.map(({ what, bytes, status, isStrict, isOwn }): ListenerCase => ({
    name: `${what} is refused with ${status}`,
    omission: isStrict === true ? 'strict' : undefined,
    run: async (contract, t) => {
      const { client, app } = await setUp(contract, t)
      const peer = await client()
      peer.send(bytes)
      const reply = await peer.reply()
      const isMerged = isOwn === true && contract.omits?.['own-status'] !== undefined
      assert.equal(reply.status, isMerged ? reply.status : status)
      assert.ok(reply.status >= 400 && reply.status !== 500)
      assert.deepEqual(reply.headers.get('connection'), ['close'])
      assert.equal(await peer.ended(), '')
      assert.deepEqual(app.began, [])
    },
  })),
  ...CHUNKS.map(({ what, bytes }): ListenerCase => ({
    name: `a chunked body with ${what} is refused`,
    run: async (contract, t) => {
      const { client, app } = await setUp(contract, t)
      const peer = await client()
      peer.send(`POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n${bytes}${SMUGGLED}`)
      const reply = await peer.reply()
      assert.equal(reply.status, 400)
      assert.equal(await peer.ended(), '')
      assert.equal(app.began.includes('/smuggled'), false)
    },
  })),
]
