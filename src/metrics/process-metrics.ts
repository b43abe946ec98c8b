import { monitorEventLoopDelay } from 'node:perf_hooks'
import type * as PromClient from 'prom-client'
import type { PoolUsage } from '../sql/driver.ts'

const RESOLUTION_MS = 10

/** Seconds that the event loop was late. The monitor tells the time between two of its looks, in nanoseconds. */
export function delayOf(betweenLooksNs: number): number {
  return Math.max(0, betweenLooksNs / 1e9 - RESOLUTION_MS / 1e3)
}

/** The delay of the event loop, the pool of connections, memory and CPU time: read when somebody asks. */
export function registerProcessMetrics(
  { Gauge, Counter }: typeof PromClient,
  registry: PromClient.Registry,
  readPool: () => PoolUsage | null,
): void {
  const registers: PromClient.Registry[] = []
  // Since the last time that somebody asked. Its timer keeps no process alive.
  const delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS })
  delay.enable()
  const eventLoop = new Gauge({
    name: 'guichet_event_loop_delay_seconds',
    help: 'How late the event loop was since the last scrape',
    labelNames: ['percentile'],
    registers,
    collect() {
      for (const percentile of [50, 90, 99, 100]) this.set({ percentile }, delayOf(delay.percentile(percentile)))
      delay.reset()
    },
  })
  const pool = new Gauge({
    name: 'guichet_pool_connections',
    help: 'Connections to the database, and who waits for one',
    labelNames: ['state'],
    registers,
    collect() {
      const usage = readPool()
      if (usage === null) return
      for (const state of ['busy', 'idle', 'waiting'] as const) this.set({ state }, usage[state])
    },
  })
  const memory = new Gauge({
    name: 'process_resident_memory_bytes',
    help: 'Memory of the process',
    registers,
    collect() {
      this.set(process.memoryUsage.rss())
    },
  })
  const cpu = new Counter({
    name: 'process_cpu_seconds_total',
    help: 'User and system time of the process',
    registers,
    collect() {
      const { user, system } = process.cpuUsage()
      this.reset()
      this.inc((user + system) / 1e6)
    },
  })
  for (const metric of [eventLoop, pool, memory, cpu]) registry.registerMetric<string>(metric)
}
