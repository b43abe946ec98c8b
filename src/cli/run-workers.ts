import { checkApp } from '../app/boot.ts'
import type { AppDefinition } from '../app/guichet.ts'
import { workerMistakes } from '../app/worker-mistakes.ts'
import { ConfigError } from '../core/config-error.ts'
import { defaultLimits } from '../core/limits.ts'
import { type CommandIo, untilAborted, UsageError } from './command.ts'
import { WorkerTeam } from './worker-team.ts'

const WORKERS_MAX = 256

/** Number of workers that `--workers` asks for. Throws a `UsageError`. */
export function parseWorkers(text: string | undefined): number {
  if (text === undefined) return 1
  const count = /^\d{1,3}$/.test(text) ? Number(text) : 0
  if (count >= 1 && count <= WORKERS_MAX) return count
  throw new UsageError(`--workers takes a number from 1 to ${WORKERS_MAX}, not "${text}"`)
}

export interface WorkersPlan {
  readonly definition: AppDefinition
  readonly count: number
  /** Arguments of `guichet` for one worker. */
  readonly args: readonly string[]
  readonly file: Readonly<Record<string, string | undefined>>
}

/** A worker may need all of the time to be unready and to drain, and then a moment to close its database. */
const STOP_GRACE_MS = 5_000

/**
 * Serves an app by several processes on the same sockets until it is told to stop. SIGHUP replaces them one by one.
 * Throws a `ConfigError` for an app that cannot be served so.
 */
export async function runWorkers({ definition, count, args, file }: WorkersPlan, io: CommandIo): Promise<number> {
  const mistakes = workerMistakes(definition, checkApp(definition, { environment: io.environment, file }))
  if (mistakes.length > 0) throw new ConfigError(mistakes)
  const { unreadyMs, drainTimeoutMs } = { ...defaultLimits, ...definition.options.limits }
  const team = new WorkerTeam({
    args,
    environment: io.environment,
    count,
    stopTimeoutMs: unreadyMs + drainTimeoutMs + STOP_GRACE_MS,
    say: (line) => io.stderr.write(`${line}\n`),
  })
  const onHangup = (): void => void team.roll()
  process.on('SIGHUP', onHangup)
  // Also while they start.
  const stopped = untilAborted(io.signal).then(() => team.stop())
  try {
    const failed = await team.start()
    if (failed !== null && !io.signal.aborted) return failed
    await stopped
    io.stdout.write('Stopped.\n')
    return 0
  } finally {
    process.off('SIGHUP', onHangup)
  }
}
