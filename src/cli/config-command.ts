import { parseArgs } from 'node:util'
import { checkApp } from '../app/boot.ts'
import { maskDatabaseUrl } from '../sql/open-driver.ts'
import { type Command, UsageError } from './command.ts'
import { loadApp } from './load-app.ts'
import { formatTable } from './table.ts'
import { readConfigFile } from './read-config-file.ts'

const help = `guichet config FILE [--config FILE]

Shows each configuration key of an app, its value and where the value came from: the environment, a file, code, or the
default. Secrets are masked.

Example:
  PORT=8080 guichet config app.ts`

/** `guichet config app.ts`: what the app would start with. */
export const configCommand: Command = {
  name: 'config',
  help,
  run: async (args, io) => {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: { config: { type: 'string' } },
    })
    const [path, ...more] = positionals
    if (path === undefined || more.length > 0) throw new UsageError('guichet config takes one file')
    const file = values.config === undefined ? {} : await readConfigFile(values.config)
    const { settings, own } = checkApp(await loadApp(path), { environment: io.environment, file })
    const rows = settings.list.map(({ name, value, source, isSecret }) => [name, mask(value, isSecret), source])
    const ownRows = own.map(({ name, value, source }) => [name, value, source])
    io.stdout.write(formatTable([['KEY', 'VALUE', 'FROM'], ...rows, ...ownRows]))
    return 0
  },
}

function mask(value: string, isSecret: boolean): string {
  if (value === '') return '-'
  if (!isSecret) return value
  return value.includes('://') || value.startsWith('pglite:') ? maskDatabaseUrl(value) : '***'
}
