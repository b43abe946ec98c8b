import { parseArgs } from 'node:util'
import { type Command, CommandError, UsageError } from './command.ts'

const help = `guichet new DIR

Makes a small app in DIR: one table, register and login, objects that belong to somebody, tests. Asks nothing.

Example:
  guichet new my-app
  cd my-app
  npm start`

/** Outside the sources, in plain JavaScript: a machine whose Node is too old for us makes a new app with the same code. */
interface AppMaker {
  /** Gives what is wrong, null when the app is made. */
  makeApp(directory: string): Promise<string | null>
  /** What to do next. */
  formatMade(directory: string): string
}

const MAKER = new URL('../../bin/new-app.mjs', import.meta.url).href

/** `guichet new my-app`: a small app to start from. */
export const newCommand: Command = {
  name: 'new',
  help,
  run: async (args, io) => {
    const { positionals } = parseArgs({ args: [...args], allowPositionals: true })
    const [directory, ...more] = positionals
    if (directory === undefined || more.length > 0) throw new UsageError('guichet new takes one folder')
    const maker = (await import(MAKER)) as AppMaker // its two exports, tested with the command
    const mistake = await maker.makeApp(directory)
    if (mistake !== null) throw new CommandError(mistake)
    io.stdout.write(maker.formatMade(directory))
    return 0
  },
}
