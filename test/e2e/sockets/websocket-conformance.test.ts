/**
 * RFC 6455 against a channel over a socket, with literal bytes, in the groups of the Autobahn test suite (which is not
 * what runs here): 1 frames, 2 pings, 3 reserved bits, 4 opcodes, 5 fragments, 6 UTF-8, 7 closing, 9 limits, 12 and 13
 * compression. The channel sends each line back. Binary messages are refused, by its contract. Text that is no UTF-8 is
 * found when its message is whole, not in its first fragment.
 */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { after, test } from 'node:test'
import { z } from 'zod'
import { serveApp } from '../../../src/app/serve.ts'
import { guichet } from '../../../src/app/guichet.ts'
import { OPEN } from '../../../src/authz/rules.ts'
import { ServerFrameDecoder } from '../../../src/wire/websocket-client-frame.ts'

const MESSAGE_BYTES_MAX = 65_536
const app = guichet({ name: 'echo', limits: { messageBytesMax: MESSAGE_BYTES_MAX } })
app.channel('/echo/:client', {
  authorize: OPEN,
  messages: { say: { params: { text: z.string() } } },
  plainText: {
    type: 'say',
    param: 'text',
    message: ({ data }) => (data as { readonly text: string }).text, // as declared above
  },
})
const running = await serveApp(app['~definition'], {
  environment: { PORT: '0', LOG_LEVEL: 'silent', GUICHET_AUDIT: 'off' },
})
after(() => running.stop())
const port = Number(new URL(running.url).port)

const [CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG] = [0, 1, 2, 8, 9, 10] as const

interface Parts {
  readonly isFinal?: boolean
  /** Reserved bits: 0x40, 0x20, 0x10. */
  readonly reserved?: number
  readonly isMasked?: boolean
}

const MASK = Buffer.from('a1b2c3d4', 'hex')

/** One frame of a client. */
function frame(opcode: number, content: string | Uint8Array, parts: Parts = {}): Buffer {
  const { isFinal = true, reserved = 0, isMasked = true } = parts
  const payload = Buffer.from(content as string) // both forms are taken
  const { length } = payload
  const bit = isMasked ? 0x80 : 0
  const size = Buffer.alloc(length < 126 ? 0 : length < 65_536 ? 2 : 8)
  if (size.length === 2) size.writeUInt16BE(length)
  else if (size.length === 8) size.writeBigUInt64BE(BigInt(length))
  const shortLength = size.length === 0 ? length : size.length === 2 ? 126 : 127
  const head = Buffer.from([(isFinal ? 0x80 : 0) | reserved | opcode, bit | shortLength])
  if (!isMasked) return Buffer.concat([head, size, payload])
  const masked = payload.map((byte, i) => byte ^ (MASK[i % 4] ?? 0))
  return Buffer.concat([head, size, MASK, masked])
}

const text = (content: string | Uint8Array, parts?: Parts): Buffer => frame(TEXT, content, parts)
const more = (content: string | Uint8Array, parts?: Parts): Buffer => frame(CONTINUATION, content, parts)
const OPEN_END: Parts = { isFinal: false }
function close(code: number, reason: string | Uint8Array = ''): Buffer {
  const body = Buffer.concat([Buffer.alloc(2), Buffer.from(reason as string)]) // both forms are taken
  body.writeUInt16BE(code)
  return frame(CLOSE, body)
}
const GOODBYE = close(1000)

let clients = 0
async function open(headers: readonly string[] = []): Promise<{ readonly socket: Socket; readonly head: string }> {
  const socket = connect(port, '127.0.0.1').setNoDelay(true)
  socket.on('error', () => undefined)
  const lines = [
    `GET /echo/${++clients} HTTP/1.1`,
    'Host: x',
    'Upgrade: websocket',
    'Connection: Upgrade',
    'Sec-WebSocket-Version: 13',
    'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
    ...headers,
  ]
  socket.write(`${lines.join('\r\n')}\r\n\r\n`)
  const [head] = await once(socket, 'data')
  return { socket, head: String(head) }
}

