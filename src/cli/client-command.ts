import { parseArgs } from 'node:util'
import { checkApp } from '../app/boot.ts'
import { formatClient } from '../openapi/client-file.ts'
import { type Command, UsageError } from './command.ts'
import { loadApp } from './load-app.ts'
import { chosenDocument, writeOutput } from './openapi-command.ts'

const help = `guichet client FILE [--as AUDIENCE] [--host HOST] [--output FILE]

Writes a client of an app as one TypeScript file: a function for each operation with the types of its arguments and its
reply. It needs fetch and no package, and works in browsers and in Node.

  --as AUDIENCE  only what this audience may call: nobody, user, or the name of a group or scope
  --host HOST    what this host serves, where the app declares hosts; the routes of all by default
  --output FILE  writes there instead of to the terminal

Example:
  guichet client app.ts --output client.ts`

/** `guichet client app.ts`: typed calls for those who use the API. */
export const clientCommand: Command = {
  name: 'client',
  help,
  run: async (args, io) => {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: { as: { type: 'string' }, host: { type: 'string' }, output: { type: 'string' } },
    })
    const [file, ...more] = positionals
    if (file === undefined || more.length > 0) throw new UsageError('guichet client takes one file')
    const { view } = checkApp(await loadApp(file), { environment: io.environment })
    await writeOutput(formatClient(chosenDocument(view, values)), values.output, io)
    return 0
  },
}
