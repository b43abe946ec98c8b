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
    const generated = findPaths(root, ['examples/**/*.sql.ts'])
    const findings: Finding[] = []
    for (const where of generated) {
      const source = [where.slice(0, -'.ts'.length), where.slice(0, -'.sql.ts'.length)].find((path) =>
        existsSync(join(root, path)),
      )
      if (source === undefined) {
        findings.push({ where, what: 'the SQL that this was written from is gone' })
        continue
      }
      const { code, output } = await runScript(join(root, 'bin/guichet.mjs'), ['sql', source, '--check'], { cwd: root })
      if (code !== 0) findings.push({ where, what: `run npx guichet sql ${source}: ${output.trim()}` })
    }
    return findings
  },
}
