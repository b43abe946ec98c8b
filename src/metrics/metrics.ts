import type { Module } from '../app/declare.ts'
import type { Call } from '../core/call.ts'
import type { RouteOptions } from '../core/route-spec.ts'
import type { Rule } from '../core/rule.ts'
import type { AppRuntime } from '../pipeline/app-runtime.ts'
import { CallState } from '../pipeline/call-state.ts'
import { reply, text } from '../reply/reply.ts'
import { createCallMetrics } from './call-metrics.ts'
import { loadPromClient } from './load-prom-client.ts'
import { registerProcessMetrics } from './process-metrics.ts'
import { formatForTeam, mergeMetrics } from './team-metrics.ts'

export interface MetricsOptions<R> extends Pick<RouteOptions, 'authn' | 'realm'> {
  /** Who may read the metrics: `/metrics` tells which routes there are, and how they are used. */
  readonly authorize: R
  /** Upper bounds of the histogram of latencies, in seconds; 1 ms to 10 s by default. */
  readonly bucketsS?: readonly number[]
}

const TOPIC = 'metrics'

type EnvOf<R> = R extends Rule<never, string | null, infer E> ? E : never

/**
 * `/metrics` in the text form of Prometheus: `app.mount('/', metrics({ authorize: MONITOR }))`. Calls, refusals and
 * latencies by route, the pool, the delay of the event loop. Throws a `ConfigError` where the package `prom-client` is
 * missing.
 */
export function metrics<R extends Rule<Record<never, never>, string | null, never>>(
  options: MetricsOptions<R>,
): Module<EnvOf<R>> {
  const { authorize, authn, realm, bucketsS } = options
  const prom = loadPromClient()
  const registry = new prom.Registry()
  const observer = createCallMetrics(prom, registry, bucketsS)
  let runtime: AppRuntime | null = null
  registerProcessMetrics(prom, registry, () => runtime?.database?.driver.usage?.() ?? null)
  const spec = {
    authorize: authorize as Rule<Record<never, never>, string | null, never>, // what R is bound to
    tags: ['health'],
    essential: true,
    summary: 'Metrics for Prometheus',
    ...(authn === undefined ? {} : { authn }),
    ...(realm === undefined ? {} : { realm }),
  }
  return {
    '~declare': (into) => {
      into['~observe']({
        ...observer,
        onBoot: (booted) => {
          runtime = booted
          booted.team?.onAsk(TOPIC, () => formatForTeam(registry))
        },
      })
      into.get('/metrics', spec, async (_, call) => {
        runtime = runtimeOf(call)
        const headers = { 'content-type': registry.contentType, 'cache-control': 'no-store' }
        const { team } = runtime
        const all = team === null ? registry.metrics() : mergeMetrics(prom, await team.ask(TOPIC))
        return reply(text(await all), { headers })
      })
    },
  }
}

function runtimeOf(call: Call): AppRuntime {
  if (call instanceof CallState) return call.runtime
  throw new TypeError('Cannot measure the app: the call is not one of its pipeline')
}
