import { start } from 'node:repl'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { bootApp, type BootedApp } from '../app/boot.ts'
import { createMemoryListener, type MemoryListener } from '../listen/memory-listener.ts'
import { type Command, type CommandIo, UsageError } from './command.ts'
import { loadApp } from './load-app.ts'
import { readConfig } from './read-config-file.ts'

const help = `guichet shell FILE [--config FILE]

A prompt with the app at hand: its database is open, no port is.

  sql                                   the statements: await sql.getStuffAll()
  call(method, path, options?)          a call as nobody: await call('GET', '/stuff')
  call(method, path, { as: 'calvin' })  a call as a user, by a token of the app
  routes                                the compiled routes
  app                                   all of it

  --config FILE   a file of KEY=value lines, as for guichet run

Tab completes, the history is kept, Ctrl-D ends it.

Example:
  guichet shell app.ts`

/** `guichet shell app.ts`: a prompt beside the app. */
export const shellCommand: Command = {
  name: 'shell',
  help,
  run: async (args, io) => {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: { config: { type: 'string' } },
    })
    const [file, ...more] = positionals
    if (file === undefined || more.length > 0) throw new UsageError('guichet shell takes one file')
    const { environment, file: given } = await readConfig(io, values.config)
    const app = await bootApp(await loadApp(file), { environment: { ...environment, LOG_LEVEL: 'warn' }, file: given })
    const listener = createMemoryListener({ limits: app.services.limits })
    await listener.open(app.pipeline.answer)
    await runPrompt(app, listener, io)
    await listener.close(1000)
    await app.close()
    return 0
  },
}

async function runPrompt(app: BootedApp, listener: MemoryListener, io: CommandIo): Promise<void> {
  const isTerminal = 'isTTY' in io.stdout && io.stdout.isTTY === true
  const prompt = start({
    prompt: isTerminal ? `${app.definition.options.name}> ` : '',
    input: io.stdin,
    output: io.stdout,
    terminal: isTerminal,
    useColors: isTerminal,
  })
  const ended = new Promise<void>((resolve) => {
    prompt.on('exit', resolve)
    io.signal.addEventListener('abort', () => prompt.close(), { once: true })
  })
  if (isTerminal) prompt.setupHistory(join(homedir(), '.guichet_history'), () => undefined)
  const at = { app, sql: app.database?.sql, routes: app.routes, call: caller(app, listener) }
  Object.assign(prompt.context, at)
  await ended
}

interface ShellCall {
  readonly as?: string
  readonly json?: unknown
  readonly form?: Record<string, string>
}

type Caller = (method: string, path: string, options?: ShellCall) => Promise<unknown>

/** Calls the app as the test client does, and gives status and body. */
function caller({ tokenIssuer }: BootedApp, listener: MemoryListener): Caller {
  return async (method, path, { as, json, form } = {}) => {
    const headers = ['host', 'shell']
    if (as !== undefined) {
      if (tokenIssuer === null) throw new Error('The app has no token scheme: nobody can be called as')
      headers.push('authorization', `Bearer ${await tokenIssuer.createToken(as, {})}`)
    }
    if (json !== undefined) headers.push('content-type', 'application/json')
    if (form !== undefined) headers.push('content-type', 'application/x-www-form-urlencoded')
    const body =
      json !== undefined ? JSON.stringify(json) : form === undefined ? null : new URLSearchParams(form).toString()
    const reply = await listener.request({ method, target: path, headers, body })
    const text = new TextDecoder().decode(reply.body)
    return { status: reply.status, body: parseJson(text) }
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text // a page or a plain text
  }
}