/** What the server sends until it closes: `text hello`, `pong 00ff`, `close 1000`. */
async function answersTo(frames: readonly Uint8Array[], chunkBytes: number): Promise<readonly string[]> {
  const { socket } = await open()
  const decoder = new ServerFrameDecoder()
  const heard: string[] = []
  socket.on('data', (chunk: Buffer) => {
    decoder.push(chunk)
    for (let next = decoder.next(); next !== undefined; next = decoder.next()) heard.push(describe(next))
  })
  const closed = once(socket, 'close')
  const bytes = Buffer.concat(frames)
  for (let at = 0; at < bytes.length && !socket.destroyed; at += chunkBytes) {
    socket.write(bytes.subarray(at, at + chunkBytes))
    // Else the system would join what is to come in pieces.
    if (chunkBytes < 2000) await new Promise((resolve) => setImmediate(resolve))
  }
  await closed
  return heard
}

function describe({ opcode, payload }: { readonly opcode: number; readonly payload: Uint8Array }): string {
  const bytes = Buffer.from(payload)
  if (opcode === TEXT) return `text ${bytes.length > 200 ? bytes.length : bytes.toString()}`
  if (opcode === PONG) return `pong ${bytes.toString('hex')}`
  if (opcode === CLOSE) return bytes.length === 0 ? 'close' : `close ${bytes.readUInt16BE(0)}`
  return `opcode ${opcode}`
}

interface Case {
  readonly name: string
  readonly send: readonly Uint8Array[]
  readonly heard: readonly string[]
}

const fails = (name: string, code: number, ...send: readonly Uint8Array[]): Case => ({
  name,
  send: [...send, GOODBYE],
  heard: [`close ${code}`],
})
const holds = (name: string, send: readonly Uint8Array[], ...heard: readonly string[]): Case => ({
  name,
  send: [...send, GOODBYE],
  heard: [...heard, 'close 1000'],
})

const sizes = [1, 125, 126, 127, 128, 200]
const hello = Buffer.from('Hello-µ@ßöäüàá-UTF-8!!')
const wrongTexts = [
  'ff',
  'c0af',
  'c1bf',
  'e080af',
  'eda080',
  'edbfbf',
  'f08080af',
  'f4908080',
  'f888808080',
  'c3',
  'e282',
  '80',
]

