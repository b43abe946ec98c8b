import type { RunningApp } from '../app/serve.ts'

export interface WelcomeOptions {
  readonly elapsedMs: number
  readonly hasColor: boolean
}

/** What a person reads when the server has started; one line in production. */
export function formatWelcome(app: RunningApp, { elapsedMs, hasColor }: WelcomeOptions): string {
  const { definition, services, settings, url, socketUrls, routes, database } = app
  const bold = (text: string): string => (hasColor ? `\u001b[1m${text}\u001b[22m` : text)
  const dim = (text: string): string => (hasColor ? `\u001b[2m${text}\u001b[22m` : text)
  const base = url + settings.values.GUICHET_PREFIX
  const others = socketUrls.length === 0 ? '' : `, ${socketUrls.join(', ')}`
  const first = `${bold(definition.options.name)} listens on ${bold(base)}${others}`
  if (services.isProduction) return `${first}\n`
  const engine =
    database === null ? 'no database' : database.driver.name === 'pglite' ? 'embedded PostgreSQL' : 'PostgreSQL'
  const facts = `${routes.length} ${routes.length === 1 ? 'route' : 'routes'}, ${engine}, ready in ${Math.round(elapsedMs)} ms`
  const { protocol, port } = new URL(url)
  const lines = (definition.options.welcome ?? []).map(
    (line) =>
      `  ${line.replaceAll('{url}', base).replaceAll('{scheme}', protocol.slice(0, -1)).replaceAll('{port}', port)}`,
  )
  const shut = shutRoutes(app).map((line) => `  ${line}\n`)
  return `\n  ${first}  ${dim(facts)}\n${shut.length === 0 ? '' : `\n${shut.join('')}`}${lines.length === 0 ? '' : `\n${lines.join('\n')}\n`}\n  ${dim('Ctrl-C ends it.')}\n\n`
}

/** Routes that ask who calls where nobody can say it: every call would be 401. */
function shutRoutes({ routes }: RunningApp): readonly string[] {
  const shut = routes.filter(
    ({ rule, schemes }) => rule.text !== 'OPEN' && rule.text !== 'CLOSED' && schemes.length === 0,
  )
  const [first] = shut
  if (first === undefined) return []
  const { methods, path } = first.declaration
  const others = shut.length === 1 ? '' : ` and ${shut.length - 1} more`
  return [`Nobody can call ${methods.join('|')} ${path}${others}: declare schemes, guichet({ authn: [ … ] })`]
}
