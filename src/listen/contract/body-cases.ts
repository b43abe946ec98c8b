import assert from 'node:assert/strict'
import { eventually, setUp } from './contract-setup.ts'
import type { ListenerCase } from './contract-setup.ts'

const post = (path: string, fields: string, body = ''): string =>
  `POST ${path} HTTP/1.1\r\nHost: a\r\n${fields}\r\n\r\n${body}`
const NEXT = 'GET /text?next HTTP/1.1\r\nHost: a\r\n\r\n'

/** Bodies up and down: framing, back-pressure, what nobody reads. */
export const bodyCases: readonly ListenerCase[] = [
  {
    name: 'a body is read by its length or its chunks, and the next request after it',
    run: async (contract, t) => {
      const { client } = await setUp(contract, t)
      const peer = await client()
      const bodies = [
        post('/echo', 'Content-Length: 5', 'hello'),
        post('/echo', 'Content-Length: 005', 'hello'),
        post('/echo', 'Transfer-Encoding: chunked', '5\r\nhello\r\n0\r\n\r\n'),
        post('/echo', 'Transfer-Encoding: Chunked', '2\r\nhe\r\n003\r\nllo\r\n000\r\n\r\n'),
        post('/echo', 'Transfer-Encoding: chunked', '5;a;b=c;d="e\\"; f"\r\nhello\r\n0;z=1\r\nX-Sum: 1\r\nY:\r\n\r\n'),
      ]
      for (const body of bodies) {
        peer.send(body + NEXT)
        assert.equal((await peer.reply()).body, 'hello')
        assert.equal((await peer.reply()).body, 'next')
      }
    },
  },

  {
    name: 'a message is the same however its bytes are cut',
    run: async (contract, t) => {
      const { client } = await setUp(contract, t)
      const peer = await client()
      const bytes = `${post('/echo', 'Transfer-Encoding: chunked', '3;x="y"\r\nabc\r\n0\r\nT: u\r\n\r\n')}${NEXT}`
      for (const size of [1, 2, 3, 7, 31]) {
        await peer.sendSlowly(bytes, size)
        assert.equal((await peer.reply()).body, 'abc')
        assert.equal((await peer.reply()).body, 'next')
      }
    },
  },

  {
    name: 'an empty line before a request is ignored',
    run: async (contract, t) => {
      const { client } = await setUp(contract, t)
      const peer = await client()
      peer.send(`${post('/echo', 'Content-Length: 1', 'x')}\r\n${NEXT}`)
      assert.equal((await peer.reply()).body, 'x')
      assert.equal((await peer.reply()).body, 'next')
    },
  },

  {
    name: 'readBody() gives an empty body where there is none',
    run: async (contract, t) => {
      const { exchange } = await setUp(contract, t)
      assert.equal((await exchange(post('/echo', 'Content-Length: 0'))).body, '')
      assert.equal((await exchange('POST /echo HTTP/1.1\r\nHost: a\r\n\r\n')).body, '')
    },
  },

  {
    name: 'a GET may have a body',
    run: async (contract, t) => {
      const { exchange } = await setUp(contract, t)
      assert.equal((await exchange('GET /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhi')).body, 'hi')
    },
  },

  {
    name: 'a large upload streams through, and back',
    run: async (contract, t) => {
      const { client, app } = await setUp(contract, t)
      const length = 8_000_000
      const up = await client()
      up.send(post('/count', `Content-Length: ${length}`))
      for (let sent = 0; sent < length; sent += 1_000_000) up.send(Buffer.alloc(1_000_000, 'u'))
      assert.equal((await up.reply()).body, String(length))
      assert.equal(app.bodyBytes, length)
      app.bodyBytesMax = length
      const both = await client()
      both.send(post('/echo-stream', `Content-Length: ${length}`))
      for (let sent = 0; sent < length; sent += 1_000_000) both.send(Buffer.alloc(1_000_000, 'u'))
      assert.equal((await both.reply()).body.length, length)
      both.send(NEXT)
      assert.equal((await both.reply()).body, 'next')
    },
  },

  {
    name: 'an upload that nobody reads is held back',
    run: async (contract, t) => {
      const { client } = await setUp(contract, t)
      const peer = await client()
      peer.send(post('/never', 'Content-Length: 200000000'))
      const piece = Buffer.alloc(1_000_000)
      for (let i = 0; i < 100; i += 1) peer.send(piece)
      await new Promise((resolve) => setTimeout(resolve, 200))
      // What the two kernels hold is far below this; a listener that reads ahead takes all.
      assert.ok(peer.socket.writableLength > 50_000_000, `${peer.socket.writableLength} bytes wait at the sender`)
    },
  },

  {
    name: '100 Continue is sent when the body is asked for, and not before',
    run: async (contract, t) => {
      const { client } = await setUp(contract, t)
      const asked = await client()
      asked.send(post('/echo', 'Expect: 100-continue\r\nContent-Length: 2'))
      assert.equal((await asked.reply()).status, 100)
      asked.send(`hi${NEXT}`)
      assert.equal((await asked.reply()).body, 'hi')
      assert.equal((await asked.reply()).body, 'next')
      const unasked = await client()
      unasked.send(post('/text?no', 'Expect: 100-continue\r\nContent-Length: 2'))
      const reply = await unasked.reply()
      assert.equal(reply.status, 200)
      assert.deepEqual(reply.headers.get('connection'), ['close'])
      await unasked.ended()
    },
  },

  {
    name: 'a body beyond its limit is 413, before it is sent where its length is known',
    run: async (contract, t) => {
      const { client, app } = await setUp(contract, t)
      app.bodyBytesMax = 10
      const known = await client()
      known.send(post('/echo', 'Expect: 100-continue\r\nContent-Length: 11'))
      assert.equal((await known.reply()).body, 'LISTEN_BODY_TOO_LARGE')
      const chunked = await client()
      chunked.send(post('/echo', 'Transfer-Encoding: chunked', '6\r\nabcdef\r\n5\r\nabcde\r\n'))
      assert.equal((await chunked.reply()).body, 'LISTEN_BODY_TOO_LARGE')
      const exact = await client()
      exact.send(post('/echo', 'Content-Length: 10', '0123456789'))
      assert.equal((await exact.reply()).body, '0123456789')
    },
  },

  {
    name: 'a body beyond its limit whose end is not known is the last of its connection, and its sender sees why',
    omission: 'lingering',
    run: async (contract, t) => {
      const { client, app } = await setUp(contract, t)
      app.bodyBytesMax = 10
      const peer = await client()
      peer.send(post('/echo', 'Transfer-Encoding: chunked', '6\r\nabcdef\r\n5\r\nabcde\r\n'))
      for (let i = 0; i < 100; i += 1) peer.send(`1000\r\n${'x'.repeat(4096)}\r\n`)
      const reply = await peer.reply()
      assert.equal(reply.body, 'LISTEN_BODY_TOO_LARGE')
      assert.deepEqual(reply.headers.get('connection'), ['close'])
      assert.equal(await peer.ended(), '')
    },
  },

  {
    name: 'a small unread body is thrown away and the connection goes on',
    run: async (contract, t) => {
      const { client } = await setUp(contract, t)
      const peer = await client()
      peer.send(post('/text?early', 'Content-Length: 60000', 'x'.repeat(30_000)))
      assert.equal((await peer.reply()).body, 'early')
      peer.send('x'.repeat(30_000) + NEXT)
      assert.equal((await peer.reply()).body, 'next')
      peer.send(`${post('/text?early', 'Transfer-Encoding: chunked', '3\r\nabc\r\n0\r\n\r\n')}${NEXT}`)
      assert.equal((await peer.reply()).body, 'early')
      assert.equal((await peer.reply()).body, 'next')
    },
  },

  {
    name: 'a large unread body ends the connection, and the peer still sees the answer',
    run: async (contract, t) => {
      const { client, app } = await setUp(contract, t)
      const peer = await client()
      peer.send(post('/text?early', 'Content-Length: 10000000'))
      peer.send(Buffer.alloc(300_000, 'x'))
      const reply = await peer.reply()
      assert.equal(reply.body, 'early')
      assert.deepEqual(reply.headers.get('connection'), ['close'])
      await peer.ended()
      assert.deepEqual(app.began, ['/text'])
    },
  },

  {
    name: 'a stream is sent in chunks, or by its length where that is known',
    run: async (contract, t) => {
      const { client } = await setUp(contract, t)
      const peer = await client()
      peer.send('GET /pieces HTTP/1.1\r\nHost: a\r\n\r\n')
      const chunked = await peer.reply()
      assert.deepEqual(chunked.headers.get('transfer-encoding'), ['chunked'])
      assert.equal(chunked.body, 'onetwothree')
      peer.send('GET /sized?6 HTTP/1.1\r\nHost: a\r\n\r\n')
      const sized = await peer.reply()
      assert.deepEqual(sized.headers.get('content-length'), ['6'])
      assert.equal(sized.body, 'abcdef')
      peer.send('HEAD /sized?6 HTTP/1.1\r\nHost: a\r\n\r\n')
      assert.deepEqual((await peer.reply(true)).headers.get('content-length'), ['6'])
      peer.send(NEXT)
      assert.equal((await peer.reply()).body, 'next')
    },
  },

  {
    name: 'a stream that breaks, or has another length than it said, breaks the connection',
    run: async (contract, t) => {
      const { client, app } = await setUp(contract, t)
      for (const target of ['/failing', '/sized?7', '/sized?5']) {
        const peer = await client()
        peer.send(`GET ${target} HTTP/1.1\r\nHost: a\r\n\r\n`)
        await assert.rejects(peer.reply(), /the connection ended/)
        await eventually(() => app.ended.length === app.began.length, 'the end of the answer')
        assert.match(app.ended.at(-1) ?? '', /: /)
      }
    },
  },

  {
    name: 'a producer goes no faster than its reader, and ends with it',
    run: async (contract, t) => {
      const { client, app } = await setUp(contract, t)
      const peer = await client()
      peer.socket.pause()
      peer.send('GET /endless HTTP/1.1\r\nHost: a\r\n\r\n')
      await eventually(() => app.producedBytes > 0, 'a first piece')
      let produced = -1
      while (produced !== app.producedBytes) {
        produced = app.producedBytes
        await new Promise((resolve) => setTimeout(resolve, 150))
      }
      assert.ok(produced < 50_000_000, `${produced} bytes were produced for a peer that reads none`)
      peer.close()
      await eventually(() => app.ended.length === 1, 'the end of the answer')
      assert.match(app.ended[0] ?? '', /^\/endless: /)
    },
  },
]
