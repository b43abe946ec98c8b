import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isBoundary, MultipartParser, type MultipartEvent, type MultipartProblem } from './multipart.ts'

const LIMITS = { partsMax: 3, headBytesMax: 200 }

interface Part {
  readonly name: string
  readonly fileName: string | null
  readonly data: string
}

function collect(parts: Part[], event: MultipartEvent): void {
  if (event.type === 'part') parts.push({ name: event.head.name, fileName: event.head.fileName, data: '' })
  const last = parts.at(-1)
  if (event.type === 'data' && last !== undefined) {
    parts[parts.length - 1] = { ...last, data: last.data + Buffer.from(event.bytes).toString('latin1') }
  }
}

function parse(text: string, pieceBytes = Number.POSITIVE_INFINITY): readonly Part[] | MultipartProblem {
  const body = Buffer.from(text)
  const parser = new MultipartParser('b', LIMITS)
  const parts: Part[] = []
  for (let at = 0; at < body.length; at += pieceBytes) {
    // A piece belongs to its sender: it is overwritten as soon as the parser has looked at it.
    const piece = Buffer.from(body.subarray(at, at + pieceBytes))
    for (const event of parser.push(piece)) collect(parts, event)
    piece.fill(0x58)
  }
  return parser.finish() ?? parts.map((part) => ({ ...part, data: Buffer.from(part.data, 'latin1').toString('utf8') }))
}

/** Asserts the same outcome for the whole text and for it byte by byte. */
function assertParsed(text: string, wanted: readonly Part[] | MultipartProblem): void {
  assert.deepEqual(parse(text), wanted)
  assert.deepEqual(parse(text, 1), wanted)
  assert.deepEqual(parse(text, 2), wanted)
}

function field(name: string, data: string): string {
  return `--b\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${data}\r\n`
}

test('MultipartParser gives fields in order when names are repeated', () => {
  assertParsed(`${field('a', '1')}${field('a', '')}--b--\r\n`, [
    { name: 'a', fileName: null, data: '1' },
    { name: 'a', fileName: null, data: '' },
  ])
})

test('MultipartParser keeps line ends and look-alikes of the boundary in data', () => {
  const data = '\r\n\r\r\n--\r\n--bb\r\n--b-\r\n--b\rx\r\n\r\n'
  assertParsed(`${field('a', data)}--b--`, [{ name: 'a', fileName: null, data }])
})

test('MultipartParser refuses a body when it is not closed', () => {
  for (const text of ['', '--b', field('a', '1'), `${field('a', '1')}--b`, `${field('a', '1')}--b-`]) {
    assertParsed(text, 'malformed')
  }
})

test('MultipartParser refuses a boundary line when it has padding or more behind its end', () => {
  assertParsed(`${field('a', '1')}--b \r\n--b--`, 'malformed')
  assertParsed(`${field('a', '1')}--b--x`, 'malformed')
  assertParsed(`--b\t\r\n`, 'malformed')
})

test('MultipartParser refuses what stands before the first boundary unless it is an empty line', () => {
  assertParsed(`preamble\r\n${field('a', '1')}--b--`, 'malformed')
  assertParsed(`${'\r\n'.repeat(9)}${field('a', '1')}--b--`, 'malformed')
  assertParsed(`\r\n${field('a', '1')}--b--`, [{ name: 'a', fileName: null, data: '1' }])
})

test('MultipartParser refuses a part when its headers are not those of a form', () => {
  const heads = [
    '',
    'Content-Type: text/plain',
    'Content-Disposition: attachment; name="a"',
    'Content-Disposition: form-data',
    'Content-Disposition: form-data; name="a"; name="b"',
    'Content-Disposition: form-data; name="a"\r\nContent-Disposition: form-data; name="b"',
    'Content-Disposition: form-data; name="a" junk',
    'Content-Disposition : form-data; name="a"',
    'Content-Disposition: form-data; name="a"\r\n folded',
    'Content-Disposition: form-data; name="a"\r\nContent-Transfer-Encoding: gzip',
    'Content-Disposition: form-data; name="a"\r\nContent-Type: nothing',
    'Content-Disposition: form-data; name="a\u0000"',
  ]
  for (const head of heads) assertParsed(`--b\r\n${head}\r\n\r\n1\r\n--b--`, 'malformed')
})

