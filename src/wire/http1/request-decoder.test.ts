import assert from 'node:assert/strict'
import { test } from 'node:test'
import { defaultLimits } from '../../core/limits.ts'
import { RequestDecoder, STEP_END, STEP_HEAD, STEP_MORE, STEP_PIECE } from './request-decoder.ts'
import type { DecoderLimits } from './request-decoder.ts'

const H = 'Host: a\r\n'

const LENT = Buffer.alloc(128 * 1024)

/** Bytes that stay, or bytes of a buffer that is overwritten as soon as `keep` was called. */
function feed(decoder: RequestDecoder, piece: string, isLent: boolean): void {
  if (isLent) decoder.lend(LENT, LENT.write(piece, 'latin1'))
  else decoder.push(Buffer.from(piece, 'latin1'))
}

function takeBack(decoder: RequestDecoder): void {
  decoder.keep()
  LENT.fill('!')
}

/** What the decoder says about bytes that come in these pieces, as lines of text. */
function transcribe(
  pieces: readonly string[],
  limits: DecoderLimits = defaultLimits,
  isLent = false,
): readonly string[] {
  const decoder = new RequestDecoder(limits)
  const lines: string[] = []
  let views: Uint8Array[] = []
  const takeBody = (): string => {
    if (isLent) takeBack(decoder)
    const body = Buffer.concat(views).toString('latin1')
    views = []
    return body
  }
  for (const piece of pieces) {
    feed(decoder, piece, isLent)
    for (let step = decoder.next(); step !== STEP_MORE; step = decoder.next()) {
      if (step === STEP_HEAD) {
        const { method, path, query, host, facts } = decoder.head
        const { bodyLength, isPersistent, expectsContinue, wantsUpgrade, isForwarded } = facts
        const flags = [
          isPersistent ? '' : ' close',
          expectsContinue ? ' continue' : '',
          wantsUpgrade ? ' upgrade' : '',
          isForwarded ? ' forwarded' : '',
        ]
        lines.push(`${method} ${path} [${query}] @${host} ${bodyLength}${flags.join('')}`)
      } else if (step === STEP_PIECE) {
        views.push(decoder.piece)
      } else if (step === STEP_END) {
        lines.push(`body ${takeBody()}`)
      } else {
        lines.push(
          `refused ${decoder.refusal?.code}: ${decoder.refusal?.message.replace('the request is malformed: ', '')}`,
        )
        return lines
      }
    }
    if (isLent) takeBack(decoder)
  }
  const body = takeBody()
  if (body !== '') lines.push(`part ${body}`)
  return lines
}

/** The same outcome whole, cut in two at every byte, and byte by byte; with bytes that stay and with lent ones. */
function assertDecodes(bytes: string, expected: readonly string[], limits?: DecoderLimits): void {
  for (const isLent of [false, true]) {
    const how = isLent ? ', lent' : ''
    assert.deepEqual(transcribe([bytes], limits, isLent), expected, `whole${how}`)
    for (let i = 1; i < bytes.length; i += 1) {
      assert.deepEqual(transcribe([bytes.slice(0, i), bytes.slice(i)], limits, isLent), expected, `cut at ${i}${how}`)
    }
    assert.deepEqual(transcribe([...bytes], limits, isLent), expected, `byte by byte${how}`)
  }
}