const groups: Readonly<Record<string, readonly Case[]>> = {
  '1 frames': [
    ...sizes.map((size) => holds(`${size} bytes`, [text('*'.repeat(size))], `text ${'*'.repeat(size)}`)),
    holds('an empty message says nothing', [text('')]),
    holds('as large as allowed', [text('*'.repeat(MESSAGE_BYTES_MAX))], `text ${MESSAGE_BYTES_MAX}`),
    fails('a binary message', 1003, frame(BINARY, 'x')),
    fails('a frame without a mask', 1002, text('x', { isMasked: false })),
  ],
  '2 pings': [
    holds('empty', [frame(PING, '')], 'pong '),
    holds('with bytes', [frame(PING, Buffer.from('00ff80', 'hex'))], 'pong 00ff80'),
    holds('of 125 bytes', [frame(PING, 'p'.repeat(125))], `pong ${'70'.repeat(125)}`),
    fails('of 126 bytes', 1002, frame(PING, 'p'.repeat(126))),
    holds('a pong that nobody asked for', [frame(PONG, 'x'), frame(PING, 'a')], 'pong 61'),
    holds(
      'ten',
      Array.from({ length: 10 }, (_, i) => frame(PING, `${i}`)),
      ...'0123456789'.split('').map((i) => `pong 3${i}`),
    ),
  ],
  '3 reserved bits': [
    ...[0x40, 0x20, 0x10, 0x70].map((reserved) => fails(`${reserved} of a text`, 1002, text('x', { reserved }))),
    ...[0x40, 0x20, 0x10].map((reserved) => fails(`${reserved} of a ping`, 1002, frame(PING, '', { reserved }))),
  ],
  '4 opcodes': [3, 4, 5, 6, 7, 11, 12, 13, 14, 15].map((opcode) => fails(`${opcode}`, 1002, frame(opcode, 'x'))),
  '5 fragments': [
    holds('two', [text('frag', OPEN_END), more('ment')], 'text fragment'),
    holds(
      'five, one empty',
      [text('', OPEN_END), ...['a', 'b', ''].map((one) => more(one, OPEN_END)), more('c')],
      'text abc',
    ),
    holds('a ping between them', [text('a', OPEN_END), frame(PING, 'p'), more('b')], 'pong 70', 'text ab'),
    fails('a ping in two', 1002, frame(PING, 'a', OPEN_END), more('b')),
    fails('one more, without a start', 1002, more('x')),
    fails('one more, after a whole message', 1002, more('x', OPEN_END), more('y')),
    fails('a start before the end', 1002, text('a', OPEN_END), text('b')),
    fails('a close in two', 1002, frame(CLOSE, Buffer.from('03e8', 'hex'), OPEN_END)),
  ],
  '6 UTF-8': [
    holds('letters', [text(hello)], `text ${hello.toString()}`),
    holds(
      'split within a letter',
      [text(hello.subarray(0, 7), OPEN_END), more(hello.subarray(7))],
      `text ${hello.toString()}`,
    ),
    holds('the last code point', [text('\u{10FFFF}')], 'text \u{10FFFF}'),
    holds('what is no character, but encoded right', [text('\uFFFE')], 'text \uFFFE'),
    ...wrongTexts.map((hex) => fails(hex, 1007, text(Buffer.from(hex, 'hex')))),
    fails('wrong in a fragment', 1007, text(Buffer.from('cebaff', 'hex'), OPEN_END), more('x')),
  ],
  '7 closing': [
    { name: 'without a code', send: [frame(CLOSE, '')], heard: ['close'] },
    { name: 'a message before', send: [text('a'), GOODBYE], heard: ['text a', 'close 1000'] },
    { name: 'a message after', send: [GOODBYE, text('a'), frame(PING, '')], heard: ['close 1000'] },
    { name: 'twice', send: [GOODBYE, close(1001)], heard: ['close 1000'] },
    { name: 'a long reason', send: [close(1000, 'r'.repeat(123))], heard: ['close 1000'] },
    fails('a reason that is too long', 1002, close(1000, 'r'.repeat(124))),
    fails('a reason that is no UTF-8', 1007, close(1000, Buffer.from('ceff', 'hex'))),
    fails('half a code', 1002, frame(CLOSE, 'x')),
    ...[1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 3000, 3999, 4000, 4999].map((code) => ({
      name: `code ${code}`,
      send: [close(code)],
      heard: [`close ${code}`],
    })),
    ...[0, 999, 1004, 1005, 1006, 1016, 1100, 2000, 2999, 5000, 65_535].map((code) =>
      fails(`code ${code}`, 1002, close(code)),
    ),
  ],
  '9 limits': [
    fails('one byte more than allowed', 1009, text('*'.repeat(MESSAGE_BYTES_MAX + 1))),
    fails('more than allowed, in fragments', 1009, text('*'.repeat(40_000), OPEN_END), more('*'.repeat(40_000))),
    fails('a length that announces too much', 1009, Buffer.from('81ff0000000001000000', 'hex')),
    fails('a length of 2^63', 1009, Buffer.from('81ff8000000000000000', 'hex')),
    fails('a control frame with a long length', 1002, Buffer.from('89fe0001', 'hex')),
  ],
  '13 compression': [fails('a compressed message, which was not agreed', 1002, text('x', { reserved: 0x40 }))],
}

for (const [group, cases] of Object.entries(groups)) {
  test(`a WebSocket of a channel passes the group ${group}, whole and byte by byte`, async () => {
    for (const { name, send, heard } of cases) {
      assert.deepEqual(await answersTo(send, 1_000_000), heard, name)
      const bytes = send.reduce((sum, { length }) => sum + length, 0)
      assert.deepEqual(await answersTo(send, bytes > 2000 ? 1300 : 1), heard, `${name}, in pieces`)
    }
  })
}

test('a WebSocket of a channel does not agree to compression', async () => {
  const { socket, head } = await open(['Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits'])
  assert.match(head, /^HTTP\/1\.1 101 /)
  assert.doesNotMatch(head, /sec-websocket-extensions/i)
  assert.match(head, /sec-websocket-accept: s3pPLMBiTxaQ9kYGzzhZRbK\+xOo=/i)
  socket.destroy()
})

test('a WebSocket of a channel is refused with 400 where the request cannot become one', async () => {
  const handshake = [
    'Host: x',
    'Upgrade: websocket',
    'Connection: Upgrade',
    'Sec-WebSocket-Version: 13',
    'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
  ]
  const body = ['Content-Type: application/json', 'Content-Length: 2', '', '{}']
  for (const lines of [
    ['GET /echo/old HTTP/1.0', ...handshake, '', ''],
    ['GET /echo/body HTTP/1.1', ...handshake, ...body],
  ]) {
    const socket = connect(port, '127.0.0.1')
    socket.write(lines.join('\r\n'))
    const [head] = await once(socket, 'data')
    assert.match(String(head), /^HTTP\/1\.1 400 /, lines[0])
    socket.destroy()
  }
})
