import assert from 'node:assert/strict'
import { setUp } from './contract-setup.ts'
import type { ListenerCase } from './contract-setup.ts'
import type { RawReply } from './raw-client.ts'

const HOST = 'Host: example.org\r\n'

/** Requests and replies as such: targets, fields, lengths. */
export const messageCases: readonly ListenerCase[] = [
  {
    name: 'open() gives a URL under which GET is answered',
    run: async (contract, t) => {
      const { url, exchange } = await setUp(contract, t)
      assert.match(url, contract.isSecure === true ? /^https:\/\/127\.0\.0\.1:\d+$/ : /^http:\/\/127\.0\.0\.1:\d+$/)
      const reply = await exchange(`GET / HTTP/1.1\r\n${HOST}\r\n`)
      assert.equal(reply.statusLine, 'HTTP/1.1 200 OK')
      assert.equal(reply.body, 'ok')
      assert.deepEqual(reply.headers.get('content-type'), ['text/plain; charset=utf-8'])
      assert.deepEqual(reply.headers.get('content-length'), ['2'])
      assert.match(
        reply.headers.get('date')?.[0] ?? '',
        /^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/,
      )
    },
  },

  {
    name: 'a request is given as it was sent, undecoded',
    run: async (contract, t) => {
      const { exchange } = await setUp(contract, t)
      const fields = 'X-Probe: one\r\nCookie: a=1\r\nx-probe:\t two \t\r\nCOOKIE: b=2\r\n'
      const shown = read(await exchange(`GET /show?q=%20a&b=%2F?c HTTP/1.1\r\nHost: Example.ORG:8080\r\n${fields}\r\n`))
      assert.equal(shown['method'], 'GET')
      assert.equal(shown['path'], '/show')
      assert.equal(shown['query'], 'q=%20a&b=%2F?c')
      assert.equal(shown['host'], 'example.org:8080')
      assert.equal(shown['hasBody'], false)
      assert.equal(shown['isSecure'], contract.isSecure === true)
      assert.equal(shown['address'], '127.0.0.1')
      assert.equal(shown['direct'], true)
      assert.equal(shown['probe'], 'one, two')
      assert.equal(shown['cookie'], 'a=1; b=2')
      const pairs = ['host', 'Example.ORG:8080', 'x-probe', 'one', 'cookie', 'a=1', 'x-probe', 'two', 'cookie', 'b=2']
      assert.deepEqual(shown['headers'], pairs)
    },
  },

  {
    name: 'an absolute target decides the host (RFC 9112 section 3.2.2)',
    run: async (contract, t) => {
      const { exchange } = await setUp(contract, t)
      const shown = read(await exchange(`GET http://Other.example:81/show?x HTTP/1.1\r\n${HOST}\r\n`))
      assert.deepEqual([shown['path'], shown['query'], shown['host']], ['/show', 'x', 'other.example:81'])
    },
  },

  {
    name: 'an absolute target of https is refused without TLS (RFC 9110 section 7.4)',
    run: async (contract, t) => {
      const { exchange, app } = await setUp(contract, t)
      const reply = await exchange(`GET HTTPS://a/text?x HTTP/1.1\r\n${HOST}\r\n`)
      assert.equal(reply.status, contract.isSecure === true ? 200 : 400)
      assert.equal(app.began.length, contract.isSecure === true ? 1 : 0)
    },
  },

  {
    name: 'OPTIONS * is given with * as its path',
    run: async (contract, t) => {
      const { exchange, app } = await setUp(contract, t)
      assert.equal((await exchange(`OPTIONS * HTTP/1.1\r\n${HOST}\r\n`)).status, 200)
      assert.deepEqual(app.began, ['*'])
    },
  },

  {
    name: 'HEAD is answered with the length of a GET and no body',
    run: async (contract, t) => {
      const { client } = await setUp(contract, t)
      const peer = await client()
      peer.send(`HEAD /text?four HTTP/1.1\r\n${HOST}\r\n`)
      const reply = await peer.reply(true)
      assert.deepEqual(reply.headers.get('content-length'), ['4'])
      peer.send(`GET /text?next HTTP/1.1\r\n${HOST}\r\n`)
      assert.equal((await peer.reply()).body, 'next')
    },
  },

  {
    name: '204 and 304 have no body and no length, others without one have length 0',
    run: async (contract, t) => {
      const { client } = await setUp(contract, t)
      const peer = await client()
      for (const status of [204, 304]) {
        peer.send(`GET /none?${status} HTTP/1.1\r\n${HOST}\r\n`)
        const reply = await peer.reply()
        assert.equal(reply.status, status)
        assert.equal(reply.headers.has('content-length'), false)
        assert.equal(reply.headers.has('transfer-encoding'), false)
      }
      peer.send(`GET /none?201 HTTP/1.1\r\n${HOST}\r\n`)
      assert.deepEqual((await peer.reply()).headers.get('content-length'), ['0'])
    },
  },

  {
    name: 'a text is sent as UTF-8 with its length in bytes',
    run: async (contract, t) => {
      const { exchange } = await setUp(contract, t)
      for (const text of ['café', '窓口', '😀 guichet', 'é'.repeat(1000)]) {
        const reply = await exchange(`GET /text?${encodeURIComponent(text)} HTTP/1.1\r\n${HOST}\r\n`)
        assert.equal(Buffer.from(reply.body, 'latin1').toString(), text)
      }
    },
  },

  {
    name: 'bodies of any size arrive whole',
    run: async (contract, t) => {
      const { client } = await setUp(contract, t)
      const peer = await client()
      for (const length of [0, 1, 16_384, 16_385, 65_536, 65_537, 3_000_000]) {
        peer.send(`GET /bytes?${length} HTTP/1.1\r\n${HOST}\r\n`)
        const { body } = await peer.reply()
        assert.equal(body.length, length)
        assert.equal(body, 'b'.repeat(length))
      }
    },
  },

  {
    name: 'repeated reply headers stay apart',
    run: async (contract, t) => {
      const { exchange } = await setUp(contract, t)
      const reply = await exchange(`GET /cookies HTTP/1.1\r\n${HOST}\r\n`)
      assert.deepEqual(reply.headers.get('set-cookie'), ['a=1', 'b=2'])
    },
  },

  {
    name: 'fields that frame a message are the listener’s own, whatever the reply says',
    run: async (contract, t) => {
      const { client } = await setUp(contract, t)
      const peer = await client()
      peer.send(`GET /framing HTTP/1.1\r\n${HOST}\r\n`)
      const reply = await peer.reply()
      assert.deepEqual([reply.body, reply.headers.get('content-length')], ['ok', ['2']])
      peer.send(`GET / HTTP/1.1\r\n${HOST}\r\n`)
      assert.equal((await peer.reply()).status, 200)
    },
  },

  {
    name: 'the client of a trusted proxy is the peer; of another it is not',
    run: async (contract, t) => {
      const forwarded = 'X-Forwarded-For: 198.51.100.7, 203.0.113.9, 10.0.0.1\r\nX-Forwarded-Proto: https\r\n'
      const request = `GET /show HTTP/1.1\r\n${HOST}${forwarded}\r\n`
      const believing = await setUp(contract, t, { trustedProxies: ['127.0.0.0/8', '10.0.0.0/8'] })
      const told = read(await believing.exchange(request))
      assert.deepEqual([told['address'], told['isSecure'], told['direct']], ['203.0.113.9', true, false])
      const doubting = await setUp(contract, t)
      const untold = read(await doubting.exchange(request))
      assert.deepEqual([untold['address'], untold['isSecure']], ['127.0.0.1', contract.isSecure === true])
      assert.equal(untold['direct'], false)
    },
  },

  {
    name: 'HTTP/1.0 ends after its answer, unless the peer asks to keep the connection',
    run: async (contract, t) => {
      const { client } = await setUp(contract, t)
      const once = await client()
      once.send('GET /text?a HTTP/1.0\r\n\r\n')
      const reply = await once.reply()
      assert.equal(reply.body, 'a')
      assert.deepEqual(reply.headers.get('connection'), ['close'])
      await once.ended()
      if (contract.omits?.['version-1.0'] !== undefined) return
      const twice = await client()
      twice.send('GET /text?a HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n')
      assert.deepEqual((await twice.reply()).headers.get('connection'), ['keep-alive'])
      twice.send('GET /pieces HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n')
      const streamed = await twice.reply()
      assert.equal(streamed.headers.has('transfer-encoding'), false)
      assert.equal(streamed.body, 'onetwothree')
    },
  },
]

function read(reply: RawReply): Record<string, unknown> {
  assert.equal(reply.status, 200)
  return JSON.parse(reply.body) as Record<string, unknown> // /show answers an object
}