const accepted: readonly (readonly [what: string, bytes: string, lines: readonly string[]])[] = [
  ['the origin form', `GET /a/b?c=d?e HTTP/1.1\r\n${H}\r\n`, ['GET /a/b [c=d?e] @a 0']],
  ['an empty query', `GET /a? HTTP/1.1\r\n${H}\r\n`, ['GET /a [] @a 0']],
  ['the absolute form', `GET HTTP://B:8/c?d HTTP/1.1\r\n${H}\r\n`, ['GET /c [d] @b:8 0']],
  ['the absolute form without a path', `GET http://b?d HTTP/1.1\r\n${H}\r\n`, ['GET / [d] @b 0']],
  ['the absolute form for OPTIONS of a server', `OPTIONS http://b HTTP/1.1\r\n${H}\r\n`, ['OPTIONS * [] @b 0']],
  ['the asterisk form', `OPTIONS * HTTP/1.1\r\n${H}\r\n`, ['OPTIONS * [] @a 0']],
  ['a method of its own', `M-SEARCH! /x HTTP/1.1\r\n${H}\r\n`, ['M-SEARCH! /x [] @a 0']],
  ['a method in lower case as another one', `get / HTTP/1.1\r\n${H}\r\n`, ['get / [] @a 0']],
  ['a later minor version as 1.1', `GET / HTTP/1.7\r\n${H}\r\n`, ['GET / [] @a 0']],
  ['HTTP/1.0', 'GET / HTTP/1.0\r\n\r\n', ['GET / [] @ 0 close']],
  ['HTTP/1.0 that stays', `GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n`, ['GET / [] @ 0']],
  ['close', `GET / HTTP/1.1\r\n${H}Connection: foo , CLOSE\r\n\r\n`, ['GET / [] @a 0 close']],
  ['an empty Host', 'GET / HTTP/1.1\r\nHost:\r\n\r\n', ['GET / [] @ 0']],
  ['an IPv6 Host', 'GET / HTTP/1.1\r\nHOST: [2001:DB8::1]:80\r\n\r\n', ['GET / [] @[2001:db8::1]:80 0']],
  ['blanks around a value', 'GET / HTTP/1.1\r\nHost:\t  a \t\r\n\r\n', ['GET / [] @a 0']],
  ['an empty line first', `\r\nGET / HTTP/1.1\r\n${H}\r\n`, ['GET / [] @a 0']],
  ['an upgrade', `GET / HTTP/1.1\r\n${H}Connection: Upgrade\r\nUpgrade: w\r\n\r\n`, ['GET / [] @a 0 upgrade']],
  ['an upgrade that nobody asked for', `GET / HTTP/1.1\r\n${H}Upgrade: w\r\n\r\n`, ['GET / [] @a 0']],
  ['a forwarded request', `GET / HTTP/1.1\r\n${H}X-Forwarded-For: b\r\n\r\n`, ['GET / [] @a 0 forwarded']],
  ['a proxy’s request', `GET / HTTP/1.1\r\nVia: b\r\n${H}\r\n`, ['GET / [] @a 0 forwarded']],
  ['a length', `POST / HTTP/1.1\r\n${H}Content-Length: 3\r\n\r\nabc`, ['POST / [] @a 3', 'body abc']],
  ['a length with zeros', `POST / HTTP/1.1\r\n${H}CONTENT-LENGTH: 0003\r\n\r\nabc`, ['POST / [] @a 3', 'body abc']],
  ['a length of nothing', `POST / HTTP/1.1\r\n${H}Content-Length: 0\r\n\r\n`, ['POST / [] @a 0']],
  ['half a body', `POST / HTTP/1.1\r\n${H}Content-Length: 9\r\n\r\nabc`, ['POST / [] @a 9', 'part abc']],
  [
    'chunks',
    `POST / HTTP/1.1\r\n${H}Transfer-Encoding: CHUNKED\r\n\r\n1\r\na\r\nA\r\n0123456789\r\n0\r\n\r\n`,
    ['POST / [] @a -1', 'body a0123456789'],
  ],
  ['no chunk', `POST / HTTP/1.1\r\n${H}Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n`, ['POST / [] @a -1', 'body ']],
  [
    'extensions and trailers',
    `POST / HTTP/1.1\r\n${H}Transfer-Encoding: chunked\r\n\r\n1 ; a = b;c="d;\\"\r" ;e\r\nx\r\n0;f\r\nT: u\r\nV:\r\n\r\n`.replace(
      '\r"',
      '"',
    ),
    ['POST / [] @a -1', 'body x'],
  ],
  [
    'an expectation',
    `POST / HTTP/1.1\r\n${H}Expect: 100-Continue\r\nContent-Length: 1\r\n\r\nx`,
    ['POST / [] @a 1 continue', 'body x'],
  ],
  ['two requests', `GET /1 HTTP/1.1\r\n${H}\r\nGET /2 HTTP/1.1\r\n${H}\r\n`, ['GET /1 [] @a 0', 'GET /2 [] @a 0']],
  [
    'a line between requests',
    `POST /1 HTTP/1.1\r\n${H}Content-Length: 1\r\n\r\nx\r\nGET /2 HTTP/1.1\r\n${H}\r\n`,
    ['POST /1 [] @a 1', 'body x', 'GET /2 [] @a 0'],
  ],
  ['a request and the start of one', `GET /1 HTTP/1.1\r\n${H}\r\nGET /2 HT`, ['GET /1 [] @a 0']],
]

for (const [what, bytes, lines] of accepted) {
  test(`RequestDecoder decodes ${what}, however it is cut`, () => assertDecodes(bytes, lines))
}

const field = (text: string): string => `GET / HTTP/1.1\r\n${H}${text}\r\n\r\n`
const NAME = 'a field name is not a token before a colon'
const VALUE = 'a field value has a control character'
const LINE = 'the request line does not end with a version and CRLF'
const TARGET = 'the target has a wrong character'
const END = 'a line does not end with CRLF'

