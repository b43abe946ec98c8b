import { existsSync, readdirSync } from 'node:fs'
import { cp, readFile, rename, writeFile } from 'node:fs/promises'
import { basename, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { type Command, CommandError, UsageError } from './command.ts'

const help = `guichet new DIR

Makes a small app in DIR: one table, register and login, objects that belong to somebody, tests. Asks nothing.

Example:
  guichet new my-app
  cd my-app
  npm start`

const TEMPLATE = fileURLToPath(new URL('../../templates/app', import.meta.url))

/** `guichet new my-app`: a small app to start from. */
export const newCommand: Command = {
  name: 'new',
  summary: 'make a new app',
  help,
  run: async (args, io) => {
    const { positionals } = parseArgs({ args: [...args], allowPositionals: true })
    const [directory, ...more] = positionals
    if (directory === undefined || more.length > 0) throw new UsageError('guichet new takes one folder')
    const folder = resolve(directory)
    const name = basename(folder)
    if (!/^[a-z0-9][a-z0-9._-]*$/.test(name)) {
      throw new CommandError(`Cannot call an app "${name}": use lower-case letters, digits, ".", "_" and "-"`)
    }
    if (existsSync(folder) && readdirSync(folder).length > 0)
      throw new CommandError(`Cannot make ${directory}: it is not empty`)
    await cp(TEMPLATE, folder, {
      recursive: true,
      filter: (path) => !/node_modules|\.guichet/.test(path.slice(TEMPLATE.length)),
    })
    // A package may not hold a file named .gitignore: it is renamed here.
    await rename(join(folder, 'gitignore'), join(folder, '.gitignore'))
    for (const file of ['package.json', 'README.md', 'app.ts', 'app.test.ts'])
      await replaceName(join(folder, file), name)
    io.stdout.write(`${directory} is made.\n\n  cd ${directory}\n  npm start\n  npm test\n`)
    return 0
  },
}

async function replaceName(path: string, name: string): Promise<void> {
  const text = await readFile(path, 'utf8')
  await writeFile(path, text.replaceAll('my-app', name))
}
