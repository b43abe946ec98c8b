import type * as PromClient from 'prom-client'
import type { CallObserver } from '../pipeline/call-observer.ts'

const BUCKETS_S = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]

/**
 * Counts calls and refusals, and how long calls take. Labels come from declarations alone: what a peer sends (a path, an
 * unknown method) would make a series of its own each time.
 */
export function createCallMetrics(
  { Counter, Histogram }: typeof PromClient,
  registry: PromClient.Registry,
  bucketsS: readonly number[] = BUCKETS_S,
): CallObserver {
  const registers = [registry]
  const calls = new Counter({
    name: 'guichet_calls_total',
    help: 'Calls that were answered',
    labelNames: ['transport', 'method', 'route', 'status'],
    registers,
  })
  const refused = new Counter({
    name: 'guichet_refused_total',
    help: 'Calls that were refused',
    labelNames: ['route', 'code'],
    registers,
  })
  const durations = new Histogram({
    name: 'guichet_call_duration_seconds',
    help: 'From the head of a call to its answer',
    labelNames: ['method', 'route'],
    buckets: [...bucketsS],
    registers,
  })
  return {
    onEnd: ({ transport, route, status, code, durationMs, ...record }) => {
      const known = route ?? ''
      const method = route === null ? '' : record.method
      calls.inc({ transport, method, route: known, status: String(status) })
      durations.observe({ method, route: known }, durationMs / 1000)
      if (code !== null) refused.inc({ route: known, code })
    },
  }
}