const malformed: readonly (readonly [what: string, bytes: string, message: string])[] = [
  ['a second empty line first', '\r\n\r\nGET / HTTP/1.1\r\n', 'the method is not a token'],
  ['LF first', '\nGET / HTTP/1.1\r\n', 'the method is not a token'],
  ['CR first', '\rGET / HTTP/1.1\r\n', 'the method is not a token'],
  ['a space first', ' GET / HTTP/1.1\r\n', 'the method is not a token'],
  ['a bad method', 'GE(T / HTTP/1.1\r\n', 'the method is not a token'],
  ['no target', 'GET HTTP/1.1\r\n', TARGET],
  ['two spaces', 'GET  / HTTP/1.1\r\n', TARGET],
  ['a fragment', 'GET /#a HTTP/1.1\r\n', TARGET],
  ['NUL in the target', 'GET /\0 HTTP/1.1\r\n', TARGET],
  ['a byte beyond ASCII in the target', 'GET /\xff HTTP/1.1\r\n', TARGET],
  ['a fragment in the query', 'GET /?b#a HTTP/1.1\r\n', TARGET],
  ['HTTP/0.9', 'GET /\r\n', TARGET],
  ['a version in lower case', 'GET / http/1.1\r\n', LINE],
  ['another protocol', 'GET / RTSP/1.0\r\n', LINE],
  ['a long version', 'GET / HTTP/1.10\r\n', LINE],
  ['a blank after the version', 'GET / HTTP/1.1 \r\n', LINE],
  ['LF after the version', 'GET / HTTP/1.1\n', LINE],
  ['CR after the version', 'GET / HTTP/1.1\rH', LINE],
  ['a version without a digit', 'GET / HTTP/x.1\r\n', 'the version has no digit'],
  [
    'the authority form',
    'CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\n',
    'the target has a form that its method may not use',
  ],
  ['a relative target', 'GET foo HTTP/1.1\r\nHost: a\r\n\r\n', 'the target has a form that its method may not use'],
  ['an asterisk', 'GET * HTTP/1.1\r\nHost: a\r\n\r\n', 'the target has a form that its method may not use'],
  ['a fold', 'GET / HTTP/1.1\r\nX: a\r\n b\r\n', 'a field is folded'],
  ['a fold by tab', 'GET / HTTP/1.1\r\nX: a\r\n\tb\r\n', 'a field is folded'],
  ['a space before the colon', field('X : a'), NAME],
  ['an empty name', field(': a'), NAME],
  ['a name beyond ASCII', field('\xe9: a'), NAME],
  ['a line without a colon', field('X'), NAME],
  ['LF as the end', `GET / HTTP/1.1\r\n${H}\n`, NAME],
  ['NUL in a value', field('X: \0'), VALUE],
  ['DEL in a value', field('X: \x7f'), VALUE],
  ['LF in a value', field('X: a\nY: b'), VALUE],
  ['CR in a value', field('X: a\rY: b'), END],
  ['CR at the end', `GET / HTTP/1.1\r\n${H}\rX`, END],
  ['no Host', 'GET / HTTP/1.1\r\n\r\n', 'Host is missing'],
  ['two Hosts', field('host: a'), 'Host is there twice'],
  ['a bad Host', 'GET / HTTP/1.0\r\nHost: a/b\r\n\r\n', 'Host is not a host with a port'],
  ['a Host with a user', 'GET / HTTP/1.1\r\nHost: u@b\r\n\r\n', 'Host is not a host with a port'],
  ['two lengths', field('Content-Length: 1\r\nContent-Length: 1'), 'Content-Length is there twice'],
  ['a list of lengths', field('Content-Length: 1,1'), 'Content-Length is not a number'],
  ['a signed length', field('Content-Length: +1'), 'Content-Length is not a number'],
  ['an empty length', field('Content-Length: '), 'Content-Length is empty'],
  [
    'both framings',
    field('Content-Length: 1\r\nTransfer-Encoding: chunked'),
    'Content-Length and Transfer-Encoding exclude each other',
  ],
  ['chunked twice', field('Transfer-Encoding: chunked, chunked'), 'Transfer-Encoding is not one final chunked'],
  [
    'chunked in two fields',
    field('Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked'),
    'Transfer-Encoding is not one final chunked',
  ],
  ['identity', field('Transfer-Encoding: identity'), 'Transfer-Encoding is not one final chunked'],
  ['an empty coding', field('Transfer-Encoding: '), 'Transfer-Encoding is not one final chunked'],
  ['chunks in HTTP/1.0', 'POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n', 'Transfer-Encoding needs HTTP/1.1'],
]

