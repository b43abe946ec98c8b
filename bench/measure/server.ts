/** Starts one server, pinned to its core, and ends it. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { connect } from 'node:net'
import { dirname, join } from 'node:path'

export const here = dirname(import.meta.dirname)
export const SERVER_CORE = 0
export const LOAD_CORE = 1

export interface Server {
  readonly pid: number
  readonly port: number
  /** From the start of the process to the end of its first answer. */
  readonly firstAnswerMs: number
  stop(): Promise<void>
}

export interface ServerOptions {
  readonly name: string
  readonly scenario: string
  readonly environment: Readonly<Record<string, string>>
  /** Further options of Node.js. */
  readonly nodeOptions?: readonly string[]
}

const bun = join(here, 'node_modules/.bin/bun')
const guichet = (file: string): readonly string[] => [
  join(here, 'node_modules/guichet/bin/guichet.mjs'),
  'run',
  join(here, 'servers/guichet', file),
  '--no-watch',
]
const GUICHET: Readonly<Record<string, readonly string[]>> = {
  guichet: guichet('app.ts'),
  'guichet-rooms': guichet('rooms.ts'),
}

export function commandOf(name: string, nodeOptions: readonly string[] = []): readonly string[] {
  if (name === 'elysia') return [bun, join(here, 'servers/elysia.ts')]
  const file = name === 'nest' ? 'nest.mjs' : `${name}.ts`
  return [process.execPath, ...nodeOptions, ...(GUICHET[name] ?? [join(here, 'servers', file)])]
}

let nextPort = 21_000 + (process.pid % 1000) * 8

export async function startServer({ name, scenario, environment, nodeOptions }: ServerOptions): Promise<Server> {
  const port = nextPort++
  const started = performance.now()
  const child = spawn('taskset', ['-c', String(SERVER_CORE), ...commandOf(name, nodeOptions)], {
    cwd: here,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      ...process.env,
      ...environment,
      NODE_ENV: 'production',
      BENCH_SCENARIO: scenario,
      PORT: String(port),
      HOST: '127.0.0.1',
    },
  })
  let output = ''
  child.stdout.on('data', (chunk) => (output = (output + String(chunk)).slice(-4000)))
  child.stderr.on('data', (chunk) => (output = (output + String(chunk)).slice(-4000)))
  const isTls = scenario === 'tls' || scenario === 'h2'
  while (!(await isAnswering(port, isTls))) {
    if (child.exitCode !== null) throw new Error(`${name} did not start for ${scenario}:\n${output}`)
    if (performance.now() - started > 60_000) {
      await stop(child)
      throw new Error(`${name} did not answer for ${scenario}:\n${output}`)
    }
    await new Promise((resolve) => setTimeout(resolve, 2))
  }
  if (child.pid === undefined) throw new Error(`${name} has no process`)
  return { pid: child.pid, port, firstAnswerMs: performance.now() - started, stop: () => stop(child) }
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const exited = once(child, 'exit')
  child.kill('SIGKILL')
  await exited
}

/** True once there is an answer to a first request; with TLS, once there is a connection. */
function isAnswering(port: number, isTls: boolean): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    const end = (isThere: boolean): void => {
      socket.destroy()
      resolve(isThere)
    }
    socket.once('error', () => end(false))
    socket.once('close', () => end(false))
    socket.once('connect', () => (isTls ? end(true) : socket.write('GET /hello HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n')))
    socket.once('data', () => end(true))
  })
}
