/** One measure: a fresh server, a warm-up, then the time of the processor for each request. */
import { join } from 'node:path'
import { type Generator, runLoad } from '../load/run-load.ts'
import type { LoadOptions } from '../load/load.ts'
import type { Contender, Scenario } from '../scenarios.ts'
import { cpuUsOf } from './process-tree.ts'
import { startServer } from './server.ts'

export interface Sample {
  readonly cpuUs: number
  readonly perSecond: number
  readonly p50Us: number
  readonly p99Us: number
  readonly errors: number
}

export interface MeasureOptions {
  readonly seconds: number
  readonly generator: Generator
  readonly folder: string
  readonly environment: Readonly<Record<string, string>>
}

export async function measure(scenario: Scenario, contender: Contender, options: MeasureOptions): Promise<Sample> {
  const { seconds, generator, folder } = options
  const own = Object.entries(contender.environment ?? {}).map(([name, value]) => [
    name,
    value.replace('BENCH_LOG', join(folder, 'calls.log')),
  ])
  const environment = { ...options.environment, BENCH_LOG: join(folder, 'calls.log'), ...Object.fromEntries(own) }
  const server = await startServer({ name: contender.server, scenario: contender.mode, environment })
  const load: LoadOptions = {
    port: server.port,
    seconds,
    connections: scenario.connections ?? 64,
    method: scenario.method ?? 'GET',
    paths: [scenario.path ?? '/'],
    headers: scenario.headers ?? {},
    tokens: scenario.tokens?.() ?? [],
    body: scenario.body ?? '',
    isTls: contender.mode === 'tls',
  }
  const kind = scenario.isHttp2 === true ? 'http2' : generator
  try {
    await warmUp(load, kind, folder)
    const before = cpuUsOf(server.pid)
    const { requests, errors, seconds: took, p50Us, p99Us } = await runLoad(load, kind, folder)
    const cpuUs = (cpuUsOf(server.pid) - before) / requests
    return { cpuUs, perSecond: requests / took, p50Us, p99Us, errors }
  } finally {
    await server.stop()
  }
}

/** What has not been compiled yet would be measured: a server on a busy machine needs longer. */
async function warmUp(load: LoadOptions, kind: Generator | 'http2', folder: string): Promise<void> {
  const isSlow = load.connections < 64
  for (let requests = 0, turns = 0; requests < (isSlow ? 300 : 20_000) && turns < 8; turns++) {
    requests += (await runLoad({ ...load, seconds: 1 }, kind, folder)).requests
  }
}