for (const [what, bytes, message] of malformed) {
  test(`RequestDecoder refuses ${what}, however it is cut`, () => {
    assertDecodes(bytes, [`refused LISTEN_BAD_REQUEST: ${message}`])
  })
}

test('RequestDecoder takes each octet that a field value may hold, wherever it stands, and no other', () => {
  for (let octet = 0; octet < 256; octet += 1) {
    const isValue = octet === 9 || (octet >= 0x20 && octet !== 0x7f)
    for (let before = 1; before <= 8; before += 1) {
      const value = `${'v'.repeat(before)}${String.fromCharCode(octet)}wwwww`
      const [line = ''] = transcribe([`GET / HTTP/1.1\r\n${H}A: ${value}\r\n\r\n`])
      assert.equal(!line.startsWith('refused'), isValue, `octet ${octet} after ${before}`)
    }
  }
})

const chunked = `POST / HTTP/1.1\r\n${H}Transfer-Encoding: chunked\r\n\r\n`
const badChunks: readonly string[] = [
  '\r\n',
  'g\r\n',
  ' 1\r\n',
  '1 \r\n',
  '1\n',
  '1\rx',
  '-1\r\n',
  '0x1\r\n',
  '20000000000000\r\n',
  '1;\r\n',
  '1;=a\r\n',
  '1;a=\r\n',
  '1;a b\r\n',
  '1;a="b\r\n',
  '1;a="b\x01"\r\n',
  '1;a="\\\x01"\r\n',
  '1;a="b"c\r\n',
  '1;a=b c\r\n',
  '1;a\n',
]

test('RequestDecoder refuses malformed chunks, however they are cut', () => {
  for (const chunk of badChunks) {
    const expected = ['POST / [] @a -1', 'refused LISTEN_BAD_REQUEST: a chunk is not well-formed']
    assertDecodes(chunked + chunk, expected)
  }
})

test('RequestDecoder refuses wrong ends of chunks and trailers, however they are cut', () => {
  const wrong = 'refused LISTEN_BAD_REQUEST: a chunk is not well-formed'
  const ends = [
    '1\r\nab',
    '1\r\na\n',
    '1\r\na\rb',
    '0\r\nX\r\n',
    '0\r\n X: a\r\n',
    '0\r\nX: \0',
    '0\r\nX: a\n',
    '0\r\n\n',
    '0\r\n\rX',
  ]
  for (const end of ends) assert.equal(transcribe([chunked + end]).at(-1), wrong, JSON.stringify(end))
  for (const end of ends) assert.equal(transcribe([...(chunked + end)]).at(-1), wrong, JSON.stringify(end))
})

