/**
 * `npm run ok [-- NAME…] [-- --no-tests]`: all that must hold before a change is shared. Each check prints one line when it
 * is fine and what to do when it is not; all of them run, whatever the others found.
 */
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { styleText } from 'node:util'
import { codeBlocksCheck } from './checks/check-code-blocks.ts'
import { exportsCheck } from './checks/check-exports.ts'
import { layersCheck } from './checks/check-layers.ts'
import { lockfileCheck } from './checks/check-lockfile.ts'
import { papersCheck } from './checks/check-papers.ts'
import { declarationsCheck, formatCheck, lintCheck, typesCheck } from './checks/check-programs.ts'
import { queriesCheck } from './checks/check-queries.ts'
import { limitsCheck, refusalsCheck } from './checks/check-reference.ts'
import { wordsCheck } from './checks/check-words.ts'
import type { Check, Finding } from './checks/finding.ts'

const CHECKS: readonly Check[] = [
  typesCheck,
  declarationsCheck,
  lintCheck,
  formatCheck,
  layersCheck,
  exportsCheck,
  lockfileCheck,
  refusalsCheck,
  limitsCheck,
  papersCheck,
  wordsCheck,
  queriesCheck,
  codeBlocksCheck,
]
const TESTS = 'tests'
const root = join(import.meta.dirname, '..')

const given = process.argv.slice(2)
const names = given.filter((arg) => !arg.startsWith('--'))
const known = [...CHECKS.map(({ name }) => name), TESTS]
const unknown = names.filter((name) => !known.includes(name))
if (unknown.length > 0) {
  console.error(`There is no check ${unknown.join(', ')}: there are ${known.join(', ')}`)
  process.exit(2)
}

const failed: string[] = []
for (const check of CHECKS.filter(({ name }) => isWanted(name))) if (!(await runCheck(check))) failed.push(check.name)
const hasTests = isWanted(TESTS) && !given.includes('--no-tests')
if (hasTests && !(await runTests())) failed.push(TESTS)

const count = CHECKS.filter(({ name }) => isWanted(name)).length + (hasTests ? 1 : 0)
console.log(
  `\nchecks: ${count - failed.length} passed, ${failed.length} failed${failed.length > 0 ? `: ${failed.join(', ')}` : ''}`,
)
process.exitCode = failed.length > 0 ? 1 : 0

function isWanted(name: string): boolean {
  return names.length === 0 || names.includes(name)
}

async function runCheck(check: Check): Promise<boolean> {
  const started = performance.now()
  const findings = await check.run(root)
  const time = styleText('dim', `${((performance.now() - started) / 1000).toFixed(1)} s`)
  if (findings.length === 0) console.log(`${styleText('green', '✔')} ${check.name.padEnd(12)} ${check.promise} ${time}`)
  else
    console.log(
      `${styleText('red', '✖')} ${check.name.padEnd(12)} ${findings.length} to mend ${time}\n${formatAll(findings)}`,
    )
  return findings.length === 0
}

function formatAll(findings: readonly Finding[]): string {
  return findings.map(({ where, what }) => `    ${where}  ${what.replaceAll('\n', '\n      ')}`).join('\n')
}

function runTests(): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [join(root, 'scripts/test.ts')], { cwd: root, stdio: 'inherit' })
    child.on('error', reject)
    child.on('exit', (code) => resolve(code === 0))
  })
}
