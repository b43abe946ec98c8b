import { parseArgs } from 'node:util'
import { formatMade, makeApp } from '../../bin/new-app.mjs'
import { type Command, CommandError, UsageError } from './command.ts'

const help = `guichet new DIR

Makes a small app in DIR: one table, register and login, objects that belong to somebody, tests. Asks nothing.

Example:
  guichet new my-app
  cd my-app
  npm start`

/** `guichet new my-app`: a small app to start from. */
export const newCommand: Command = {
  name: 'new',
  summary: 'make a new app',
  help,
  run: async (args, io) => {
    const { positionals } = parseArgs({ args: [...args], allowPositionals: true })
    const [directory, ...more] = positionals
    if (directory === undefined || more.length > 0) throw new UsageError('guichet new takes one folder')
    const mistake = await makeApp(directory)
    if (mistake !== null) throw new CommandError(mistake)
    io.stdout.write(formatMade(directory))
    return 0
  },
}
