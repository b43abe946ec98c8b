import assert from 'node:assert/strict'
import { eventually, setUp } from './contract-setup.ts'
import type { ListenerCase } from './contract-setup.ts'

const get = (target: string, fields = ''): string => `GET ${target} HTTP/1.1\r\nHost: a\r\n${fields}\r\n`

/** Each limit, hit. */
export const limitCases: readonly ListenerCase[] = [
  {
    name: 'urlBytesMax: a longer target is 414',
    run: async (contract, t) => {
      const { exchange } = await setUp(contract, t, { limits: { urlBytesMax: 100 } })
      assert.equal((await exchange(get(`/${'a'.repeat(99)}`))).status, 200)
      assert.equal((await exchange(get(`/${'a'.repeat(100)}`))).status, 414)
    },
  },

  {
    name: 'headerLineBytesMax: a longer field is 431',
    run: async (contract, t) => {
      const { exchange } = await setUp(contract, t, { limits: { headerLineBytesMax: 200 } })
      assert.equal((await exchange(get('/', `X: ${'a'.repeat(197)}\r\n`))).status, 200)
      assert.equal((await exchange(get('/', `X: ${'a'.repeat(198)}\r\n`))).status, 431)
    },
  },

  {
    name: 'headBytesMax: a longer head is 431, also when it never ends',
    run: async (contract, t) => {
      const { exchange } = await setUp(contract, t, { limits: { headBytesMax: 2000 } })
      assert.equal((await exchange(get('/', `X: ${'a'.repeat(100)}\r\n`.repeat(10)))).status, 200)
      assert.equal((await exchange(get('/', `X: ${'a'.repeat(100)}\r\n`.repeat(30)))).status, 431)
      assert.equal((await exchange(`GET / HTTP/1.1\r\n${`X: ${'a'.repeat(100)}\r\n`.repeat(30)}`)).status, 431)
    },
  },

  {
    name: 'headersMax: more fields are 431',
    run: async (contract, t) => {
      const { exchange } = await setUp(contract, t, { limits: { headersMax: 10 } })
      assert.equal((await exchange(get('/', 'X: a\r\n'.repeat(9)))).status, 200)
      assert.equal((await exchange(get('/', 'X: a\r\n'.repeat(10)))).status, 431)
    },
  },

  {
    name: 'chunkOverheadBytesMax: a body of mere framing is refused',
    omission: 'strict',
    run: async (contract, t) => {
      const { exchange } = await setUp(contract, t, { limits: { chunkOverheadBytesMax: 100 } })
      const post = (body: string): string =>
        `POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n${body}0\r\n\r\n`
      assert.equal((await exchange(post(`20\r\n${'a'.repeat(32)}\r\n`.repeat(100)))).status, 200)
      assert.equal((await exchange(post('1\r\na\r\n'.repeat(30)))).status, 413)
      assert.equal((await exchange(post(`1;${'e'.repeat(101)}\r\na\r\n`))).status, 413)
      assert.equal((await exchange(post(`${'0'.repeat(101)}1\r\na\r\n`))).status, 413)
    },
  },

  {
    name: 'requestsPerConnectionMax: the last answer ends the connection',
    run: async (contract, t) => {
      const { client } = await setUp(contract, t, { limits: { requestsPerConnectionMax: 2 } })
      const peer = await client()
      peer.send(get('/text?a'))
      await peer.reply()
      peer.send(get('/text?b'))
      assert.deepEqual((await peer.reply()).headers.get('connection'), ['close'])
      await peer.ended()
    },
  },

  {
    name: 'connectionsPerAddressMax: one more is told so, and there is room once another ends',
    run: async (contract, t) => {
      const { client, exchange } = await setUp(contract, t, { limits: { connectionsPerAddressMax: 1 } })
      const first = await client()
      first.send(get('/text?a'))
      await first.reply()
      if (contract.omits?.['connection-refusal'] === undefined)
        assert.equal((await exchange('')).body, 'LISTEN_TOO_MANY_CONNECTIONS')
      first.close()
      // The listener hears of the end a moment later.
      let body = ''
      while (body !== 'b') {
        await new Promise((resolve) => setTimeout(resolve, 10))
        body = await exchange(get('/text?b')).then(
          (reply) => reply.body,
          () => '',
        )
      }
    },
  },

  {
    name: 'connectionsMax: one more is told so',
    omission: 'connection-refusal',
    run: async (contract, t) => {
      const { client, exchange } = await setUp(contract, t, { limits: { connectionsMax: 1 } })
      const first = await client()
      first.send(get('/text?a'))
      await first.reply()
      assert.equal((await exchange('')).status, 503)
    },
  },

  {
    name: 'firstByteTimeoutMs: a silent connection ends',
    omission: 'first-byte',
    run: async (contract, t) => {
      const { client } = await setUp(contract, t, { limits: { firstByteTimeoutMs: 60 } })
      assert.equal(await (await client()).ended(), '')
    },
  },

  {
    name: 'headTimeoutMs: a slow head is 408',
    run: async (contract, t) => {
      const { client, app } = await setUp(contract, t, { limits: { headTimeoutMs: 60 } })
      const peer = await client()
      peer.send('GET / HTTP/1.1\r\n')
      assert.equal((await peer.reply()).status, 408)
      await peer.ended()
      assert.deepEqual(app.began, [])
    },
  },

  {
    name: 'headTimeoutMs: counts for each head, not for pieces of many in a row',
    run: async (contract, t) => {
      const { client } = await setUp(contract, t, { limits: { headTimeoutMs: 200 } })
      const peer = await client()
      const head = get('/text?a')
      peer.send(head.slice(0, 20))
      for (let sent = 0; sent < 40; sent += 1) {
        await new Promise((resolve) => setTimeout(resolve, 15))
        peer.send(head.slice(20) + head.slice(0, 20))
        assert.equal((await peer.reply()).status, 200)
      }
    },
  },

  {
    name: 'bodyRateBytesMin: a slow body is 408',
    run: async (contract, t) => {
      const { client } = await setUp(contract, t, { limits: { bodyRateGraceMs: 60, bodyRateBytesMin: 1000 } })
      for (const path of ['/echo', '/count']) {
        const peer = await client()
        peer.send(`POST ${path} HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\nslow`)
        const reply = await peer.reply()
        assert.equal(reply.body, 'LISTEN_BODY_TOO_SLOW')
        assert.equal(reply.status, 408)
      }
    },
  },

  {
    name: 'idleTimeoutMs: an idle connection ends',
    run: async (contract, t) => {
      const { client } = await setUp(contract, t, { limits: { idleTimeoutMs: 60 } })
      const peer = await client()
      peer.send(get('/text?a'))
      await peer.reply()
      assert.equal(await peer.ended(), '')
    },
  },

  {
    name: 'sendTimeoutMs: a peer that takes nothing is let go',
    omission: 'send-timeout',
    run: async (contract, t) => {
      const { client, app } = await setUp(contract, t, { limits: { sendTimeoutMs: 100 } })
      const peer = await client()
      peer.socket.pause()
      peer.send(get('/bytes?50000000'))
      await eventually(() => app.ended.length === 1, 'the end')
      assert.match(app.ended[0] ?? '', /the peer went away/)
    },
  },

  {
    name: 'pipelinedMax: no more requests run at once',
    omission: 'parallel',
    run: async (contract, t) => {
      const { client, app } = await setUp(contract, t, { limits: { pipelinedMax: 3 } })
      const peer = await client()
      peer.send(get('/wait?500').repeat(5))
      await eventually(() => app.began.length > 0, 'a call')
      await new Promise((resolve) => setTimeout(resolve, 10))
      assert.equal(app.began.length, 3)
      for (let i = 0; i < 5; i += 1) await peer.reply()
    },
  },

  {
    name: 'pipelinedMax: a connection has more at once as its answers are small, and one at a time as they are large',
    omission: 'parallel',
    run: async (contract, t) => {
      const { client, app } = await setUp(contract, t)
      const peer = await client()
      const expectAtOnce = async (atOnce: number, path: string, count: number): Promise<void> => {
        const before = app.began.length
        const { promise, resolve } = Promise.withResolvers<void>()
        app.gate = promise
        peer.send(get(path).repeat(count))
        await eventually(() => app.began.length - before >= atOnce, `${atOnce} calls`)
        // One more would begin now.
        await new Promise((done) => setTimeout(done, 10))
        assert.equal(app.began.length - before, atOnce)
        resolve()
        for (let i = 0; i < count; i += 1) await peer.reply()
      }
      await expectAtOnce(4, '/held-bytes?2000000', 10)
      await expectAtOnce(1, '/held-bytes?10', 3)
      peer.send(get('/held-bytes?10').repeat(200))
      for (let i = 0; i < 200; i += 1) await peer.reply()
      await expectAtOnce(64, '/held-bytes?10', 70)
      await expectAtOnce(64, '/held-bytes?200000', 70)
      await expectAtOnce(5, '/held-bytes?10', 20)
    },
  },

  {
    name: 'sendBufferBytesMax: answers that nobody reads stop the requests',
    omission: 'many-pipelined',
    run: async (contract, t) => {
      const { client, app } = await setUp(contract, t)
      const peer = await client()
      peer.socket.pause()
      for (let i = 0; i < 20; i += 1) peer.send(get('/bytes?15000').repeat(100))
      await new Promise((resolve) => setTimeout(resolve, 500))
      const began = app.began.length
      await new Promise((resolve) => setTimeout(resolve, 100))
      assert.ok(began < 2000, `${began} of 2000 requests were answered to a peer that reads none`)
      peer.socket.resume()
      for (let i = 0; i < 2000; i += 1) await peer.reply()
    },
  },
]
