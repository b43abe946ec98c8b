import cluster, { type Worker } from 'node:cluster'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { type RunningApp, serveApp, type StopOptions } from '../app/serve.ts'
import { type Command, type CommandIo, untilAborted, UsageError } from './command.ts'
import { loadApp } from './load-app.ts'
import { readConfigFile } from './read-config-file.ts'
import { parseWorkers, runWorkers } from './run-workers.ts'
import { watchStrayErrors } from './stray-errors.ts'
import { isWatched, runWatching, spawnAgain, untilWanted } from './watch.ts'
import { joinTeam } from './team-questions.ts'
import { formatWelcome } from './welcome.ts'
import { untilReplaced } from './worker-team.ts'

const help = `guichet run FILE [--config FILE] [--port PORT] [--workers N] [--watch | --no-watch]

Serves the app that FILE exports as "app". Ctrl-C ends it: calls in flight are answered, the database is closed.
On a terminal, outside production, it starts again when a file beside the app changes.

  --config FILE   a file of KEY=value lines; the environment wins over it
  --port PORT     the same as PORT=… in the environment
  --workers N     serve by N processes on the same sockets. One that dies is started again; SIGHUP replaces them one by
                  one, and no connection is refused. What they share must be outside: PostgreSQL, and REDIS_URL for
                  sessions, ended tokens, idempotency keys and rate limits. Not for apps with channels
  --watch         start again on a change, also without a terminal; --no-watch: never

Example:
  PORT=8080 guichet run app.ts`

/** `guichet run app.ts`: serves an app until it is told to stop. */
export const runCommand: Command = {
  name: 'run',
  help,
  run: async (args, io) => {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        config: { type: 'string' },
        port: { type: 'string' },
        watch: { type: 'boolean' },
        workers: { type: 'string' },
      },
      allowNegative: true,
    })
    const [file, ...more] = positionals
    if (file === undefined || more.length > 0) throw new UsageError('guichet run takes one file')
    const workers = parseWorkers(values.workers)
    if (values.port !== undefined && !/^\d{1,5}$/.test(values.port))
      throw new UsageError(`--port takes a number from 0 to 65535, not "${values.port}"`)
    if (values.watch === true && workers > 1) throw new UsageError('--watch is for one process, --workers for several')
    if (values.watch ?? (workers === 1 && isDevelopment(io)))
      return runWatching(file, () => spawnAgain(args, io.environment), io)
    const watched = isWatched(io)
    if (watched && !(await untilWanted(io))) return 0
    const started = performance.now()
    const definition = await unlessStopped(loadApp(file), io)
    if (definition === null) return 0
    const environment = values.port === undefined ? io.environment : { ...io.environment, PORT: values.port }
    const config = values.config === undefined ? {} : await readConfigFile(values.config)
    if (workers > 1 && cluster.isPrimary) {
      return runWorkers({ definition, count: workers, args: ['run', ...args], file: config }, { ...io, environment })
    }
    const replaced = untilReplaced()
    const app = await unlessStopped(serveApp(definition, { environment, file: config, team: joinTeam() }), io)
    if (app === null) return 0
    if (isFirst()) {
      io.stdout.write(formatWelcome(app, { elapsedMs: performance.now() - started, hasColor: hasColor(io) }))
    }
    // A terminal that goes away tells the whole group; a worker ends when its primary says so.
    if (cluster.isWorker) process.on('SIGHUP', () => undefined)
    const stray = watchStrayErrors(app.services.log)
    const why = await Promise.race([
      untilAborted(io.signal).then(() => 'told' as const),
      stray.broken.then(() => 'broken' as const),
      replaced.then(() => 'replaced' as const),
    ])
    if (why === 'broken') exitLater(app)
    // Where one of several workers ends, the others serve on.
    if (watched) await app.stop({ deadlineMs: RESTART_DEADLINE_MS })
    else await stop(app, io, { isReplaced: why !== 'told' && cluster.isWorker })
    stray.stop()
    return why === 'broken' ? 1 : 0
  },
}

const CLOSE_MS = 5000

/** What is broken may never end by itself. */
function exitLater({ services: { limits } }: RunningApp): void {
  setTimeout(() => process.exit(1), limits.unreadyMs + limits.drainTimeoutMs + CLOSE_MS).unref()
}

/** Who changes a file waits for the answer of the new code, not for the last one of the old. */
const RESTART_DEADLINE_MS = 200

/** A start that waits for something that never comes must not keep a process from ending. */
const START_GRACE_MS = 2000

/** Null where the command was told to end meanwhile, and what starts did not get ready to be ended properly. */
async function unlessStopped<T>(starting: Promise<T>, { signal, stdout }: CommandIo): Promise<T | null> {
  const late = untilAborted(signal).then(() => sleep(START_GRACE_MS, null, { ref: false }))
  const started = await Promise.race([starting, late])
  if (started !== null) return started
  starting.catch(() => undefined)
  if (cluster.isPrimary) stdout.write('Stopped.\n')
  return null
}

/** Of several workers one greets. */
function isFirst(): boolean {
  return (cluster.worker?.id ?? 1) === 1
}

function isDevelopment({ stdout, environment }: CommandIo): boolean {
  const name = environment['NODE_ENV'] ?? 'development'
  return name === 'development' && 'isTTY' in stdout && stdout.isTTY === true
}

async function stop(app: RunningApp, io: CommandIo, how: StopOptions): Promise<void> {
  await app.stop(how)
  if (cluster.worker !== undefined) await leave(cluster.worker)
  else io.stdout.write('Stopped.\n')
}

/** The primary knows that this worker is gone before its process ends. */
async function leave(worker: Worker): Promise<void> {
  if (!worker.isConnected()) return
  const gone = once(worker, 'disconnect')
  worker.disconnect()
  await gone
}

/** Colours are for people: on a terminal, and not where NO_COLOR says no (https://no-color.org). */
function hasColor({ stdout, environment }: CommandIo): boolean {
  return 'isTTY' in stdout && stdout.isTTY === true && (environment['NO_COLOR'] ?? '') === ''
}
