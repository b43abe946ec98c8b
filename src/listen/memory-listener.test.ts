import assert from 'node:assert/strict'
import { afterEach, beforeEach, test } from 'node:test'
import { HeadBlock } from '../core/reply.ts'
import { ContractApp } from './contract/contract-app.ts'
import { createMemoryListener } from './memory-listener.ts'
import type { MemoryListener, MemoryReply } from './memory-listener.ts'

let app = new ContractApp()
let listener: MemoryListener = createMemoryListener()

beforeEach(async () => {
  app = new ContractApp()
  listener = createMemoryListener()
  await listener.open(app.answer)
})
afterEach(() => listener.close(0))

const textOf = ({ body }: MemoryReply): string => Buffer.from(body).toString()

test('MemoryListener gives a request as it was sent', async () => {
  const reply = await listener.request({
    method: 'GET',
    target: '/show?a=%20',
    headers: ['X-Probe', 'one', 'x-probe', 'two'],
  })
  assert.equal(reply.status, 200)
  const shown = JSON.parse(textOf(reply)) as Record<string, unknown> // /show answers an object
  assert.deepEqual(
    [shown['path'], shown['query'], shown['host'], shown['probe']],
    ['/show', 'a=%20', 'memory', 'one, two'],
  )
  assert.equal(shown['direct'], true)
})

test('MemoryListener sends bodies of every form', async () => {
  const pieces = (async function* (): AsyncGenerator<Uint8Array> {
    yield Buffer.from('he')
    yield Buffer.from('llo')
  })()
  for (const body of ['hello', Buffer.from('hello'), pieces]) {
    assert.equal(textOf(await listener.request({ method: 'POST', target: '/echo', body })), 'hello')
  }
  assert.equal(textOf(await listener.request({ method: 'POST', target: '/echo' })), '')
  assert.equal(textOf(await listener.request({ method: 'POST', target: '/echo-stream', body: 'hello' })), 'hello')
})

test('MemoryListener keeps to the limit of a body', async () => {
  app.bodyBytesMax = 4
  const reply = await listener.request({ method: 'POST', target: '/echo', body: 'hello' })
  assert.deepEqual([reply.status, textOf(reply)], [413, 'LISTEN_BODY_TOO_LARGE'])
  const streamed = listener.request({ method: 'POST', target: '/echo-stream', body: 'hello' })
  await assert.rejects(streamed, /LISTEN_BODY_TOO_LARGE: the body is too large/)
})

test('MemoryListener answers HEAD without a body and with its length', async () => {
  const reply = await listener.request({ method: 'HEAD', target: '/text?four' })
  assert.equal(reply.body.length, 0)
  assert.equal(reply.headers[reply.headers.indexOf('content-length') + 1], '4')
})

test('MemoryListener tells a call that its peer went away', async () => {
  const controller = new AbortController()
  const reply = listener.request({ method: 'GET', target: '/never', signal: controller.signal })
  controller.abort()
  await reply
  assert.deepEqual(app.aborted, ['/never'])
})

test('MemoryListener tells a call whose peer was gone before it began', async () => {
  await listener.open(({ signal }) => ({
    status: 200,
    head: new HeadBlock([]),
    headers: null,
    body: String(signal.aborted),
  }))
  assert.equal(textOf(await listener.request({ method: 'GET', target: '/', signal: AbortSignal.abort() })), 'true')
  assert.equal(textOf(await listener.request({ method: 'GET', target: '/' })), 'false')
})

test('MemoryListener.stream() gives the pieces of an answer as they come', async () => {
  const { body } = await listener.stream({ method: 'GET', target: '/endless' })
  for await (const piece of body) {
    assert.equal(piece[0], 'e'.charCodeAt(0))
    break
  }
  assert.deepEqual(app.ended, ['/endless'])
})

test('MemoryListener.request() fails with a stream that breaks, and a target that is none', async () => {
  await assert.rejects(listener.request({ method: 'GET', target: '/failing' }), /the source broke/)
  assert.deepEqual(app.ended, ['/failing: the source broke'])
  await assert.rejects(listener.request({ method: 'GET', target: 'nowhere' }), /not a target/)
})

test('MemoryListener.close() waits for what runs, then aborts it', async () => {
  const waiting = listener.request({ method: 'GET', target: '/wait?30' })
  const never = listener.request({ method: 'GET', target: '/never' })
  await listener.close(100)
  assert.equal(textOf(await waiting), 'waited 30')
  await never
  assert.deepEqual(app.aborted, ['/never'])
  await assert.rejects(listener.request({ method: 'GET', target: '/' }), /not open/)
})
