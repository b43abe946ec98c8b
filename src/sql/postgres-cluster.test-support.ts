import { execFileSync } from 'node:child_process'
import { chownSync, existsSync, globSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A PostgreSQL server of a test's own, which it may stop, restart and freeze. */
export interface PostgresCluster {
  readonly port: number
  readonly url: string
  /** Its data directory; files written here belong to the user of the server. */
  write(name: string, content: string): string
  start(): void
  stop(mode: 'immediate' | 'fast'): void
  /** Stops all its processes as they are, or lets them go on. */
  freeze(): void
  thaw(): void
  remove(): void
}

const BIN = globSync('/usr/lib/postgresql/*/bin').toSorted().at(-1) ?? ''
const isRoot = process.getuid?.() === 0

/** For `describe(…, { skip })`: the programs of the server must be here to start one. */
export const skipWithoutCluster: string | false =
  existsSync(join(BIN, 'initdb')) || process.env['CI'] === 'true' ? false : 'no initdb of PostgreSQL is installed'

function run(program: string, args: readonly string[]): string {
  const path = join(BIN, program)
  // PostgreSQL refuses to run as root.
  const [command, own] = isRoot ? ['runuser', ['-u', 'postgres', '--', path, ...args]] : [path, [...args]]
  return execFileSync(command, own, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })
}

function own(path: string): void {
  if (!isRoot) return
  const [uid, gid] = ['-u', '-g'].map((flag) => Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8' })))
  chownSync(path, uid ?? 0, gid ?? 0)
}

/** Creates a server that trusts local connections; `settings` are lines of its configuration. */
export function createCluster(port: number, settings: readonly string[] = []): PostgresCluster {
  const folder = mkdtempSync(join(tmpdir(), 'guichet-postgres-'))
  own(folder)
  const data = join(folder, 'data')
  run('initdb', ['-D', data, '-U', 'postgres', '-A', 'trust', '--no-sync'])
  const lines = [`port = ${port}`, "listen_addresses = '127.0.0.1'", `unix_socket_directories = ''`, ...settings]
  writeFileSync(join(data, 'postgresql.auto.conf'), `${lines.join('\n')}\n`)
  const control = (...args: readonly string[]): string =>
    run('pg_ctl', ['-D', data, '-w', '-l', join(folder, 'log'), ...args])
  const signal = (name: string): void => {
    const leader = execFileSync('head', ['-1', join(data, 'postmaster.pid')], { encoding: 'utf8' }).trim()
    const children = execFileSync('pgrep', ['-P', leader], { encoding: 'utf8' }).trim().split('\n')
    execFileSync('kill', [`-${name}`, leader, ...children])
  }
  return {
    port,
    write: (name, content) => {
      const path = join(data, name)
      writeFileSync(path, content, { mode: 0o600 })
      own(path)
      return path
    },
    url: `postgres://postgres@127.0.0.1:${port}/postgres`,
    start: () => void control('start'),
    stop: (mode) => void control('stop', '-m', mode),
    freeze: () => signal('STOP'),
    thaw: () => signal('CONT'),
    remove: () => {
      try {
        control('stop', '-m', 'immediate')
      } finally {
        rmSync(folder, { recursive: true, force: true })
      }
    },
  }
}
