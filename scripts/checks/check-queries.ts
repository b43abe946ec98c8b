import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { Check, Finding } from './finding.ts'
import { runScript } from './run-program.ts'
import { findPaths } from './source-files.ts'

/** The typed functions beside the `.sql` files of the examples are those that `guichet sql` would write now. */
export const queriesCheck: Check = {
  name: 'queries',
  promise: 'generated query types are up to date',
  run: async (root) => {
    const generated = findPaths(root, ['examples/**/*.sql.ts', 'test/**/*.sql.ts'])
    const pairs = generated.map((where) => ({ where, source: sourceOf(root, where) }))
    const known = pairs.flatMap(({ where, source }) => (source === null ? [] : [{ where, source }]))
    const orphans = pairs.filter(({ source }) => source === null)
    return [
      ...orphans.map(({ where }) => ({ where, what: 'the SQL that this was written from is gone' })),
      ...(await checkAll(root, known)),
    ]
  },
}

interface Pair {
  readonly where: string
  readonly source: string
}

/** `queries.sql` or the folder `queries` beside `queries.sql.ts`. */
function sourceOf(root: string, path: string): string | null {
  const sources = [path.slice(0, -'.ts'.length), path.slice(0, -'.sql.ts'.length)]
  return sources.find((source) => existsSync(join(root, source))) ?? null
}

/** All at once, since each start of a database takes time; one by one only to tell which is stale. */
async function checkAll(root: string, pairs: readonly Pair[]): Promise<readonly Finding[]> {
  if (pairs.length === 0 || (await check(root, pairs)) === null) return []
  const findings: Finding[] = []
  for (const pair of pairs) {
    const output = await check(root, [pair])
    if (output !== null) findings.push({ where: pair.where, what: `run npx guichet sql ${pair.source}: ${output}` })
  }
  return findings
}

async function check(root: string, pairs: readonly Pair[]): Promise<string | null> {
  const args = ['sql', ...pairs.map(({ source }) => source), '--check']
  const { code, output } = await runScript(join(root, 'bin/guichet.mjs'), args, { cwd: root })
  return code === 0 ? null : output.trim()
}
