/** The socket clients of the acceptance folder (Python) against the messenger and against `guichet tcp listen`. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { runProgram } from './checks/run-program.ts'
import {
  findFreePort,
  serveApp,
  type StartedCommand,
  startCommand,
  stopCommand,
  untilListening,
} from './started-command.ts'

const root = join(import.meta.dirname, '..')
const LOCAL = '127.0.0.1'

/** One thing that was tried: what it is, and whether it held. */
export type Tell = (title: string, passed: number, failed: number) => void

export async function replaySockets(folder: string, tell: Tell): Promise<void> {
  const file = join(folder, 'sockets.py')
  if (!existsSync(file)) return
  const run = async (...args: readonly (string | number)[]): Promise<string> => {
    const { output, code } = await runProgram('python3', [file, ...args.map(String)], { cwd: root, timeoutMs: 60_000 })
    return code === 0 ? output.trim() : `code ${code}: ${output.trim()}`
  }
  await withServer('sockets.py hello', tell, {
    ...(await listenCommand()),
    work: async (port, { output }) => {
      const said = await run('hello', LOCAL, port)
      for (let i = 0; i < 50 && !output().includes('Ola Mundo!'); i++)
        await new Promise((done) => setTimeout(done, 100))
      const line =
        output()
          .split('\n')
          .find((one) => one.includes('Ola Mundo!')) ?? ''
      // The words, and the address of who sent them.
      const isRight = said === '' && /127\.0\.0\.1:\d+.*Ola Mundo!$/.test(line)
      tell(`sockets.py hello: ${line === '' ? `not heard ${said}` : line}`, Number(isRight), Number(!isRight))
    },
  })
  const [port, tcpPort, udpPort] = [await findFreePort(), await findFreePort(), await findFreePort()]
  const app = join(root, 'examples/messenger/app.ts')
  const messenger = serveApp(app, { port, database: 'pglite:memory:', TCP_PORT: tcpPort, UDP_PORT: udpPort })
  await withServer('sockets.py', tell, {
    port: tcpPort,
    started: messenger,
    work: async () => {
      // Twice on one server: what the first run left in the room must not disturb the second.
      for (const turn of ['first', 'second']) {
        const text = await run('chat', LOCAL, tcpPort, 20, 50)
        const [passed = 0, failed = 1] = /(\d+) passed, (\d+) failed/.exec(text)?.slice(1).map(Number) ?? []
        tell(`sockets.py chat, ${turn} run: ${text}`, passed, failed)
      }
      const answer = await run('udp', LOCAL, udpPort)
      const isRight = answer === 'Nobody is here'
      tell(`sockets.py udp: ${answer}`, Number(isRight), Number(!isRight))
    },
  })
}

interface Listening {
  readonly port: number
  readonly started: StartedCommand
}

interface Session extends Listening {
  readonly work: (port: number, started: StartedCommand) => Promise<void>
}

async function listenCommand(): Promise<Listening> {
  const port = await findFreePort()
  return { port, started: startCommand(['tcp', 'listen', String(port)], {}) }
}

async function withServer(title: string, tell: Tell, { port, started, work }: Session): Promise<void> {
  try {
    await untilListening(started, port)
    await work(port, started)
  } catch (error) {
    tell(`${title}: ${error instanceof Error ? error.message : String(error)}`, 0, 1)
  }
  const wrong = await stopCommand(started)
  if (wrong !== null) tell(`${title}: ${wrong}`, 0, 1)
}
