import assert from 'node:assert/strict'
import { createServer, type Server, type ServerResponse } from 'node:http'
import { after, before, describe, it } from 'node:test'
import { brotliCompressSync, gzipSync } from 'node:zlib'
import { createGuardedFetch } from 'guichet/dial'
import { enterRecipes, listen, openRecipes, TRANSPORTS } from '../opened.test-support.ts'
import { ssrfSpellings } from '../ssrf-spellings.ts'

// API7 and API10 of the OWASP API Security Top 10 (2023): what a server fetches for somebody.

const MEBIBYTE = 1024 * 1024

/** Servers that one should not have called. */
const ANSWERS: Readonly<Record<string, (reply: ServerResponse) => void>> = {
  silent: () => undefined,
  drip: (reply) => {
    reply.writeHead(200, { 'content-type': 'text/html' })
    const timer = setInterval(() => reply.write('a'), 20)
    reply.on('close', () => clearInterval(timer))
  },
  headers: (reply) => {
    const timer = setInterval(() => reply.socket?.write('X: a\r\n'), 20)
    reply.socket?.write('HTTP/1.1 200 OK\r\n')
    reply.socket?.on('close', () => clearInterval(timer))
  },
  endless: (reply) => {
    reply.writeHead(200, { 'content-type': 'text/html' })
    const send = (): void => {
      while (!reply.destroyed && reply.write('a'.repeat(65_536)));
    }
    reply.on('drain', send)
    send()
  },
  gzip: (reply) => sendPacked(reply, 'gzip', gzipSync(Buffer.alloc(100 * MEBIBYTE))),
  brotli: (reply) => sendPacked(reply, 'br', brotliCompressSync(Buffer.alloc(20 * MEBIBYTE))),
  loop: (reply) => void reply.writeHead(302, { location: '/loop' }).end(),
  type: (reply) => void reply.writeHead(200, { 'content-type': 'application/pdf' }).end('<title>a</title>'),
  nothing: (reply) => void reply.socket?.destroy(),
  hostile: (reply) =>
    void reply
      .writeHead(200, { 'content-type': 'text/html', 'set-cookie': 'a=b', 'x-own': 'c' })
      .end('<title>&lt;script&gt;alert(1)&lt;/script&gt;</title>'),
}

function sendPacked(reply: ServerResponse, encoding: string, bytes: Buffer): void {
  reply.writeHead(200, { 'content-type': 'text/html', 'content-encoding': encoding }).end(bytes)
}

for (const transport of TRANSPORTS) {
  describe(`API7 server side request forgery (${transport})`, () => {
    it('no spelling of an address inside is fetched, directly or by a redirect', async () => {
      const reached: string[] = []
      const inside = createServer((request, reply) => {
        reached.push(request.url ?? '')
        reply.end('<title>inside</title>')
      })
      const insideUrl = await listen(inside)
      const redirects = createServer((request, reply) => {
        const to = decodeURIComponent((request.url ?? '').slice(2))
        // A header has no line breaks, and Latin-1 only: what a server can send.
        reply
          .writeHead(302, {
            location: Buffer.from(to)
              .toString('latin1')
              .replace(/[\r\n]/g, ''),
          })
          .end()
      })
      const { host } = new URL(await listen(redirects))
      const opened = await openRecipes(transport, { SCRAPE_ALLOW: host })
      try {
        const ana = opened.client.withToken((await enterRecipes(opened.client, 'ana')).access_token)
        const spellings = [...ssrfSpellings(), insideUrl, insideUrl.replace('127.0.0.1', 'localhost')]
        assert.ok(spellings.length > 800, String(spellings.length))
        for (const url of spellings) {
          const reply = await ana.get('/scrape/title', { query: { url } })
          assert.equal(reply.status, 400, `${JSON.stringify(url)}: ${reply.status} ${reply.text}`)
          if (url === '') continue
          const led = await ana.get('/scrape/title', { query: { url: `http://${host}/?${encodeURIComponent(url)}` } })
          // What is no absolute URL leads back to the server itself, until there are too many redirects.
          assert.ok(led.status === 400 || led.status === 502, `a redirect to ${JSON.stringify(url)}: ${led.status}`)
        }
        assert.deepEqual(reached, [])
      } finally {
        await opened.close()
        for (const server of [inside, redirects]) server.close().closeAllConnections()
      }
    })
  })
}

describe('API10 unsafe consumption of APIs', () => {
  let server: Server
  let host = ''
  const abort = new AbortController()
  before(async () => {
    server = createServer((request, reply) => {
      reply.on('error', () => undefined)
      ANSWERS[request.url?.slice(1) ?? '']?.(reply)
    })
    ;({ host } = new URL(await listen(server)))
  })
  after(() => {
    abort.abort()
    server.close().closeAllConnections()
  })

  it('a server that is slow in its head or its body is given up', async () => {
    const fetchPage = createGuardedFetch({ allow: [host], timeoutMs: 150 })
    for (const path of ['silent', 'drip', 'headers']) {
      await assert.rejects(fetchPage(`http://${host}/${path}`), { code: 'DIAL_TIMEOUT' }, path)
    }
  })

  it('a body without end, a bomb, a loop and another type are given up', async () => {
    await using opened = await openRecipes('memory', { SCRAPE_ALLOW: host })
    const ana = opened.client.withToken((await enterRecipes(opened.client, 'ana')).access_token)
    for (const path of ['endless', 'gzip', 'brotli', 'loop', 'type', 'nothing']) {
      const reply = await ana.get('/scrape/title', { query: { url: `http://${host}/${path}` } })
      assert.equal(reply.status, 502, path)
      assert.doesNotMatch(reply.text, /127\.0\.0\.1|ECONN|\bat \S+:\d/, path)
    }
  })

  it('what comes back is data: markup of the page stays text, and no header of it is passed on', async () => {
    await using opened = await openRecipes('memory', { SCRAPE_ALLOW: host })
    const ana = opened.client.withToken((await enterRecipes(opened.client, 'ana')).access_token)
    const reply = await ana.get('/scrape/title', { query: { url: `http://${host}/hostile` }, expect: 200 })
    assert.deepEqual(reply.json, { title: '<script>alert(1)</script>' })
    assert.match(reply.header('content-type') ?? '', /^application\/json/)
    assert.equal(reply.header('set-cookie'), undefined)
  })
})
