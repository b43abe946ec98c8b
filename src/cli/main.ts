import { ConfigError } from '../core/config-error.ts'
import { type Command, type CommandIo, CommandError, UsageError } from './command.ts'
import { COMMANDS } from './commands.ts'

/** Runs `guichet` with the arguments after its name; gives the exit code. */
export async function main(args: readonly string[], io: CommandIo): Promise<number> {
  const [name, ...rest] = args
  if (name === undefined || name === '--help' || name === 'help') {
    io.stdout.write(formatOverview())
    return 0
  }
  if (name === '--version') {
    io.stdout.write(`${await readVersion()}\n`)
    return 0
  }
  const command = COMMANDS.find((one) => one.name === name)
  if (command === undefined) {
    io.stderr.write(`guichet: there is no command "${name}"\n\n${formatOverview()}`)
    return 2
  }
  if (rest.includes('--help') || rest.includes('-h')) {
    io.stdout.write(`${command.help.trimEnd()}\n`)
    return 0
  }
  return runSafely(command, rest, io)
}

async function runSafely(command: Command, args: readonly string[], io: CommandIo): Promise<number> {
  try {
    return await command.run(args, io)
  } catch (error) {
    if (error instanceof UsageError || isArgumentError(error)) {
      io.stderr.write(`guichet: ${error.message}\nSee: guichet ${command.name} --help\n`)
      return 2
    }
    if (error instanceof ConfigError || error instanceof CommandError) {
      io.stderr.write(`${error.message}\n`)
      return 1
    }
    io.stderr.write(`guichet: ${error instanceof Error ? (explainSystemError(error) ?? error.stack) : String(error)}\n`)
    return 1
  }
}

function isArgumentError(error: unknown): error is Error {
  return error instanceof TypeError && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS')
}

/** What a person can do about the errors of the system that they meet most. */
function explainSystemError(error: Error): string | null {
  const { code, port, address } = error as Error & { code?: string; port?: number; address?: string } // Node adds these
  if (code === 'EADDRINUSE')
    return `port ${port} is taken on ${address}: end what listens there, or choose another with PORT=…`
  if (code === 'EACCES' && port !== undefined) return `port ${port} is reserved: choose one above 1023 with PORT=…`
  if (code === 'EADDRNOTAVAIL') return `${address} is no address of this machine: choose another with HOST=…`
  return null
}

function formatOverview(): string {
  const width = Math.max(...COMMANDS.map(({ name }) => name.length))
  const rows = COMMANDS.map(({ name, summary }) => `  ${name.padEnd(width)}  ${summary}`)
  return ['guichet COMMAND [arguments]', '', ...rows, '', 'guichet COMMAND --help tells more.', ''].join('\n')
}

async function readVersion(): Promise<string> {
  const { readFile } = await import('node:fs/promises')
  const text = await readFile(new URL('../../package.json', import.meta.url), 'utf8')
  return (JSON.parse(text) as { version: string }).version // our own package.json
}
