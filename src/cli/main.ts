import { ConfigError } from '../core/config-error.ts'
import { type Command, type CommandIo, CommandError, UsageError } from './command.ts'
import { COMMAND_GROUPS, COMMANDS } from './commands.ts'
import { explainError } from './explain-error.ts'
import { suggest } from './suggest.ts'

/** Runs `guichet` with the arguments after its name; gives the exit code. */
export async function main(args: readonly string[], io: CommandIo): Promise<number> {
  const [name, ...rest] = args
  const asked = name === 'help' ? rest[0] : name
  if (asked === undefined || asked === '--help' || asked === '-h') {
    io.stdout.write(await formatOverview())
    return 0
  }
  if (asked === '--version' || asked === '-v') {
    io.stdout.write(`${await readVersion()}\n`)
    return 0
  }
  const entry = COMMANDS.find((one) => one.name === asked)
  if (entry === undefined) {
    const meant = suggest(asked, [...COMMANDS.map((one) => one.name), 'help'])
    const hint = meant === null ? 'See: guichet --help' : `Did you mean: guichet ${meant}`
    io.stderr.write(`guichet: there is no command "${asked}"\n${hint}\n`)
    return 2
  }
  const command = await entry.load()
  if (name === 'help' || rest.includes('--help') || rest.includes('-h')) {
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
      io.stderr.write(`guichet: ${explainUsage(error, command)}\nSee: guichet ${command.name} --help\n`)
      return 2
    }
    if (error instanceof ConfigError || error instanceof CommandError) {
      io.stderr.write(`${error.message}\n`)
      return 1
    }
    io.stderr.write(explainError(error))
    return 1
  }
}

function isArgumentError(error: unknown): error is Error {
  return error instanceof TypeError && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS')
}

/** Node's own sentence on an unknown option explains how to name a file that begins with a dash: nobody wants that. */
function explainUsage({ message }: Error, { help }: Command): string {
  const [, option] = /^Unknown option '([^']+)'/.exec(message) ?? []
  if (option === undefined) return message
  const meant = suggest(option, help.match(/--[a-z]+(?:-[a-z]+)*/g) ?? [])
  return `there is no option ${option}${meant === null ? '' : `; did you mean ${meant}?`}`
}

async function formatOverview(): Promise<string> {
  const width = Math.max(...COMMANDS.map(({ name }) => name.length))
  const groups = COMMAND_GROUPS.map(({ title, commands }) =>
    [title, ...commands.map(({ name, summary }) => `  ${name.padEnd(width)}  ${summary}`), ''].join('\n'),
  )
  return [
    `guichet ${await readVersion()}: routes that say who may call them`,
    '',
    'guichet COMMAND [arguments]',
    '',
    ...groups,
    'guichet COMMAND --help tells more.',
    '',
  ].join('\n')
}

async function readVersion(): Promise<string> {
  const { readFile } = await import('node:fs/promises')
  const text = await readFile(new URL('../../package.json', import.meta.url), 'utf8')
  return (JSON.parse(text) as { version: string }).version // our own package.json
}
