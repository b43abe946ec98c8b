/**
 * `npm test [-- PART…] [-- --node-option…]`: runs all test files of the repository, or those whose path has one of the
 * parts in it. Warnings and unhandled rejections fail, and so does a test that does not end.
 */
import { spawn } from 'node:child_process'
import { globSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'

const GLOBS = ['src/**/*.test.ts', 'test/**/*.test.ts', 'examples/**/*.test.ts']
const TEST_TIMEOUT_MS = 180_000

const root = join(import.meta.dirname, '..')
const given = process.argv.slice(2)
const parts = given.filter((arg) => !arg.startsWith('-')).map((part) => part.replaceAll('\\', '/').replace(/^\.\//, ''))
const options = given.filter((arg) => arg.startsWith('-'))

const files = findTestFiles()
if (files.length === 0) {
  process.stderr.write(`There is no test file whose path has ${parts.join(' or ')} in it\n`)
  process.exit(1)
}

const child = spawn(
  process.execPath,
  [
    '--conditions=guichet-source',
    '--import',
    './scripts/fail-on-warning.ts',
    '--test',
    `--test-concurrency=${availableParallelism()}`,
    `--test-timeout=${TEST_TIMEOUT_MS}`,
    '--test-reporter=./scripts/test-reporter.ts',
    '--test-reporter-destination=stdout',
    ...options,
    ...files,
  ],
  { cwd: root, stdio: 'inherit' },
)
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => child.kill(signal))
child.on('exit', (code) => process.exit(code ?? 1))

function findTestFiles(): readonly string[] {
  const all = GLOBS.flatMap((glob) => globSync(glob, { cwd: root, exclude: ['**/node_modules/**', '**/fixtures/**'] }))
  const paths = [...new Set(all.map((path) => path.replaceAll('\\', '/')))].sort()
  return parts.length === 0 ? paths : paths.filter((path) => parts.some((part) => path.includes(part)))
}
