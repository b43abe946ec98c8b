import type { ConfigMistake } from '../core/config-error.ts'
import type { CompiledRoute } from '../pipeline/compiled-route.ts'
import { auditOptions } from './open-audit.ts'
import type { CheckedApp } from './boot.ts'
import { databaseUrl } from './open-database.ts'
import type { AppDefinition } from './guichet.ts'

/** What keeps an app from running in several processes: each would have its own of what must be one. */
export function workerMistakes(
  definition: AppDefinition,
  { settings, routes, sockets }: Pick<CheckedApp, 'settings' | 'routes' | 'sockets'>,
): readonly ConfigMistake[] {
  const mistakes: ConfigMistake[] = []
  const where = '--workers'
  if (definition.options.database !== undefined) {
    const url = databaseUrl(definition, settings)
    if (url.startsWith('pglite:')) {
      const problem = 'the embedded database belongs to one process, so the others could not open it'
      mistakes.push({ where, problem, current: url, wanted: 'DATABASE_URL=postgres://…, or one worker' })
    }
  }
  const audit = auditOptions(definition, settings)
  if (audit.sealed === true && audit.file !== false) {
    const problem = 'a sealed audit is one chain of lines, which one process writes'
    mistakes.push({ where, problem, wanted: 'audit: { table: true }, an audit that is not sealed, or one worker' })
  }
  // Rooms are in no store: see `createMemoryBroker`.
  if (definition.channels.length > 0) {
    const problem = 'channels are in the memory of a process: members of a room would not hear those of other processes'
    mistakes.push({ where, problem, wanted: 'one worker' })
  }
  if (settings.values.REDIS_URL === '') {
    const problem = 'the memory of a process is not seen by the others'
    const kept = keptInStore([...routes, ...sockets.flatMap(({ route }) => (route === null ? [] : [route]))])
    const wanted = 'REDIS_URL=redis://…, or one worker'
    if (kept.length > 0) mistakes.push({ where, problem, current: `it would hold ${kept.join(', ')}`, wanted })
  }
  return mistakes
}

function keptInStore(routes: readonly CompiledRoute[]): readonly string[] {
  const kept = new Set<string>()
  for (const { declaration, schemes } of routes) {
    const { spec, limits } = declaration
    for (const { sharedState } of schemes) if (sharedState !== undefined) kept.add(sharedState)
    if (spec.idempotent !== undefined && spec.idempotent !== false) kept.add('idempotency keys')
    if (spec.limit !== undefined || limits.length > 0) kept.add('rate limits')
  }
  return [...kept]
}
