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
  const facts = `${routes.length} routes, ${engine}, ready in ${Math.round(elapsedMs)} ms`
  const lines = (definition.options.welcome ?? []).map(
    (line) => `  ${line.replaceAll('{url}', base).replaceAll('{port}', new URL(url).port)}`,
  )
  return `\n  ${first}  ${dim(facts)}\n${lines.length === 0 ? '' : `\n${lines.join('\n')}\n`}\n  ${dim('Ctrl-C ends it.')}\n\n`
}
