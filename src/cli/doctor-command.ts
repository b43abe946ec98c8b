import { parseArgs } from 'node:util'
import { auditFile, auditOptions } from '../app/open-audit.ts'
import { type CheckedApp, checkApp } from '../app/boot.ts'
import type { AppDefinition } from '../app/guichet.ts'
import { databaseUrl } from '../app/open-database.ts'
import { ConfigError } from '../core/config-error.ts'
import { type Command, UsageError } from './command.ts'
import { loadApp } from './load-app.ts'
import { formatItem, terminalWidth } from './table.ts'
import { readConfigFile } from './read-config-file.ts'

const help = `guichet doctor FILE [--config FILE]

Looks at an app as if it were about to run in production, and says what would surprise there: what stops the start, what
is open to everybody, what is not shared by several processes. Nothing is opened. Exit 1 when something stops the start.

Example:
  guichet doctor app.ts --config production.env`

/** `guichet doctor app.ts`: what would surprise in production. */
export const doctorCommand: Command = {
  name: 'doctor',
  help,
  run: async (args, io) => {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: { config: { type: 'string' } },
    })
    const [path, ...more] = positionals
    if (path === undefined || more.length > 0) throw new UsageError('guichet doctor takes one file')
    const definition = await loadApp(path)
    const file = values.config === undefined ? {} : await readConfigFile(values.config)
    const environment = { ...io.environment, NODE_ENV: 'production' }
    const stops = stopsOf(definition, { environment, file })
    // What does not start as it is would start with these: the advice does not wait for it.
    const advice = adviceFor(
      definition,
      checkApp(definition, { environment: { ...environment, NODE_ENV: 'test' }, file }),
    )
    const width = terminalWidth(io.stdout)
    io.stdout.write(
      [
        ...stops.map((text) => formatItem('stops    ', text, width)),
        ...advice.map((text) => formatItem('look at  ', text, width)),
      ].join(''),
    )
    if (stops.length + advice.length === 0) io.stdout.write('Nothing to say.\n')
    return stops.length > 0 ? 1 : 0
  },
}

function stopsOf(definition: AppDefinition, options: Parameters<typeof checkApp>[1]): readonly string[] {
  try {
    return isEmbedded(definition, checkApp(definition, options)) ? [EMBEDDED] : []
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    return error.mistakes.map(
      ({ where, problem, wanted }) => `${where}: ${problem}${wanted === undefined ? '' : `; wanted: ${wanted}`}`,
    )
  }
}

const EMBEDDED = 'DATABASE_URL: the embedded database does not survive a power cut; wanted: postgres://…'

function isEmbedded(definition: AppDefinition, { settings }: CheckedApp): boolean {
  if (definition.options.database === undefined || settings.values.GUICHET_EMBEDDED_IN_PRODUCTION === 'yes')
    return false
  return databaseUrl(definition, settings).startsWith('pglite:')
}

function adviceFor(definition: AppDefinition, { settings, routes }: CheckedApp): readonly string[] {
  const { values } = settings
  const advice: string[] = []
  const open = routes.filter(
    ({ rule, declaration }) => rule.text === 'OPEN' && declaration.methods.some((m) => m !== 'GET'),
  )
  for (const { declaration } of open) {
    const hasLimit = declaration.spec.limit !== undefined || declaration.limits.length > 0
    const hint = hasLimit ? '' : ', and has no limit'
    advice.push(`${declaration.methods.join('|')} ${declaration.path}: anybody may change something here${hint}`)
  }
  if (auditFile(definition, auditOptions(definition, settings)) === null && values.GUICHET_AUDIT !== 'stdout') {
    advice.push('audit: no record is kept of who did what; declare "audit: true"')
  }
  if (values.REDIS_URL === '') advice.push('REDIS_URL: sessions, revocations and limits live in this process alone')
  if (values.HOST === '127.0.0.1') advice.push('HOST: only this machine reaches 127.0.0.1; a container needs 0.0.0.0')
  if (values.GUICHET_TRUSTED_PROXIES === '') {
    advice.push('GUICHET_TRUSTED_PROXIES: behind a proxy every client has the address of the proxy')
  }
  const { lengthMin, blocklist } = definition.options.passwords ?? {}
  if (lengthMin !== undefined && lengthMin < 15)
    advice.push(`passwords: ${lengthMin} characters are few where the password stands alone`)
  if (blocklist === false) advice.push('passwords: well-known passwords are accepted')
  return advice
}
