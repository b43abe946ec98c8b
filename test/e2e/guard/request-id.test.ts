import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import { once } from 'node:events'
import { connect, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { guichet, OPEN, type App } from 'guichet'
import { openTestApp, type TestApp, type TestReply } from 'guichet/testing'

const GIVEN = 'f058ebd6-02f7-4d3f-942e-904344e8cde5'
const OWN = /^[A-Za-z0-9_-]{8}-[0-9a-z]+$/

function declareApp(options: { readonly listener?: 'node' } = {}): App<never> {
  const app = guichet({ name: 'ids', ...options })
  app.get('/id', { authorize: OPEN }, (_, { id }) => id)
  app.get('/fault', { authorize: OPEN }, () => {
    throw new Error('broken')
  })
  app.get('/logged', { authorize: OPEN }, (_, call) => {
    call.log.warn({ what: 'seen' }, 'the handler says something')
    return call.id
  })
  return app as App<never> // the suite treats all apps alike
}

interface Seen {
  readonly reply: TestReply
  readonly id: string
  readonly audit: Record<string, unknown>
}

/** One call, and what the audit has of it. */
async function call(proxies: string, transport: 'memory' | 'socket', sent: Sent): Promise<Seen> {
  const folder = mkdtempSync(join(tmpdir(), 'guichet-ids-'))
  const file = join(folder, 'audit.jsonl')
  const environment = { LOG_LEVEL: 'silent', GUICHET_AUDIT: file, GUICHET_TRUSTED_PROXIES: proxies }
  try {
    const app = declareApp(sent.listener === undefined ? {} : { listener: sent.listener })
    const opened: TestApp = await openTestApp(app, { transport, environment })
    const reply = await opened.client.get(sent.path ?? '/id', { headers: sent.headers })
    await opened.close()
    const lines = readFileSync(file, 'utf8').trim().split('\n')
    const audit = JSON.parse(lines.at(-1) ?? '') as Record<string, unknown> // lines of the audit are objects
    return { reply, id: reply.header('x-request-id') ?? '', audit }
  } finally {
    rmSync(folder, { recursive: true })
  }
}

interface Sent {
  readonly path?: string
  readonly headers: Readonly<Record<string, string>>
  readonly listener?: 'node'
}

const LISTENERS = [{}, { listener: 'node' }] as const

for (const transport of ['memory', 'socket'] as const) {
  describe(`ids of calls (${transport})`, () => {
    for (const one of transport === 'socket' ? LISTENERS : [{}]) {
      it(`takes over the id of a listed proxy, in answer, audit and problem details ${JSON.stringify(one)}`, async () => {
        for (const more of [{}, { 'x-forwarded-for': '203.0.113.7' }]) {
          const headers = { 'x-request-id': GIVEN, ...more }
          const done = await call('127.0.0.0/8', transport, { headers, ...one })
          assert.deepEqual([done.id, done.reply.json, done.audit['id']], [GIVEN, GIVEN, GIVEN])
          const refused = await call('127.0.0.0/8', transport, { path: '/nothing', headers, ...one })
          const { instance } = refused.reply.json as { instance: string } // problem details
          assert.deepEqual([refused.id, instance, refused.audit['id']], [GIVEN, GIVEN, GIVEN])
        }
      })

      it(`makes an own id where an address is not listed ${JSON.stringify(one)}`, async () => {
        for (const proxies of ['', '192.0.2.0/24']) {
          const headers = { 'x-request-id': GIVEN, 'x-forwarded-for': '192.0.2.1' }
          const { reply, id, audit } = await call(proxies, transport, { headers, ...one })
          assert.match(id, OWN)
          assert.deepEqual([reply.json, audit['id']], [id, id])
        }
      })
    }

    it('makes an own id where that of a listed proxy is not 8 to 128 plain characters, or where there is none', async () => {
      for (const given of [
        '1234567',
        'a'.repeat(129),
        'a b c d e f',
        'abcdefg"h',
        '{"call":"x"}',
        '../../etc/passwd',
      ]) {
        const { reply, id } = await call('127.0.0.1', transport, { headers: { 'x-request-id': given } })
        assert.match(id, OWN)
        assert.equal(reply.json, id)
      }
      assert.match((await call('127.0.0.1', transport, { headers: {} })).id, OWN)
    })

    it('tells the id of a fault, under which the log has it', async () => {
      const { reply, audit } = await call('127.0.0.1', transport, {
        path: '/fault',
        headers: { 'x-request-id': GIVEN },
      })
      assert.deepEqual([reply.status, reply.header('x-request-id'), audit['id']], [500, GIVEN, GIVEN])
    })
  })
}

describe('ids of calls', () => {
  it('are in the lines that a handler logs', async (t) => {
    const lines: unknown[] = []
    t.mock.method(process.stderr, 'write', (line: unknown) => lines.push(line) > 0)
    await using opened = await openTestApp(declareApp(), { environment: { LOG_LEVEL: 'warn' } })
    const { json: id } = await opened.client.get('/logged')
    t.mock.restoreAll()
    assert.match(String(lines[0]), new RegExp(`the handler says something call=${String(id)} what=seen`))
  })

  it('cannot be made by two header lines', async () => {
    const environment = { LOG_LEVEL: 'silent', GUICHET_TRUSTED_PROXIES: '127.0.0.1' }
    await using opened = await openTestApp(declareApp(), { transport: 'socket', environment })
    const socket = connect(Number(new URL(opened.client.url).port), '127.0.0.1')
    const ids = ['X-Request-Id: aaaaaaaaaa', 'X-Request-Id: bbbbbbbbbb']
    socket.end(['GET /id HTTP/1.1', 'Host: localhost', ...ids, 'Connection: close', '', ''].join('\r\n'))
    let answer = ''
    for await (const piece of socket) answer += String(piece)
    assert.match(answer, /^HTTP\/1\.1 200 /)
    assert.ok(!answer.includes('aaaaaaaaaa') && !answer.includes('bbbbbbbbbb'))
  })

  it('pass through a proxy that makes them', async () => {
    const environment = { LOG_LEVEL: 'silent', GUICHET_TRUSTED_PROXIES: '127.0.0.1' }
    await using opened = await openTestApp(declareApp(), { transport: 'socket', environment })
    const proxy = createServer((request, response) => {
      const headers = { 'x-forwarded-for': request.socket.remoteAddress ?? '', 'x-request-id': GIVEN }
      void fetch(`${opened.client.url}${request.url}`, { headers }).then(async (reply) => {
        response.writeHead(reply.status, { 'x-request-id': reply.headers.get('x-request-id') ?? '' })
        response.end(await reply.text())
      })
    }).listen(0, '127.0.0.1')
    await once(proxy, 'listening')
    try {
      const { port } = proxy.address() as AddressInfo // it listens on TCP
      const reply = await fetch(`http://127.0.0.1:${port}/id`, { headers: { 'x-request-id': 'of-a-stranger-1' } })
      assert.deepEqual([reply.headers.get('x-request-id'), await reply.json()], [GIVEN, GIVEN])
    } finally {
      proxy.close()
    }
  })
})
