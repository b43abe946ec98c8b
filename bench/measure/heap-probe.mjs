// Loaded into a server: tells its heap when it gets SIGUSR2.
import { renameSync, writeFileSync } from 'node:fs'

process.on('SIGUSR2', () => {
  globalThis.gc()
  const path = process.env.BENCH_HEAP
  writeFileSync(`${path}.part`, JSON.stringify({ heap: process.memoryUsage().heapUsed }))
  renameSync(`${path}.part`, path)
})
