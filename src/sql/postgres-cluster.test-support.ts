import { execFile, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chownSync, existsSync, globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A PostgreSQL server of a test's own, which it may stop, restart and freeze. */
export interface PostgresCluster {
  /** Known once it has started: the first start takes another where this one is taken. */
  readonly port: number
  readonly url: string
  /** Its data directory; files written here belong to the user of the server. */
  write(name: string, content: string): string
  start(): void
  stop(mode: 'immediate' | 'fast'): void
  /** Stops all its processes as they are, or lets them go on. */
  freeze(): void
  thaw(): void
  /** Starts again while the process of the test goes on: after `pg_ctl restart -m immediate`, or after signal 9 to all. */
  restart(how: 'immediate' | 'kill'): Promise<void>
  remove(): void
}

const BIN = globSync('/usr/lib/postgresql/*/bin').toSorted().at(-1) ?? ''
const isRoot = process.getuid?.() === 0

/** For `describe(…, { skip })`: the programs of the server must be here to start one. */
export const skipWithoutCluster: string | false =
  existsSync(join(BIN, 'initdb')) || process.env['CI'] === 'true' ? false : 'no initdb of PostgreSQL is installed'

function commandOf(program: string, args: readonly string[]): [command: string, args: string[]] {
  const path = join(BIN, program)
  // PostgreSQL refuses to run as root.
  return isRoot ? ['runuser', ['-u', 'postgres', '--', path, ...args]] : [path, [...args]]
}

function run(program: string, args: readonly string[]): string {
  const [command, all] = commandOf(program, args)
  return execFileSync(command, all, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })
}

function own(path: string): void {
  if (!isRoot) return
  const [uid, gid] = ['-u', '-g'].map((flag) => Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8' })))
  chownSync(path, uid ?? 0, gid ?? 0)
}

/** Below the ports that systems give to outgoing connections, which would be taken at times. */
const [PORT_MIN, PORT_MAX] = [20_000, 32_000]

function somePort(): number {
  return PORT_MIN + Math.floor(Math.random() * (PORT_MAX - PORT_MIN))
}

/** Creates a server that trusts local connections; `settings` are lines of its configuration. */
export function createCluster(settings: readonly string[] = []): PostgresCluster {
  let port = somePort()
  const folder = mkdtempSync(join(tmpdir(), 'guichet-postgres-'))
  own(folder)
  const data = join(folder, 'data')
  run('initdb', ['-D', data, '-U', 'postgres', '-A', 'trust', '--no-sync'])
  const configure = (): void => {
    const lines = [`port = ${port}`, "listen_addresses = '127.0.0.1'", `unix_socket_directories = ''`, ...settings]
    writeFileSync(join(data, 'postgresql.auto.conf'), `${lines.join('\n')}\n`)
  }
  configure()
  const control = (...args: readonly string[]): string =>
    run('pg_ctl', ['-D', data, '-w', '-l', join(folder, 'log'), ...args])
  const later = async (...args: readonly string[]): Promise<void> => {
    const [command, all] = commandOf('pg_ctl', ['-D', data, '-w', '-l', join(folder, 'log'), ...args])
    // Its output is left open by the server, which would keep this waiting.
    const child = spawn(command, all, { stdio: 'ignore' })
    const [code] = (await once(child, 'exit')) as [number | null] // `exit` gives code and signal
    if (code !== 0) throw new Error(`pg_ctl ${args.join(' ')} ended with ${code}`)
  }
  const signal = (name: string): void => {
    const leader = execFileSync('head', ['-1', join(data, 'postmaster.pid')], { encoding: 'utf8' }).trim()
    const children = execFileSync('pgrep', ['-P', leader], { encoding: 'utf8' }).trim().split('\n')
    execFileSync('kill', [`-${name}`, leader, ...children])
  }
  let hasStarted = false
  const start = (): void => {
    for (let tries = 1; ; tries++) {
      try {
        control('start')
        hasStarted = true
        return
      } catch (error) {
        if (hasStarted || tries === 5) throw new Error(readFileSync(join(folder, 'log'), 'utf8'), { cause: error })
        // Somebody else may have the port.
        port = somePort()
        configure()
      }
    }
  }
  return {
    write: (name, content) => {
      const path = join(data, name)
      writeFileSync(path, content, { mode: 0o600 })
      own(path)
      return path
    },
    get port() {
      return port
    },
    get url() {
      return `postgres://postgres@127.0.0.1:${port}/postgres`
    },
    start,
    stop: (mode) => void control('stop', '-m', mode),
    freeze: () => signal('STOP'),
    thaw: () => signal('CONT'),
    restart: async (how) => {
      if (how === 'immediate') return later('restart', '-m', 'immediate')
      // Without waiting for each other: work must be under way when it hits.
      const leader = readFileSync(join(data, 'postmaster.pid'), 'utf8').split('\n', 1)[0] ?? ''
      await new Promise((resolve) => execFile('sh', ['-c', `kill -9 ${leader} $(pgrep -P ${leader})`], resolve))
      // Until the system has taken its processes away, a server is believed to run.
      for (let tries = 1; ; tries++) {
        try {
          return await later('start')
        } catch (error) {
          if (tries === 50) throw error
          await new Promise((resolve) => setTimeout(resolve, 100))
        }
      }
    },
    remove: () => {
      try {
        control('stop', '-m', 'immediate')
      } finally {
        rmSync(folder, { recursive: true, force: true })
      }
    },
  }
}
