/**
 * `node scripts/acceptance.ts FOLDER`: replays the acceptance files of a folder against the examples of the same name,
 * each served as a user would serve it, on a fresh database. Ends with the sum of what passed and failed.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { basename, join, resolve } from 'node:path'
import { runScript } from './checks/run-program.ts'

const START_TIMEOUT_MS = 60_000
const STOP_TIMEOUT_MS = 20_000

interface Sum {
  passed: number
  failed: number
}

const root = join(import.meta.dirname, '..')
const folder = resolve(process.argv[2] ?? join(root, '..', 'shared', 'acceptance'))
const sum: Sum = { passed: 0, failed: 0 }

const files = readdirSync(folder).filter((file) => file.endsWith('.json'))
for (const file of files) {
  const app = join(root, 'examples', basename(file, '.json'), 'app.ts')
  if (existsSync(app)) await replay(file, app)
  else console.log(`${file}: there is no such example yet`)
}
console.log(`acceptance: ${sum.passed} passed, ${sum.failed} failed`)
process.exitCode = sum.failed > 0 ? 1 : 0

async function replay(file: string, app: string): Promise<void> {
  const port = await findFreePort()
  const server = serve(app, port)
  try {
    await untilListening(server, port)
    const script = join(folder, 'replay.mjs')
    const { output } = await runScript(script, [join(folder, file), `http://127.0.0.1:${port}`], { cwd: root })
    const [passed, failed] = /(\d+) passed, (\d+) failed/.exec(output)?.slice(1).map(Number) ?? [0, 1]
    console.log(`${file}:\n${output.trim()}`)
    count(passed ?? 0, failed ?? 1)
  } catch (error) {
    console.log(`${file}: ${error instanceof Error ? error.message : String(error)}`)
    count(0, 1)
  } finally {
    await stop(server, file)
  }
}

function count(passed: number, failed: number): void {
  sum.passed += passed
  sum.failed += failed
}

function serve(app: string, port: number): ChildProcess {
  const args = ['--conditions=guichet-source', join(root, 'bin/guichet.mjs'), 'run', app]
  const env = {
    ...process.env,
    PORT: String(port),
    HOST: '127.0.0.1',
    DATABASE_URL: 'pglite:memory:',
    LOG_LEVEL: 'warn',
  }
  return spawn(process.execPath, args, { cwd: root, env, stdio: ['ignore', 'ignore', 'inherit'] })
}

async function untilListening(server: ChildProcess, port: number): Promise<void> {
  const end = Date.now() + START_TIMEOUT_MS
  while (server.exitCode === null) {
    if (await answers(port)) return
    if (Date.now() > end) throw new Error(`the server does not listen after ${START_TIMEOUT_MS / 1000} s`)
    await new Promise((done) => setTimeout(done, 100))
  }
  throw new Error(`the server ended with code ${server.exitCode}`)
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

/** As Ctrl-C does; a server that does not end cleanly has failed. */
async function stop(server: ChildProcess, file: string): Promise<void> {
  if (server.exitCode !== null) return
  const timer = setTimeout(() => server.kill('SIGKILL'), STOP_TIMEOUT_MS)
  server.kill('SIGINT')
  await once(server, 'exit')
  clearTimeout(timer)
  if (server.exitCode === 0) return
  console.log(`${file}: the server did not end cleanly: ${server.signalCode ?? `code ${server.exitCode}`}`)
  count(0, 1)
}

async function findFreePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const address = probe.address()
  probe.close()
  await once(probe, 'close')
  if (address === null || typeof address === 'string') throw new Error('no free port was found')
  return address.port
}
