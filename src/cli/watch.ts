import { type ChildProcess, spawn } from 'node:child_process'
import { dirname, resolve } from 'node:path'
import type { CommandIo } from './command.ts'
import { watchFolder } from './watch-folder.ts'

/** Ends the process `start` made and starts another, each time a file of the app changes. */
export async function runWatching(file: string, start: () => ChildProcess, io: CommandIo): Promise<number> {
  const folder = dirname(resolve(file))
  const changes = new Changes()
  const unwatch = watchFolder(folder, (path) => {
    if (isSource(path)) changes.notice()
  })
  try {
    let code: number
    do code = await runOnce(start(), changes, io)
    while (!io.signal.aborted)
    return code
  } finally {
    unwatch()
  }
}

/** Runs one process until a change ends it; one that ends by itself waits for a change. Gives its exit code. */
async function runOnce(child: ChildProcess, changes: Changes, io: CommandIo): Promise<number> {
  const ended = exitOf(child)
  const first = await Promise.race([ended, changes.next(io.signal)])
  // The next process opens the same database and port: it must wait until this one has let them go.
  if (typeof first !== 'number' || io.signal.aborted) return stop(child, ended)
  io.stderr.write('Waiting for a change …\n')
  await changes.next(io.signal)
  return first
}

/** What editors and tests write is no reason to restart. */
function isSource(path: string): boolean {
  return /\.(ts|mts|js|mjs|sql|json|html|env)$/.test(path) && !path.includes('.test.')
}

const SETTLE_MS = 60

/** Changes come in bursts: one save is several events. */
class Changes {
  #waiting: (() => void) | null = null
  #timer: NodeJS.Timeout | null = null

  notice(): void {
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#timer = setTimeout(() => this.#waiting?.(), SETTLE_MS)
  }

  next(signal: AbortSignal): Promise<void> {
    if (signal.aborted) return Promise.resolve()
    return new Promise((resolve) => {
      const done = (): void => {
        this.#waiting = null
        signal.removeEventListener('abort', done)
        resolve()
      }
      this.#waiting = done
      signal.addEventListener('abort', done)
    })
  }
}

function exitOf(child: ChildProcess): Promise<number> {
  return new Promise((done) => child.once('exit', (code) => done(code ?? 1)))
}

async function stop(child: ChildProcess, ended: Promise<number>): Promise<number> {
  if (child.exitCode === null) child.kill('SIGTERM')
  return ended
}

/** The same command again, in a process of its own that does not watch. */
export function spawnAgain(args: readonly string[], environment: CommandIo['environment']): ChildProcess {
  const [script = ''] = process.argv.slice(1)
  return spawn(process.execPath, [...process.execArgv, script, 'run', ...args, '--no-watch'], {
    stdio: 'inherit',
    env: { ...environment },
  })
}
