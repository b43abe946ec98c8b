import { relative } from 'node:path'
import { parseArgs } from 'node:util'
import { checkApp } from '../app/boot.ts'
import type { CompiledRoute } from '../pipeline/compiled-route.ts'
import { type Command, UsageError } from './command.ts'
import { lintPaths } from './lint-paths.ts'
import { loadApp } from './load-app.ts'
import { fitColumns, terminalWidth } from './table.ts'

const help = `guichet routes FILE [--json] [--lint]

Lists the routes of an app: method, path, who may call, by which schemes, with which parameters, and where each is
declared. A narrow terminal shows less: who may call what stays. Nothing is opened.

  --json  one JSON array, for other programs
  --lint  checks the names of paths: lower case, words joined by dashes, no verb, no slash at the end; exit 1 on a finding

Example:
  guichet routes app.ts`

/** `guichet routes app.ts`: who may call what. */
export const routesCommand: Command = {
  name: 'routes',
  help,
  run: async (args, io) => {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: { json: { type: 'boolean' }, lint: { type: 'boolean' } },
    })
    const [file, ...more] = positionals
    if (file === undefined || more.length > 0) throw new UsageError('guichet routes takes one file')
    const { routes } = checkApp(await loadApp(file), { environment: io.environment })
    if (values.lint === true) {
      const findings = lintPaths(routes.map(({ declaration }) => declaration))
      io.stdout.write(findings.map((finding) => `${finding}\n`).join('') || 'Every path follows the naming rules.\n')
      return findings.length === 0 ? 0 : 1
    }
    const rows = routes.map(describeRoute)
    if (values.json === true) io.stdout.write(`${JSON.stringify(rows, null, 2)}\n`)
    else io.stdout.write(fitColumns([HEADINGS, ...rows.map(formatRow)], SPARE, terminalWidth(io.stdout)))
    return 0
  },
}

interface RouteRow {
  readonly methods: readonly string[]
  readonly path: string
  readonly rule: string
  readonly schemes: readonly string[]
  readonly params: readonly { readonly name: string; readonly place: string; readonly isRequired: boolean }[]
  readonly where: string
}

function describeRoute({ declaration, rule, schemes, binder }: CompiledRoute): RouteRow {
  const [, file = declaration.where, line = ''] = /^(.*):(\d+)$/.exec(declaration.where) ?? []
  return {
    methods: declaration.methods,
    path: declaration.path,
    rule: rule.text,
    schemes: schemes.map(({ name }) => name),
    params: binder.params.map(({ name, place, isRequired }) => ({ name, place, isRequired })),
    where: `${relative('.', file)}:${line}`,
  }
}

const HEADINGS = ['METHOD', 'PATH', 'RULE', 'SCHEMES', 'PARAMETERS', 'WHERE']

/** In a narrow terminal the place goes first, then the schemes, then the parameters: who may call what stays. */
const SPARE = [5, 3, 4]

function formatRow({ methods, path, rule, schemes, params, where }: RouteRow): readonly string[] {
  const names = params.map(({ name, isRequired }) => (isRequired ? name : `${name}?`)).join(' ')
  return [methods.join('|'), path, rule, schemes.join(' ') || '-', names || '-', where]
}
