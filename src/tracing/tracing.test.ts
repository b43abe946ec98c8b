import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, it } from 'node:test'
import { context, propagation, trace } from '@opentelemetry/api'
import { InMemorySpanExporter, NodeTracerProvider, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-node'
import { setImmediate as turn } from 'node:timers/promises'
import { z } from 'zod'
import { guichet } from '../app/guichet.ts'
import { OPEN } from '../authz/rules.ts'
import { openTestApp, type TestApp } from '../testing/open-test-app.ts'
import { traceHeaders, tracing } from './tracing.ts'

const TRACE = '0af7651916cd43dd8448eb211c80319c'
const PARENT = 'b7ad6b7169203331'
const exporter = new InMemorySpanExporter()
const provider = new NodeTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] })

const app = guichet({ name: 'traced' })
app.mount('/', tracing())
app.get('/things/:id', { authorize: OPEN, params: { id: z.int() } }, async () => {
  await turn()
  return traceHeaders()
})
app.get('/broken', { authorize: OPEN }, () => {
  throw new Error('broken')
})

describe('tracing()', () => {
  let opened: TestApp
  before(async () => {
    provider.register()
    opened = await openTestApp(app, { environment: { LOG_LEVEL: 'silent' } })
  })
  beforeEach(() => exporter.reset())
  after(async () => {
    await opened.close()
    await provider.shutdown()
    trace.disable()
    context.disable()
    propagation.disable()
  })

  it('continues the trace of the peer, and gives it to whom the handler asks', async () => {
    const headers = { traceparent: `00-${TRACE}-${PARENT}-01` }
    const reply = await opened.client.get('/things/12', { expect: 200, headers })
    const [span] = exporter.getFinishedSpans()
    assert.equal(span?.name, 'GET /things/:id')
    assert.equal(span.spanContext().traceId, TRACE)
    assert.equal(span.parentSpanContext?.spanId, PARENT)
    assert.equal(span.attributes['http.response.status_code'], 200)
    assert.deepEqual(reply.json, { traceparent: `00-${TRACE}-${span.spanContext().spanId}-01` })
  })

  it('begins a trace when the peer has none, or what it sends is malformed', async () => {
    for (const headers of [{}, { traceparent: '00-zz-1-01' }])
      await opened.client.get('/things/12', { expect: 200, headers })
    const spans = exporter.getFinishedSpans()
    assert.equal(spans.length, 2)
    assert.notEqual(spans[0]?.spanContext().traceId, spans[1]?.spanContext().traceId)
    assert.ok(spans.every(({ parentSpanContext }) => parentSpanContext === undefined))
  })

  it('says what was refused and what failed, without the path that nobody declared', async () => {
    await opened.client.get('/no-such-thing', { expect: 404 })
    await opened.client.get('/broken', { expect: 500 })
    const [unknown, broken] = exporter.getFinishedSpans()
    assert.equal(unknown?.name, 'GET')
    assert.equal(unknown.attributes['error.type'], 'ROUTE_NOT_FOUND')
    assert.equal(unknown.status.code, 0)
    assert.equal(broken?.attributes['error.type'], 'HANDLE_FAULT')
    assert.equal(broken.status.code, 2)
  })
})
