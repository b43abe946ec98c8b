import { parseArgs } from 'node:util'
import { type RunningApp, serveApp } from '../app/serve.ts'
import { type Command, type CommandIo, UsageError } from './command.ts'
import { loadApp } from './load-app.ts'
import { readConfigFile } from './read-config-file.ts'
import { runWatching, spawnAgain } from './watch.ts'
import { formatWelcome } from './welcome.ts'

const help = `guichet run FILE [--config FILE] [--port PORT] [--watch | --no-watch]

Serves the app that FILE exports as "app". Ctrl-C ends it: calls in flight are answered, the database is closed.
On a terminal, outside production, it starts again when a file beside the app changes.

  --config FILE   a file of KEY=value lines; the environment wins over it
  --port PORT     the same as PORT=… in the environment
  --watch         start again on a change, also without a terminal; --no-watch: never

Example:
  PORT=8080 guichet run app.ts`

/** `guichet run app.ts`: serves an app until it is told to stop. */
export const runCommand: Command = {
  name: 'run',
  summary: 'serve an app',
  help,
  run: async (args, io) => {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: { config: { type: 'string' }, port: { type: 'string' }, watch: { type: 'boolean' } },
      allowNegative: true,
    })
    const [file, ...more] = positionals
    if (file === undefined || more.length > 0) throw new UsageError('guichet run takes one file')
    if (values.watch ?? isDevelopment(io)) return runWatching(file, () => spawnAgain(args, io.environment), io)
    const started = performance.now()
    const definition = await loadApp(file)
    const environment = values.port === undefined ? io.environment : { ...io.environment, PORT: values.port }
    const app = await serveApp(definition, {
      environment,
      file: values.config === undefined ? {} : await readConfigFile(values.config),
    })
    io.stdout.write(formatWelcome(app, { elapsedMs: performance.now() - started, hasColor: hasColor(io) }))
    await untilAborted(io.signal)
    await stop(app, io)
    return 0
  },
}

function isDevelopment({ stdout, environment }: CommandIo): boolean {
  const name = environment['NODE_ENV'] ?? 'development'
  return name === 'development' && 'isTTY' in stdout && stdout.isTTY === true
}

async function stop(app: RunningApp, io: CommandIo): Promise<void> {
  await app.stop()
  io.stdout.write('Stopped.\n')
}

function untilAborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve()
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }))
}

/** Colours are for people: on a terminal, and not where NO_COLOR says no (https://no-color.org). */
function hasColor({ stdout, environment }: CommandIo): boolean {
  return 'isTTY' in stdout && stdout.isTTY === true && (environment['NO_COLOR'] ?? '') === ''
}
