import { parseArgs } from 'node:util'
import { checkApp } from '../app/boot.ts'
import { formatPostman } from '../openapi/postman-collection.ts'
import { type Command, UsageError } from './command.ts'
import { loadApp } from './load-app.ts'
import { checkHost, writeOutput } from './openapi-command.ts'

const help = `guichet postman FILE [--url URL] [--host HOST] [--output FILE]

Writes a Postman collection of an app: a folder for nobody, for wrong credentials, for a user, and for each group, with
what they may call and what must be refused to them. Each request tests the status of its answer. Requests write and
delete: run them on a server for tests.

  --url URL      where the server is; http://127.0.0.1:3000 by default
  --host HOST    what this host serves, where the app declares hosts; the routes of all by default
  --output FILE  writes there instead of to the terminal

Logins and passwords are variables: user, user_password, and the same for each group.

Example:
  guichet postman app.ts --output collection.json
  newman run collection.json --env-var user=susie --env-var user_password=derkins`

/** `guichet postman app.ts`: who may call what, as requests that can be run. */
export const postmanCommand: Command = {
  name: 'postman',
  help,
  run: async (args, io) => {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: { url: { type: 'string' }, host: { type: 'string' }, output: { type: 'string' } },
    })
    const [file, ...more] = positionals
    if (file === undefined || more.length > 0) throw new UsageError('guichet postman takes one file')
    const { view } = checkApp(await loadApp(file), { environment: io.environment })
    checkHost(view, values.host)
    const baseUrl = (values.url ?? 'http://127.0.0.1:3000').replace(/\/$/, '')
    const collection = formatPostman(view, { baseUrl, host: values.host ?? null })
    await writeOutput(`${JSON.stringify(collection, null, 2)}\n`, values.output, io)
    return 0
  },
}