test('MultipartParser refuses headers when lines end with LF alone', () => {
  assertParsed('--b\nContent-Disposition: form-data; name="a"\n\n1\n--b--\n', 'malformed')
})

test('MultipartParser refuses a part when its data starts with a boundary line', () => {
  assertParsed('--b\r\nContent-Disposition: form-data; name="a"\r\n\r\n--b--', 'malformed')
})

test('MultipartParser refuses headers when they are longer than the limit', () => {
  const name = 'x'.repeat(300)
  assertParsed(`${field(name, '1')}--b--`, 'malformed')
  const endless = new MultipartParser('b', LIMITS)
  endless.push(Buffer.from(`--b\r\n${'x'.repeat(300)}`))
  assert.equal(endless.problem, 'malformed')
})

test('MultipartParser refuses a body when it has more parts than the limit', () => {
  const four = ['a', 'b', 'c', 'd'].map((name) => field(name, '')).join('')
  assertParsed(`${four}--b--`, 'too-many')
})

test('MultipartParser gives the last segment of a file name when the peer sends a path', () => {
  const names: readonly (readonly [string, string])[] = [
    ['filename="a.txt"', 'a.txt'],
    ['filename=""', ''],
    ['filename="../../etc/passwd"', 'passwd'],
    ['filename="C:/dir/x.txt"', 'x.txt'],
    ['filename=".."', ''],
    ['filename="été.txt"', 'été.txt'],
    ['filename="a\\"b.txt"', 'a"b.txt'],
    ["filename*=UTF-8''%C3%A9t%C3%A9.txt", 'été.txt'],
    ["filename*=utf-8'en'..%2Fx", 'x'],
  ]
  for (const [parameter, fileName] of names) {
    assertParsed(`--b\r\nContent-Disposition: form-data; name="f"; ${parameter}\r\n\r\n1\r\n--b--`, [
      { name: 'f', fileName, data: '1' },
    ])
  }
})

test('MultipartParser refuses a name when it is not UTF-8', () => {
  const head = Buffer.from('--b\r\nContent-Disposition: form-data; name="\xff"\r\n\r\n1\r\n--b--', 'latin1')
  const parser = new MultipartParser('b', LIMITS)
  parser.push(head)
  assert.equal(parser.finish(), 'malformed')
})

test('MultipartParser undoes base64 and quoted-printable when a part is sent so', () => {
  const part = (encoding: string, data: string): string =>
    `--b\r\nContent-Disposition: form-data; name="a"\r\nContent-Transfer-Encoding: ${encoding}\r\n\r\n${data}\r\n--b--`
  assertParsed(part('BASE64', 'aGVs\r\nbG8=\r\n'), [{ name: 'a', fileName: null, data: 'hello' }])
  assertParsed(part('base64', ''), [{ name: 'a', fileName: null, data: '' }])
  assertParsed(part('quoted-printable', 'a=3Db=\r\n=C3=a9'), [{ name: 'a', fileName: null, data: 'a=bé' }])
  for (const data of ['aGVs*', 'aGVsbG8', 'aGVsbG8=x', 'aGVsbG8=aGVs', '===='])
    assertParsed(part('base64', data), 'malformed')
  for (const data of ['a=', 'a=4', 'a=zz', 'a=\n']) assertParsed(part('quoted-printable', data), 'malformed')
})

test('MultipartParser ignores what follows the last boundary', () => {
  assertParsed(`${field('a', '1')}--b--\r\n${field('evil', '2')}--b--`, [{ name: 'a', fileName: null, data: '1' }])
})

test('isBoundary() takes what RFC 2046 allows', () => {
  for (const text of ['b', '----WebKitFormBoundaryTkr3kCBQlBe1nrhc', "a'()+_,-./:=? b", 'x'.repeat(70)]) {
    assert.equal(isBoundary(text), true, text)
  }
  for (const text of ['', 'a ', 'x'.repeat(71), 'a\r\nb', 'é', 'a"b', 'a;b'])
    assert.equal(isBoundary(text), false, text)
})
