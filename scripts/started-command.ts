/** Starts a program of the repository as a user would, waits until it listens, and ends it. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import { join } from 'node:path'

const START_TIMEOUT_MS = 60_000
const STOP_TIMEOUT_MS = 20_000
const root = join(import.meta.dirname, '..')

export interface StartedCommand {
  readonly process: ChildProcess
  /** What it printed so far. */
  readonly output: () => string
}

/** `guichet ARGS…` from the sources. Its errors are ours; what it prints is kept. */
export function startCommand(args: readonly string[], environment: Readonly<Record<string, string>>): StartedCommand {
  const child = spawn(process.execPath, ['--conditions=guichet-source', join(root, 'bin/guichet.mjs'), ...args], {
    cwd: root,
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let text = ''
  child.stdout.setEncoding('utf8').on('data', (more: string) => (text += more))
  return { process: child, output: () => text }
}

/** `guichet run APP` on a port of this machine. */
export function serveApp(
  app: string,
  { port, database, ...more }: { readonly port: number; readonly database: string } & Readonly<Record<string, unknown>>,
): StartedCommand {
  const others = Object.fromEntries(Object.entries(more).map(([name, value]) => [name, String(value)]))
  const own = { PORT: String(port), HOST: '127.0.0.1', DATABASE_URL: database, LOG_LEVEL: 'warn' }
  return startCommand(['run', app], { ...own, ...others })
}

export async function untilListening({ process: server }: StartedCommand, port: number): Promise<void> {
  const end = Date.now() + START_TIMEOUT_MS
  while (server.exitCode === null) {
    if (await answers(port)) return
    if (Date.now() > end) throw new Error(`the server does not listen after ${START_TIMEOUT_MS / 1000} s`)
    await new Promise((done) => setTimeout(done, 100))
  }
  throw new Error(`the server ended with code ${server.exitCode}`)
}

/** As Ctrl-C does. Gives what went wrong, null where it ended cleanly or had ended before. */
export async function stopCommand({ process: server }: StartedCommand): Promise<string | null> {
  if (server.exitCode !== null) return null
  const timer = setTimeout(() => server.kill('SIGKILL'), STOP_TIMEOUT_MS)
  server.kill('SIGINT')
  await once(server, 'exit')
  clearTimeout(timer)
  return server.exitCode === 0 ? null : `it did not end cleanly: ${server.signalCode ?? `code ${server.exitCode}`}`
}

export async function findFreePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const address = probe.address()
  probe.close()
  await once(probe, 'close')
  if (address === null || typeof address === 'string') throw new Error('no free port was found')
  return address.port
}

function answers(port: number): Promise<boolean> {
  return new Promise((done) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy()
      done(true)
    })
    socket.on('error', () => done(false))
  })
}
