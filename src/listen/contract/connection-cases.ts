import assert from 'node:assert/strict'
import { eventually, setUp } from './contract-setup.ts'
import type { ListenerCase } from './contract-setup.ts'
import type { RawReply } from './raw-client.ts'

const get = (target: string): string => `GET ${target} HTTP/1.1\r\nHost: a\r\n\r\n`

/** Several requests on one connection, peers that go away, connections that are given away, the end. */
export const connectionCases: readonly ListenerCase[] = [
  {
    name: 'pipelined requests are answered in their order',
    run: async (contract, t) => {
      const { client } = await setUp(contract, t)
      const peer = await client()
      peer.send(get('/wait?30') + get('/text?second') + get('/wait?1') + get('/bytes?100000') + get('/text?last'))
      const bodies: string[] = []
      for (let i = 0; i < 5; i += 1) bodies.push((await peer.reply()).body.slice(0, 10))
      assert.deepEqual(bodies, ['waited 30', 'second', 'waited 1', 'bbbbbbbbbb', 'last'])
    },
  },

  {
    name: 'pipelined requests that may write run one after the other',
    omission: 'parallel',
    run: async (contract, t) => {
      const { client, app } = await setUp(contract, t)
      const peer = await client()
      const post = 'POST /wait?30 HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n'
      peer.send(get('/wait?20') + get('/wait?21') + post + get('/text?after'))
      await eventually(() => app.began.length === 2, 'two calls')
      assert.deepEqual(app.ended, [])
      await peer.reply()
      await peer.reply()
      await eventually(() => app.began.length === 3, 'the third call')
      await new Promise((resolve) => setTimeout(resolve, 10))
      assert.equal(app.began.length, 3)
      assert.equal((await peer.reply()).body, 'waited 30')
      assert.equal((await peer.reply()).body, 'after')
    },
  },

  {
    name: 'many pipelined requests in one packet are all answered',
    omission: 'many-pipelined',
    run: async (contract, t) => {
      const { client } = await setUp(contract, t)
      const peer = await client()
      peer.send(get('/text?x').repeat(500))
      for (let i = 0; i < 500; i += 1) assert.equal((await peer.reply()).body, 'x')
    },
  },

  {
    name: 'Connection: close ends the connection after its answer, whatever follows',
    run: async (contract, t) => {
      const { client, app } = await setUp(contract, t)
      for (const option of ['close', 'Close', 'x, close', 'close, keep-alive']) {
        const peer = await client()
        peer.send(`GET /wait?5 HTTP/1.1\r\nHost: a\r\nConnection: ${option}\r\n\r\n${get('/smuggled')}`)
        const reply = await peer.reply()
        assert.equal(reply.body, 'waited 5')
        assert.deepEqual(reply.headers.get('connection'), ['close'])
        assert.equal(await peer.ended(), '')
      }
      assert.equal(app.began.includes('/smuggled'), false)
    },
  },

  {
    name: 'a peer that goes away aborts its call',
    run: async (contract, t) => {
      const { client, app } = await setUp(contract, t)
      const peer = await client()
      peer.send(get('/never'))
      await eventually(() => app.began.length === 1, 'the call')
      peer.close()
      await eventually(() => app.aborted.length === 1, 'the abort')
      await eventually(() => app.ended.length === 1, 'the end')
    },
  },

  {
    name: 'an answered call is never aborted',
    run: async (contract, t) => {
      const { client, app } = await setUp(contract, t)
      const peer = await client()
      peer.send(get('/wait?1'))
      await peer.reply()
      peer.close()
      await new Promise((resolve) => setTimeout(resolve, 50))
      assert.deepEqual(app.aborted, [])
      assert.deepEqual(app.ended, ['/wait'])
    },
  },

  {
    name: 'a body whose sender goes away is refused, not waited for',
    run: async (contract, t) => {
      const { client, app } = await setUp(contract, t)
      const peer = await client()
      peer.send('POST /count HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nhalf')
      await eventually(() => app.bodyBytes === 4, 'the first half')
      peer.close()
      await eventually(() => app.ended.length === 1, 'the end')
    },
  },

  {
    name: 'a peer that ends only its side gets its answer',
    omission: 'half-close',
    run: async (contract, t) => {
      const { client } = await setUp(contract, t)
      const peer = await client()
      peer.send(get('/wait?20'))
      peer.socket.end()
      assert.equal((await peer.reply()).body, 'waited 20')
      await peer.ended()
    },
  },

  {
    name: 'a peer that ends only its side gets the answers to all that it sent, the last one with Connection: close',
    omission: 'half-close',
    run: async (contract, t) => {
      const { client } = await setUp(contract, t)
      const peer = await client()
      const post = 'POST /echo-late HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\n'
      peer.send(`${post}one${get('/bytes?10000000')}${post}two${get('/wait?5')}${post}end`)
      peer.socket.end()
      const replies: RawReply[] = []
      for (let i = 0; i < 5; i += 1) replies.push(await peer.reply())
      const ends = replies.map(({ body }) => body.slice(-3))
      assert.deepEqual(ends, ['one', 'bbb', 'two', 'd 5', 'end'])
      const closing = replies.map(({ headers }) => headers.get('connection')?.[0])
      assert.deepEqual(closing, [undefined, undefined, undefined, undefined, 'close'])
      await peer.ended()
    },
  },

  {
    name: 'a body that is here whole is read after its sender ended its side; one that is not is refused',
    omission: 'half-close',
    run: async (contract, t) => {
      const { client } = await setUp(contract, t)
      for (const [fields, body, answer] of [
        ['Content-Length: 5', 'hello', 'hello'],
        ['Transfer-Encoding: chunked', '5\r\nhello\r\n0\r\n\r\n', 'hello'],
        ['Content-Length: 6', 'hello', 'LISTEN_BAD_REQUEST'],
        ['Transfer-Encoding: chunked', '5\r\nhello\r\n0\r\n', 'LISTEN_BAD_REQUEST'],
      ] as const) {
        const peer = await client()
        peer.send(`POST /echo-late HTTP/1.1\r\nHost: a\r\n${fields}\r\n\r\n${body}`)
        peer.socket.end()
        assert.equal((await peer.reply()).body, answer)
        await peer.ended()
      }
    },
  },

  {
    name: 'upgrade() hands the socket over with the bytes that came too early',
    run: async (contract, t) => {
      const { client } = await setUp(contract, t)
      const peer = await client()
      peer.send('GET /upgrade HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\nearly')
      assert.equal((await peer.reply()).status, 101)
      await peer.has('early')
      peer.send('late')
      await peer.has('earlylate')
      peer.socket.end()
      assert.equal(await peer.ended(), 'earlylate')
    },
  },

  {
    name: 'an upgrade that is not taken changes nothing: the body is read, streams are sent',
    run: async (contract, t) => {
      const { exchange } = await setUp(contract, t)
      const fields = 'Host: a\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n'
      assert.equal((await exchange(`POST /echo HTTP/1.1\r\n${fields}Content-Length: 2\r\n\r\nhi`)).body, 'hi')
      assert.equal((await exchange(`GET /pieces?3 HTTP/1.1\r\n${fields}\r\n`)).body, 'onetwothree')
    },
  },

  {
    name: 'upgrade is absent where the peer did not ask for it',
    run: async (contract, t) => {
      const { client } = await setUp(contract, t)
      const peer = await client()
      peer.send(get('/upgrade'))
      const reply = await peer.reply()
      assert.equal(reply.status, 426)
      assert.deepEqual(reply.headers.get('upgrade'), ['echo'])
    },
  },

  {
    name: 'close() answers what runs, refuses what is new, and ends',
    run: async (contract, t) => {
      const { client, app, listener, url } = await setUp(contract, t)
      const idle = await client()
      idle.send(get('/text?a'))
      await idle.reply()
      const busy = await client()
      busy.send(get('/wait?100'))
      await eventually(() => app.began.includes('/wait'), 'the call')
      const closed = listener.close(5000)
      const reply = await busy.reply()
      assert.equal(reply.body, 'waited 100')
      await idle.ended()
      await busy.ended()
      await closed
      await assert.rejects(fetch(url))
    },
  },

  {
    name: 'close() ends what still runs at its deadline',
    run: async (contract, t) => {
      const { client, listener, app } = await setUp(contract, t)
      const peer = await client()
      peer.send(get('/never'))
      await eventually(() => app.began.length === 1, 'the call')
      await listener.close(50)
      await peer.ended()
      assert.deepEqual(app.aborted, ['/never'])
    },
  },

  {
    name: 'open() throws when the port is taken',
    run: async (contract, t) => {
      const { url } = await setUp(contract, t)
      const second = contract.create({
        host: '127.0.0.1',
        port: Number(new URL(url).port),
        limits: (await import('../../core/limits.ts')).defaultLimits,
        trustedProxies: [],
        refuse: () => {
          throw new Error('nothing to refuse')
        },
      })
      await assert.rejects(
        second.open(() => {
          throw new Error('nothing to answer')
        }),
        { code: 'EADDRINUSE' },
      )
      await second.close(0)
    },
  },
]
