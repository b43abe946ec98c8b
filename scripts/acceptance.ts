/**
 * `node scripts/acceptance.ts FOLDER`: replays the acceptance files of a folder against the examples of the same name,
 * each served as a user would serve it, on a fresh embedded database and on a fresh one of PostgreSQL where a server
 * answers (`POSTGRES_URL`, by default 127.0.0.1); then its socket clients against the messenger. Ends with the sum of what passed and failed.
 */
import { existsSync, readdirSync } from 'node:fs'
import { basename, join, resolve } from 'node:path'
import postgres from 'postgres'
import { replaySockets } from './acceptance-sockets.ts'
import { runScript } from './checks/run-program.ts'
import { findFreePort, serveApp, stopCommand, untilListening } from './started-command.ts'

interface Sum {
  passed: number
  failed: number
}

const root = join(import.meta.dirname, '..')
const folder = resolve(process.argv[2] ?? join(root, '..', 'shared', 'acceptance'))
const sum: Sum = { passed: 0, failed: 0 }

const POSTGRES_URL = process.env['POSTGRES_URL'] ?? 'postgres://postgres@127.0.0.1:5432/postgres'
/** The host of an example that serves several, as the file addresses it. */
const HOSTS: Readonly<Record<string, string>> = { 'sites.json': 'greeter.localhost' }

/** Where an example keeps its data while it is replayed. */
interface Place {
  readonly url: string
  readonly drop: () => Promise<void>
}

const hasPostgres = await canReachPostgres()
const files = readdirSync(folder).filter((file) => file.endsWith('.json'))
for (const file of files) {
  const app = join(root, 'examples', basename(file, '.json'), 'app.ts')
  if (!existsSync(app)) {
    console.log(`${file}: there is no such example yet`)
    continue
  }
  await replay(file, app, { url: 'pglite:memory:', drop: async () => {} })
  if (hasPostgres) await replay(file, app, await createPostgresDatabase())
}
await replaySockets(folder, (title, passed, failed) => {
  console.log(title)
  count(passed, failed)
})
console.log(`acceptance: ${sum.passed} passed, ${sum.failed} failed`)
process.exitCode = sum.failed > 0 ? 1 : 0

async function replay(file: string, app: string, place: Place): Promise<void> {
  const port = await findFreePort()
  const title = `${file} on ${place.url.split(':', 1)[0]}`
  const server = serveApp(app, { port, database: place.url })
  try {
    await untilListening(server, port)
    const host = HOSTS[file]
    const args = [join(folder, file), `http://127.0.0.1:${port}`, ...(host === undefined ? [] : ['--host', host])]
    const { output } = await runScript(join(folder, 'replay.mjs'), args, { cwd: root })
    const [passed, failed] = /(\d+) passed, (\d+) failed/.exec(output)?.slice(1).map(Number) ?? [0, 1]
    console.log(`${title}: ${output.trim()}`)
    count(passed ?? 0, failed ?? 1)
  } catch (error) {
    console.log(`${title}: ${error instanceof Error ? error.message : String(error)}`)
    count(0, 1)
  } finally {
    const wrong = await stopCommand(server)
    if (wrong !== null) {
      console.log(`${title}: ${wrong}`)
      count(0, 1)
    }
    await place.drop()
  }
}

/** Under `CI=true` a server that does not answer is a failure. */
async function canReachPostgres(): Promise<boolean> {
  const client = postgres(POSTGRES_URL, { max: 1, connect_timeout: 5 })
  try {
    await client`SELECT 1`
    return true
  } catch (error) {
    if (process.env['CI'] === 'true') throw error
    console.log(`no PostgreSQL answers at ${POSTGRES_URL}: only the embedded one is used`)
    return false
  } finally {
    await client.end()
  }
}

async function createPostgresDatabase(): Promise<Place> {
  const name = `guichet_acceptance_${process.pid}`
  const run = async (text: string): Promise<void> => {
    const client = postgres(POSTGRES_URL, { max: 1, onnotice: () => {} })
    await client.unsafe(text)
    await client.end()
  }
  const drop = (): Promise<void> => run(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`)
  await drop()
  await run(`CREATE DATABASE ${name}`)
  const url = new URL(POSTGRES_URL)
  url.pathname = `/${name}`
  return { url: url.href, drop }
}

function count(passed: number, failed: number): void {
  sum.passed += passed
  sum.failed += failed
}
