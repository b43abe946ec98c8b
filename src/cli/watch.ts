import { type ChildProcess, spawn } from 'node:child_process'
import { dirname, resolve } from 'node:path'
import { importPglite } from '../sql/pglite-package.ts'
import type { CommandIo } from './command.ts'
import { watchFolder } from './watch-folder.ts'

/**
 * Ends the process that serves and lets the next one serve, each time a file of the app changes. The next one is made
 * before it is wanted: it has loaded all but the app.
 */
export async function runWatching(file: string, start: () => ChildProcess, io: CommandIo): Promise<number> {
  const folder = dirname(resolve(file))
  const changes = new Changes()
  const unwatch = watchFolder(folder, (path) => {
    if (isSource(path)) changes.notice()
  })
  let next: Spawned | null = null
  try {
    let code: number
    do {
      const one = next ?? spawned(start())
      next = null
      // Two that start at once would take each other's time.
      const later = setTimeout(() => (next = spawned(start())), STANDBY_AFTER_MS)
      code = await runOnce(one, changes, io)
      clearTimeout(later)
    } while (!io.signal.aborted)
    io.stdout.write('Stopped.\n')
    return code
  } finally {
    unwatch()
    if (next !== null) await stop(next)
  }
}

/** Runs one process until a change ends it; one that ends by itself waits for a change. Gives its exit code. */
async function runOnce(one: Spawned, changes: Changes, io: CommandIo): Promise<number> {
  const { child, ended } = one
  child.send(BEGIN, () => undefined) // one that has died says so by its exit
  const first = await Promise.race([ended, changes.next(io.signal)])
  // The next process opens the same database and port: it must wait until this one has let them go.
  if (typeof first !== 'number' || io.signal.aborted) return stop(one)
  io.stderr.write('Waiting for a change …\n')
  await changes.next(io.signal)
  return first
}

/** What editors and tests write is no reason to restart. */
function isSource(path: string): boolean {
  return /\.(ts|mts|js|mjs|sql|json|html|env)$/.test(path) && !path.includes('.test.')
}

const SETTLE_MS = 30
/** When the next process is made, after the one that serves. */
const STANDBY_AFTER_MS = 500

/** Changes come in bursts: one save is several events. */
class Changes {
  #waiting: (() => void) | null = null
  #next: Promise<void> | null = null
  #timer: NodeJS.Timeout | null = null

  notice(): void {
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#timer = setTimeout(() => this.#waiting?.(), SETTLE_MS)
  }

  /** Resolves at the next change, or when the signal aborts. */
  next(signal: AbortSignal): Promise<void> {
    if (signal.aborted) return Promise.resolve()
    // Who asked before may have given up waiting: all wait for the same change.
    return (this.#next ??= new Promise((resolve) => {
      const done = (): void => {
        this.#waiting = null
        this.#next = null
        signal.removeEventListener('abort', done)
        resolve()
      }
      this.#waiting = done
      signal.addEventListener('abort', done)
    }))
  }
}

interface Spawned {
  readonly child: ChildProcess
  /** Its exit code. */
  readonly ended: Promise<number>
}

function spawned(child: ChildProcess): Spawned {
  return { child, ended: new Promise((done) => child.once('exit', (code) => done(code ?? 1))) }
}

async function stop({ child, ended }: Spawned): Promise<number> {
  if (child.exitCode === null) child.kill('SIGTERM')
  return ended
}

/** The same command again, in a process of its own that does not watch. */
export function spawnAgain(args: readonly string[], environment: CommandIo['environment']): ChildProcess {
  const [script = ''] = process.argv.slice(1)
  return spawn(process.execPath, [...process.execArgv, script, 'run', ...args, '--no-watch'], {
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
    env: { ...environment, [WATCHED]: '1' },
  })
}

const WATCHED = 'WATCHED_BY_GUICHET'
const BEGIN = 'begin'

/** True in a process that `runWatching` made. */
export function isWatched({ environment }: CommandIo): boolean {
  return environment[WATCHED] === '1' && process.send !== undefined
}

/** Waits until this process shall serve; false where it never shall. */
export async function untilWanted({ signal, environment }: CommandIo): Promise<boolean> {
  const wanted = new Promise<boolean>((resolve) => {
    process.once('message', () => resolve(true))
    process.once('disconnect', () => resolve(false))
    signal.addEventListener('abort', () => resolve(false), { once: true })
  })
  const url = environment['DATABASE_URL'] ?? ''
  if (url === '' || url.startsWith('pglite:')) await importPglite().catch(() => undefined) // where it is needed, its lack is told then
  const isWanted = await wanted
  if (process.connected) process.disconnect()
  return isWanted
}
