import assert from 'node:assert/strict'
import { createRequire } from 'node:module'
import { describe, it } from 'node:test'
import { z } from 'zod'
import { guichet } from '../app/guichet.ts'
import { AUTH, OPEN } from '../authz/rules.ts'
import { custom } from '../authn/custom.ts'
import { identityOf } from '../core/scheme.ts'
import { openTestApp } from '../testing/open-test-app.ts'
import { metrics } from './metrics.ts'

interface Family {
  readonly name: string
  readonly type: string
  readonly metrics: readonly {
    readonly labels?: Readonly<Record<string, string>>
    readonly value?: string
  }[]
}

// The package has no types of its own; its README says what it gives.
const parse = createRequire(import.meta.url)('parse-prometheus-text-format') as (text: string) => readonly Family[]

const who = custom('who', (call) => (call.header('x-who') === undefined ? null : identityOf('calvin')))

function createApp(): ReturnType<typeof guichet> {
  const app = guichet({ name: 'measured', authn: [who] })
  app.get('/things/:id', { authorize: OPEN, params: { id: z.int() } }, ({ id }) => id)
  app.get('/mine', { authorize: AUTH }, () => 'mine')
  app.mount('/', metrics({ authorize: AUTH, bucketsS: [0.1, 60] }))
  return app
}

describe('metrics()', () => {
  for (const transport of ['memory', 'socket'] as const) {
    it(`counts calls, refusals and latencies by what routes declare, ${transport}`, async () => {
      await using test = await openTestApp(createApp(), { transport })
      const { client } = test
      for (const id of ['1', '2', 'x']) await client.get(`/things/${id}`)
      await client.get('/mine', { expect: 401 })
      await client.get('/no-such-thing', { expect: 404 })
      await client.get('/metrics', { expect: 401 })
      const reply = await client.get('/metrics', { expect: 200, headers: { 'x-who': 'me' } })
      const families = new Map(parse(reply.text).map((family) => [family.name, family]))
      const of = (name: string): Family['metrics'] => families.get(name)?.metrics ?? []
      const count = (name: string, labels: Readonly<Record<string, string>>): number => {
        const found = of(name).filter((one) =>
          Object.entries(labels).every(([label, value]) => one.labels?.[label] === value),
        )
        return found.reduce((sum, { value }) => sum + Number(value), 0)
      }
      const isHttp = { transport: 'http', method: 'GET' }
      assert.equal(count('guichet_calls_total', { ...isHttp, route: '/things/:id', status: '200' }), 2)
      assert.equal(count('guichet_calls_total', { route: '/things/:id', status: '400' }), 1)
      assert.equal(count('guichet_refused_total', { route: '/things/:id', code: 'PARAMS_INVALID' }), 1)
      assert.equal(count('guichet_refused_total', { route: '/mine', code: 'AUTHN_MISSING' }), 1)
      assert.equal(count('guichet_refused_total', { route: '', code: 'ROUTE_NOT_FOUND' }), 1)
      assert.ok(!reply.text.includes('no-such-thing'), 'a path that a peer made up is no label')
      assert.equal(families.get('guichet_call_duration_seconds')?.type, 'HISTOGRAM')
      // The parser makes one histogram of all labels.
      assert.match(reply.text, /^guichet_call_duration_seconds_count\{method="GET",route="\/things\/:id"\} 3$/m)
      assert.match(
        reply.text,
        /^guichet_call_duration_seconds_bucket\{le="60",method="GET",route="\/things\/:id"\} 3$/m,
      )
      const delays = of('guichet_event_loop_delay_seconds')
      assert.equal(families.get('guichet_event_loop_delay_seconds')?.type, 'GAUGE')
      // `quantile` is for summaries alone: `promtool check metrics` refuses it elsewhere.
      assert.deepEqual(
        delays.map(({ labels }) => labels),
        ['50', '90', '99', '100'].map((percentile) => ({ percentile })),
      )
      assert.ok(count('process_cpu_seconds_total', {}) > 0)
    })
  }
})
