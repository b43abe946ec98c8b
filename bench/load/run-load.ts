/** Runs a generator on its own core: `wrk` where it is installed, else our own; HTTP/2 always by our own. */
import { execFile, execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { LOAD_CORE } from '../measure/server.ts'
import type { LoadOptions, LoadResult } from './load.ts'
import { formatWrkScript, parseWrk } from './wrk.ts'

const run = promisify(execFile)
export type Generator = 'wrk' | 'node'

/** What can be used here, and how it calls itself. */
export function findGenerator(wanted: string | undefined): { readonly generator: Generator; readonly about: string } {
  const version = wanted === 'node' ? null : wrkVersion()
  if (version === null) return { generator: 'node', about: 'load/http1-load.ts (own, on node:net)' }
  return { generator: 'wrk', about: version }
}

function wrkVersion(): string | null {
  try {
    return execFileSync('sh', ['-c', 'wrk --version 2>&1 || true'], { encoding: 'utf8' }).match(/^wrk \S+/)?.[0] ?? null
  } catch {
    return null
  }
}

export async function runLoad(
  options: LoadOptions,
  generator: Generator | 'http2',
  folder: string,
): Promise<LoadResult> {
  if (generator === 'wrk') {
    const script = join(folder, 'load.lua')
    writeFileSync(script, formatWrkScript(options))
    const url = `${options.isTls ? 'https' : 'http'}://127.0.0.1:${options.port}/`
    const connections = ['-t1', `-c${options.connections}`, `-d${options.seconds}s`]
    const { stdout } = await run(
      'taskset',
      ['-c', String(LOAD_CORE), 'wrk', ...connections, '--latency', '-s', script, url],
      {},
    )
    return parseWrk(stdout)
  }
  const file = join(folder, 'load.json')
  writeFileSync(file, JSON.stringify(options))
  const program = join(import.meta.dirname, generator === 'http2' ? 'http2-load.ts' : 'http1-load.ts')
  const { stdout } = await run('taskset', ['-c', String(LOAD_CORE), process.execPath, program, file])
  return JSON.parse(stdout) as LoadResult
}
