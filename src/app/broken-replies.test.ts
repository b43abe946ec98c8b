import assert from 'node:assert/strict'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { request } from 'node:http'
import type { IncomingMessage } from 'node:http'
import { describe, it } from 'node:test'
import type { TestContext } from 'node:test'
import { OPEN } from '../authz/rules.ts'
import { createHttp1Listener } from '../listen/http1-listener.ts'
import { createNodeListener } from '../listen/node-listener.ts'
import { reply } from '../reply/reply.ts'
import { bootApp } from './boot.ts'
import { guichet } from './guichet.ts'

const environment = { NODE_ENV: 'test', LOG_LEVEL: 'silent' }
const STREAM = { headers: { 'content-type': 'text/plain' } }

const app = guichet({ name: 'broken' })
app.get('/midway', { authorize: OPEN }, () =>
  reply(
    (async function* (): AsyncGenerator<string> {
      yield 'first'
      await new Promise((resolve) => setTimeout(resolve, 5))
      throw new Error('the disk is gone')
    })(),
    STREAM,
  ),
)
app.get('/leave', { authorize: OPEN }, (_args, { signal }) =>
  reply(
    (async function* (): AsyncGenerator<string> {
      yield 'first'
      await new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(new Error('left'))))
    })(),
    STREAM,
  ),
)
app.get('/odd', { authorize: OPEN }, () =>
  reply(
    (async function* (): AsyncGenerator<string> {
      yield 'first'
      await new Promise((resolve) => setTimeout(resolve, 5))
      throw Object.create(null)
    })(),
    STREAM,
  ),
)
app.get('/hostile', { authorize: OPEN }, () => {
  throw new Proxy(new Error('x'), {
    get() {
      throw new Error('trap')
    },
  })
})

app.get('/full', { authorize: OPEN }, () => writeFile('/dev/full', 'x'))

interface Served {
  readonly url: string
  readonly lines: readonly (readonly [message: string, fields: object])[]
}

async function serve(t: TestContext, create: typeof createNodeListener): Promise<Served> {
  const lines: (readonly [string, object])[] = []
  const tell = (fields: object, message: string): void => void lines.push([message, fields])
  const log = { debug: tell, info: tell, warn: tell, error: tell }
  const booted = await bootApp(app['~definition'], { environment, log })
  const { pipeline } = booted
  const refuse = pipeline.refuse.bind(pipeline)
  const { limits } = booted.services
  const listener = create({ host: '127.0.0.1', port: 0, limits, trustedProxies: [], refuse })
  const url = await listener.open(pipeline.answer)
  t.after(async () => {
    await listener.close(0)
    await booted.close()
  })
  return { url, lines }
}

async function get(url: string): Promise<IncomingMessage> {
  const sent = request(url, { agent: false })
  sent.end()
  const [response] = (await once(sent, 'response')) as [IncomingMessage] // what the event gives
  return response
}

for (const [name, create] of [
  ['http1', createHttp1Listener],
  ['node', createNodeListener],
] as const) {
  describe(`a reply that breaks off (${name})`, () => {
    it('ends the connection, and is logged with the call and the reason', async (t) => {
      const { url, lines } = await serve(t, create)
      const response = await get(`${url}/midway`)
      await assert.rejects(response.toArray(), { code: 'ECONNRESET' })
      assert.deepEqual(
        lines.map(([message]) => message),
        ['a reply broke off'],
      )
      assert.match(JSON.stringify(lines), /"call":"[^"]+","route":"GET \/midway","error":"Error: the disk is gone"/)
    })

    it('is logged whatever was thrown', async (t) => {
      const { url, lines } = await serve(t, create)
      const response = await get(`${url}/odd`)
      await assert.rejects(response.toArray(), { code: 'ECONNRESET' })
      await new Promise((resolve) => setTimeout(resolve, 20))
      assert.match(JSON.stringify(lines), /"a reply broke off".*"Error: an object without a text was thrown"/)
    })

    it('is nothing to log when its peer left', async (t) => {
      const { url, lines } = await serve(t, create)
      const response = await get(`${url}/leave`)
      await once(response, 'data')
      response.destroy()
      await new Promise((resolve) => setTimeout(resolve, 50))
      assert.deepEqual(lines, [])
    })

    it('is 503 where the disk is full, and logged as a fault', { skip: !existsSync('/dev/full') }, async (t) => {
      const { url, lines } = await serve(t, create)
      const response = await get(`${url}/full`)
      assert.deepEqual([response.statusCode, response.headers['retry-after']], [503, '5'])
      assert.match(Buffer.concat(await response.toArray()).toString(), /HANDLE_SHORTAGE/)
      assert.match(JSON.stringify(lines), /"fault",.*ENOSPC/)
    })

    it('is 500 where what was thrown cannot be looked at', async (t) => {
      const { url, lines } = await serve(t, create)
      const response = await get(`${url}/hostile`)
      assert.equal(response.statusCode, 500)
      await response.toArray()
      assert.match(JSON.stringify(lines), /"fault",.*an object that cannot be read/)
    })
  })
}