test('RequestDecoder tells what it does not implement from what is malformed', () => {
  const cases: readonly (readonly [string, string])[] = [
    [field('Transfer-Encoding: gzip, chunked'), 'LISTEN_NOT_IMPLEMENTED'],
    ['PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 'LISTEN_VERSION'],
    ['GET / HTTP/0.9\r\n', 'LISTEN_VERSION'],
    [field('Expect: 200-ok'), 'LISTEN_EXPECTATION'],
    [field('Content-Length: 9007199254740993'), 'LISTEN_BODY_TOO_LARGE'],
  ]
  for (const [bytes, code] of cases) {
    for (const pieces of [[bytes], [...bytes]]) assert.match(transcribe(pieces).join(), new RegExp(`^refused ${code}`))
  }
})

test('RequestDecoder keeps to its limits, however the head is cut', () => {
  const small = { ...defaultLimits, headerLineBytesMax: 40, headBytesMax: 100, headersMax: 3, urlBytesMax: 20 }
  const codeOf = (bytes: string): string => {
    const whole = transcribe([bytes], small).join()
    assert.equal(transcribe([...bytes], small).join(), whole)
    return whole.replace(/:.*/, '').replace(/^refused /, '')
  }
  assert.equal(codeOf(`GET /${'a'.repeat(19)} HTTP/1.1\r\n${H}\r\n`), `GET /${'a'.repeat(19)} [] @a 0`)
  assert.equal(codeOf(`GET /${'a'.repeat(20)} HTTP/1.1\r\n`), 'LISTEN_URL_TOO_LONG')
  assert.equal(codeOf(`GET /?${'a'.repeat(19)}`), 'LISTEN_URL_TOO_LONG')
  assert.equal(codeOf(`GET /${'a'.repeat(50)}`), 'LISTEN_URL_TOO_LONG')
  assert.equal(codeOf('G'.repeat(50)), 'LISTEN_BAD_REQUEST')
  assert.equal(codeOf(`GET / HTTP/1.1\r\n${H}X: ${'a'.repeat(37)}\r\n\r\n`), 'GET / [] @a 0')
  assert.equal(codeOf(`GET / HTTP/1.1\r\n${H}X: ${'a'.repeat(38)}\r\n\r\n`), 'LISTEN_HEAD_TOO_LARGE')
  assert.equal(codeOf(`GET / HTTP/1.1\r\n${H}X: ${'a'.repeat(60)}`), 'LISTEN_HEAD_TOO_LARGE')
  assert.equal(codeOf(`GET / HTTP/1.1\r\n${H}A:\r\nB:\r\n\r\n`), 'GET / [] @a 0')
  assert.equal(codeOf(`GET / HTTP/1.1\r\n${H}A:\r\nB:\r\nC:\r\n\r\n`), 'LISTEN_HEAD_TOO_LARGE')
  const line = `X: ${'a'.repeat(30)}\r\n`
  assert.equal(codeOf(`GET / HTTP/1.1\r\n${H}${line}X: ${'a'.repeat(33)}\r\n\r\n`.slice(0, 99)), '')
  assert.equal(codeOf(`GET / HTTP/1.1\r\n${H}${line}${line}${line}\r\n`), 'LISTEN_HEAD_TOO_LARGE')
})

test('RequestDecoder limits what frames a body, not long bodies in small chunks', () => {
  const small = { ...defaultLimits, chunkOverheadBytesMax: 50 }
  const lastOf = (body: string): string => transcribe([chunked + body], small).at(-1) ?? ''
  const refusal = 'refused LISTEN_BODY_TOO_LARGE: its chunks carry too little data'
  assert.match(lastOf(`8\r\n01234567\r\n`.repeat(1000) + '0\r\n\r\n'), /^body /)
  assert.equal(lastOf('1\r\na\r\n'.repeat(20)), refusal)
  assert.equal(lastOf('0'.repeat(60)), refusal)
  assert.equal(lastOf(`1;${'e'.repeat(60)}`), refusal)
  assert.equal(lastOf(`0\r\nX: ${'t'.repeat(60)}`), refusal)
})

test('RequestDecoder.takeRest() gives what came behind the last request', () => {
  const decoder = new RequestDecoder(defaultLimits)
  decoder.push(Buffer.from(`GET / HTTP/1.1\r\n${H}\r\nrest`))
  assert.equal(decoder.next(), STEP_HEAD)
  assert.equal(Buffer.from(decoder.takeRest()).toString(), 'rest')
  decoder.push(Buffer.from(`GET / HTTP/1.1\r\n${H}\r\n`))
  assert.equal(decoder.next(), STEP_MORE)
})

test('RequestDecoder.takeRest() gives bytes that stay when they were lent', () => {
  const decoder = new RequestDecoder(defaultLimits)
  feed(decoder, `GET / HTTP/1.1\r\n${H}\r\nrest`, true)
  assert.equal(decoder.next(), STEP_HEAD)
  const rest = decoder.takeRest()
  takeBack(decoder)
  assert.equal(Buffer.from(rest).toString(), 'rest')
})

test('RequestDecoder.push() goes on behind bytes that were lent and kept', () => {
  const decoder = new RequestDecoder(defaultLimits)
  feed(decoder, `GET /a HTTP/1.1\r\n`, true)
  assert.equal(decoder.next(), STEP_MORE)
  takeBack(decoder)
  decoder.push(Buffer.from(`${H}\r\n`))
  assert.equal(decoder.next(), STEP_HEAD)
  assert.equal(decoder.head.path, '/a')
})

test('RequestHead.header() joins repeated fields and knows names in any case', () => {
  const decoder = new RequestDecoder(defaultLimits)
  decoder.push(Buffer.from(`GET / HTTP/1.1\r\n${H}A: 1\r\na: \r\nCookie: x\r\nCOOKIE: y\r\nAB: \xe9\r\n\r\n`, 'latin1'))
  assert.equal(decoder.next(), STEP_HEAD)
  const { head } = decoder
  assert.equal(head.header('a'), '1, ')
  assert.equal(head.header('cookie'), 'x; y')
  assert.equal(head.header('ab'), '\xe9')
  assert.equal(head.header('b'), undefined)
  assert.deepEqual(head.headerPairs(), ['host', 'a', 'a', '1', 'a', '', 'cookie', 'x', 'cookie', 'y', 'ab', '\xe9'])
})
