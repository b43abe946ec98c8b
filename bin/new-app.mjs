// Plain JavaScript for any Node from 18 on: `guichet new` also works where the Node of the machine is older than ours.
import { existsSync, readdirSync, statSync } from 'node:fs'
import { cp, readFile, rename, writeFile } from 'node:fs/promises'
import { basename, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

const TEMPLATE = fileURLToPath(new URL('../templates/app', import.meta.url))

/** Makes an app in a folder that is empty or not there. Gives what is wrong, null when it is made. */
export async function makeApp(directory) {
  const folder = resolve(directory)
  const name = basename(folder)
  if (!/^[a-z0-9][a-z0-9._-]*$/.test(name)) {
    return `Cannot call an app "${name}": use lower-case letters, digits, ".", "_" and "-"`
  }
  if (existsSync(folder) && !statSync(folder).isDirectory())
    return `Cannot make ${directory}: there is a file of this name`
  if (existsSync(folder) && readdirSync(folder).length > 0) return `Cannot make ${directory}: it is not empty`
  const filter = (path) => !/node_modules|\.guichet/.test(path.slice(TEMPLATE.length))
  await cp(TEMPLATE, folder, { recursive: true, filter })
  // A package may not hold a file named .gitignore: it is renamed here.
  await rename(join(folder, 'gitignore'), join(folder, '.gitignore'))
  for (const file of ['package.json', 'README.md', 'app.ts', 'app.test.ts']) {
    const path = join(folder, file)
    await writeFile(path, (await readFile(path, 'utf8')).replaceAll('my-app', name))
  }
  return null
}

/** What to do next. */
export function formatMade(directory) {
  if (resolve(directory) === process.cwd()) return 'The app is made.\n\n  npm start\n  npm test\n'
  return `${directory} is made.\n\n  cd ${directory}\n  npm start\n  npm test\n`
}

/** `guichet new` by itself; gives the exit code. */
export async function runNew(directory) {
  const mistake = directory.startsWith('-')
    ? `Cannot make ${directory}: guichet new takes one folder`
    : await makeApp(directory)
  if (mistake === null) process.stdout.write(formatMade(directory))
  else process.stderr.write(`${mistake}\n`)
  return mistake === null ? 0 : 1
}
