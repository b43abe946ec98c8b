/** One mistake in a declaration or in the configuration. */
export interface ConfigMistake {
  /** Where: a route (`GET /stuff`), a configuration key (`PORT`), a file and line (`queries.sql:12`). */
  readonly where: string
  /** What is wrong, in one sentence without a period. */
  readonly problem: string
  /** The value found, already made safe to print (secrets masked). */
  readonly current?: string
  /** The value wanted. */
  readonly wanted?: string
}

/** Thrown at boot, before any socket opens, with every mistake found. */
export class ConfigError extends Error {
  readonly code = 'CONFIG_ERROR'
  readonly mistakes: readonly ConfigMistake[]

  constructor(mistakes: readonly ConfigMistake[]) {
    super(formatMistakes(mistakes))
    this.name = 'ConfigError'
    this.mistakes = mistakes
  }
}

function formatMistakes(mistakes: readonly ConfigMistake[]): string {
  const count = mistakes.length === 1 ? 'one mistake' : `${mistakes.length} mistakes`
  return [`Cannot start: ${count}`, ...mistakes.map(formatMistake)].join('\n')
}

function formatMistake({ where, problem, current, wanted }: ConfigMistake): string {
  const lines = [`  ${where}: ${problem}`]
  if (current !== undefined) lines.push(`    current: ${current}`)
  if (wanted !== undefined) lines.push(`    wanted:  ${wanted}`)
  return lines.join('\n')
}
