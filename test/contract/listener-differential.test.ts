import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { fuzz } from '../../scripts/fuzz-http.ts'
import { malformedMessages } from '../../src/listen/contract/malformed-cases.ts'
import { compareReadings, createReaders } from './http-readers.ts'

const readers = createReaders()
after(() => readers.close())

const HOST = 'node:http does not look at the value of Host (RFC 9112 section 3.2: a wrong one is 400)'
const GOES_ON = 'node:http refuses this one and serves what is behind it'

/** Wrong messages of which node:http serves something, and why we do not. */
const DIFFERENCES: Readonly<Record<string, string>> = {
  'chunks in HTTP/1.0': 'RFC 9112 section 6.1: the framing of such a message is faulty',
  'no Host': GOES_ON,
  'two Hosts': 'node:http takes the first (RFC 9112 section 3.2: two are 400)',
  'the same Host twice': 'node:http takes the first (RFC 9112 section 3.2: two are 400)',
  'a Host with a path': HOST,
  'a Host with a user': HOST,
  'a Host with a space': HOST,
  'a Host with a bad port': HOST,
  'two spaces in the request line': 'RFC 9112 section 3: one space',
  'a fragment': 'RFC 9112 section 3.2: a target has none',
  'an asterisk for GET': 'RFC 9112 section 3.2.4: for OPTIONS alone',
  'an absolute target with a user': 'RFC 9110 section 4.2.4: an error',
  'an absolute target without a host': 'RFC 9110 section 4.2.1: invalid',
  'an absolute target of another scheme': 'we serve http and https',
  'HTTP/2.0 in so many words': 'that version is not spoken in lines',
  'an unknown expectation': GOES_ON,
}

test('Http1Engine serves nothing of a wrong message that node:http does not, and less where there is a reason', async () => {
  const left = new Set(Object.keys(DIFFERENCES))
  for (const { what, bytes } of malformedMessages) {
    const ours = await readers.readOurs(bytes)
    const theirs = await readers.readTheirs(bytes)
    assert.deepEqual(ours.messages, [], what)
    if (left.delete(what)) assert.notDeepEqual(theirs.messages, [], `${what}: no difference any more`)
    else assert.deepEqual(theirs.messages, [], what)
  }
  assert.deepEqual([...left], [], 'differences of messages that do not exist')
})

const H = 'Host: a\r\n'
const CHUNKS = 'Transfer-Encoding: chunked\r\n\r\n'

test('Http1Engine reads well-formed messages as node:http does, however they are cut', async () => {
  const streams = [
    `GET /a?b HTTP/1.1\r\n${H}\r\nPOST /c HTTP/1.1\r\n${H}Content-Length: 3\r\n\r\nxyzGET /d HTTP/1.1\r\n${H}\r\n`,
    `POST /a HTTP/1.1\r\n${H}${CHUNKS}3;a=b\r\nxyz\r\n00\r\nT: u\r\n\r\nGET /b HTTP/1.1\r\n${H}\r\n`,
    `GET /a HTTP/1.1\r\n${H}Content-Length: 2\r\n\r\nhiHEAD /b HTTP/1.1\r\n${H}Connection: close\r\n\r\n`,
    `POST /a HTTP/1.0\r\nContent-Length: 2\r\n\r\nhi`,
    `OPTIONS * HTTP/1.1\r\n${H}\r\n\r\nGET http://b/c HTTP/1.1\r\n${H}\r\n`,
  ]
  for (const stream of streams) {
    const whole = await readers.readOurs(stream)
    assert.ok(whole.messages.length > 0)
    assert.deepEqual(whole.messages, (await readers.readTheirs(stream)).messages)
    for (const size of [1, 2, 5, 13]) {
      const pieces = stream.match(new RegExp(`[\\s\\S]{1,${size}}`, 'g')) ?? []
      assert.deepEqual(await readers.readOurs(pieces), whole, `in pieces of ${size}`)
      assert.equal(compareReadings(whole, await readers.readTheirs(pieces)), null)
    }
  }
})

test('Http1Engine survives mutated requests, and ends messages where node:http does', async () => {
  const { agreed, statuses } = await fuzz(3000, 20_261_123)
  assert.ok(agreed > 500, `only ${agreed} messages were read by both`)
  assert.ok((statuses.get(400) ?? 0) > 500)
})
